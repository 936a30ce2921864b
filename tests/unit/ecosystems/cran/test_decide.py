"""Deciding on R packages: what rules say of their records."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.advisory import EMPTY_BOOK, Advisory, AdvisoryBook, encode_book
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Closure, Evaluation
from libs.common.domain.policy import Action, Among, CreatedIn, NumberIs, Operator, Rule, SizeIs, Where
from libs.common.ecosystems.cran.archive import ArchivedFile
from libs.common.ecosystems.cran.file_view import read_files
from libs.common.ecosystems.cran.records import Listed
from libs.common.ecosystems.file_tables import FILES, decode_tables, read_table, totals_of
from libs.common.ecosystems.protocol import Decided, Glance
from tests.support.cran_records import ECO, a_stanza, packages_text, payload_of, read_source

SOURCE, WINDOWS = "src/contrib", "bin/windows/contrib/4.3"
OLD, MIDDLE, NEW = "demo_1.0.tar.gz", "demo_1.1-2.tar.gz", "demo_2.0.tar.gz"
PAYLOAD = payload_of(
    a_stanza(version="1.0", License="MIT + file LICENSE", Depends="R (>= 2.10)", **{"Date/Publication": "2015-03-01"}),
    a_stanza(version="1.1-2", License="GPL (>= 2)", Packaged="2019-06-01 10:00:00 UTC; someone"),
    a_stanza(version="2.0", License="file LICENSE", Depends="R (>= 4.1.0)", Surprise="kept"),
    listed={NEW: Listed(size_bytes=30, modified_ms=1_700_000_000_000), OLD: Listed(size_bytes=10)},
)


def rule(**where: object) -> Rule:
    """Return a rule that keeps what matches."""
    return Rule(id="rule", action=Action.REQUIRE, where=Where(**where))  # type: ignore[arg-type]


def decide(*rules: Rule, payload: bytes = PAYLOAD, partition: str = SOURCE, name: str = "demo") -> Decided:
    """Apply rules to a shard."""
    return ECO.compile(Evaluation(rules=rules)).decide(payload, partition=partition, name=name)


def kept(*rules: Rule, partition: str = SOURCE, name: str = "demo") -> list[str]:
    """Return the files that rules keep."""
    payload = decide(*rules, partition=partition, name=name).payload
    return [] if payload is None else sorted(read_table(decode_tables(payload), FILES))


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ({"name": ("demo",)}, [OLD, MIDDLE, NEW]),
        ({"name": ("DEMO",)}, [OLD, MIDDLE, NEW]),
        ({"name": ("d*",)}, [OLD, MIDDLE, NEW]),
        ({"name": ("other",)}, []),
        ({"spec": ("demo (>= 1.1.2)",)}, [MIDDLE, NEW]),
        ({"spec": ("Demo (>= 1.0, < 1.1)", "demo (== 2.0)")}, [OLD, NEW]),
        ({"spec": ("de*",)}, [OLD, MIDDLE, NEW]),
        ({"spec": ("de* (< 1.1)",)}, [OLD]),
        ({"spec": ("Demo 1.1.*",)}, [MIDDLE]),
        ({"spec": ("demo=1",)}, [OLD, MIDDLE]),
        ({"spec": ("demo 1.1.2|2.0",)}, [MIDDLE, NEW]),
        ({"spec": ("d* ~=1.1",)}, [MIDDLE]),
        ({"spec": ("demo !=1.*",)}, [NEW]),
        ({"spec": ("demo *",)}, [OLD, MIDDLE, NEW]),
        ({"version": ">1.0,<2"}, [MIDDLE]),
        ({"platform": Among(in_=("source",))}, [OLD, MIDDLE, NEW]),
        ({"platform": Among(in_=("windows", "linux-64"))}, []),
        ({"kind": Among(in_=("source",))}, [OLD, MIDDLE, NEW]),
        ({"kind": Among(not_in=("source",))}, []),
        ({"license": Among(in_=("MIT",))}, [OLD]),
        ({"license": Among(in_=("GPL-3.0-only",))}, [MIDDLE]),
        ({"license": Among(in_=("other",))}, [NEW]),
        ({"r": "==4.0"}, [OLD, MIDDLE]),
        ({"r": ">=4.1"}, [OLD, MIDDLE, NEW]),
        ({"r": "<2.10"}, [MIDDLE]),
        ({"newest": 1}, [NEW]),
        ({"newest": 2}, [MIDDLE, NEW]),
        ({"created": CreatedIn(to="2019-06-01")}, [OLD, MIDDLE]),
        ({"created": CreatedIn(from_="2023-11-14", to="2023-11-14")}, [NEW]),
        ({"size": SizeIs(op=Operator.MORE, bytes=5)}, [OLD, NEW]),
        ({"yanked": False}, [OLD, MIDDLE, NEW]),
        ({"signed": True}, []),
        ({"legacy_duplicate": True}, []),
        ({"legacy_duplicate": False}, [OLD, MIDDLE, NEW]),
        ({"wheel_tag": ("*-*-*",)}, []),
        ({"python": ">=3.9"}, []),
        ({"cve_score": NumberIs(op=Operator.LESS, value=1)}, [OLD, MIDDLE, NEW]),
        ({"not_": Where(version="==2.0")}, [OLD, MIDDLE]),
    ],
)
def test_a_rule_keeps_what_matches(where: dict[str, object], files: Sequence[str]) -> None:
    """Each field by R's own words; those of other ecosystems match nothing."""
    assert kept(rule(**where)) == list(files)


@pytest.mark.parametrize(
    ("where", "is_kept"),
    [
        ({"license": Among(in_=("GPL",))}, False),
        ({"license": Among(in_=("none",))}, True),
        ({"license": Among(not_in=("GPL",))}, True),
        ({"r": "==3.0"}, False),
        ({"not_": Where(r=">=4.0")}, True),
        ({"version": "<1.0"}, True),
        ({"created": CreatedIn(to="2014-12-31")}, True),
        ({"created": CreatedIn(from_="2015-01-01")}, False),
        ({"size": SizeIs(op=Operator.LESS, bytes=10)}, False),
        ({"newest": 1}, False),
        ({"kind": Among(in_=("source",))}, True),
    ],
)
def test_of_an_old_version_little_is_known(where: dict[str, object], is_kept: bool) -> None:
    """No license, and no R that it is for; size and date are those of the Archive."""
    old = ArchivedFile(package="demo", version="0.5", size_bytes=1234, modified_ms=1_400_000_000_000)
    payload = read_source(packages_text(a_stanza()), archive=[old])["demo"].payload
    decided = decide(rule(**where), payload=payload).payload

    assert ("demo_0.5.tar.gz" in read_table(decode_tables(decided or b"\x80"), FILES)) is is_kept


def test_a_platform_may_stand_beside_other_fields() -> None:
    """It is said in the folder's words."""
    (first, *_) = ECO.compile(Evaluation(rules=(rule(platform=Among(in_=("windows",))),))).explain(
        PAYLOAD, partition=SOURCE, name="demo"
    )

    assert first.detail == "platform source is not among windows"
    assert {*read_files(PAYLOAD, partition=WINDOWS, book=EMPTY_BOOK)[0].platforms} == {"windows"}


def test_a_rule_of_other_ecosystems_passes_r_by() -> None:
    """And `r` is heard."""
    other = Rule(id="rule", action=Action.EXCLUDE, where=Where(name=("*",)), ecosystems=("conda", "python"))

    assert kept(other) == [OLD, MIDDLE, NEW]
    assert kept(Rule(id="rule", action=Action.EXCLUDE, where=Where(name=("*",)), ecosystems=("r",))) == []


def test_what_is_kept_keeps_all_that_is_known_of_it() -> None:
    """Fields that we do not know, and what the listing said."""
    decided = decide(rule(version="==2.0"))
    assert decided.payload is not None
    tables = decode_tables(decided.payload)

    assert b'"Surprise":"kept"' in bytes(read_table(tables, FILES)[NEW])
    assert list(read_table(tables, "listed")) == [NEW]
    assert (decided.files, decided.size_bytes) == totals_of(decided.payload) == (1, 30)
    assert decided.excluded == {"mirror_filtered.only_specs": 2}


def test_a_shard_that_is_kept_whole_comes_back_unchanged() -> None:
    """The same bytes, so the same digest: nothing is stored again."""
    assert decide(rule(license=Among(not_in=("AGPL",)))).payload is PAYLOAD
    assert decide().payload is PAYLOAD


def test_a_binary_is_of_its_folder() -> None:
    """Its file name, its platform and its R come from there."""
    payload = payload_of(a_stanza(), partition=WINDOWS)
    (decision,) = ECO.compile(Evaluation(rules=(rule(r=">=4.4"),))).explain(payload, partition=WINDOWS, name="demo")

    assert decision.ckey == "cran/bin/windows/contrib/4.3/demo_1.0.zip"
    assert decision.decision == "excluded"
    assert decision.reason == "mirror_filtered.r"
    assert kept(rule(platform=Among(in_=("windows",))), partition=WINDOWS) == [OLD, MIDDLE, NEW]


def test_a_name_alone_decides_where_it_can() -> None:
    """Without its shard."""
    deciding = ECO.compile(Evaluation(rules=(rule(spec=("demo (>= 1.1)", "Whole*")),)))

    assert deciding.glance("demo", partition=SOURCE).verdict is Glance.LOOK
    assert deciding.glance("wholesale", partition=SOURCE).verdict is Glance.KEEP
    dropped = deciding.glance("other", partition=SOURCE)
    assert (dropped.verdict, dropped.reason) == (Glance.DROP, "mirror_filtered.only_specs")
    assert decide(rule(name=("other",))).excluded == {"mirror_filtered.only_specs": 3}


def test_a_closure_lets_in_what_it_reached() -> None:
    """Its names are spelt as in the source, where rules have them without case."""
    needing = Rule(id="rule", action=Action.REQUIRE, where=Where(name=("app",)), include_dependencies=True)
    closure = Closure(reached={SOURCE: {"Demo": (NEW,), "app": None}})
    deciding = ECO.compile(Evaluation(rules=(needing,), closures={"0": closure}))

    payload = deciding.decide(PAYLOAD, partition=SOURCE, name="Demo").payload

    assert payload is not None
    assert list(read_table(decode_tables(payload), FILES)) == [NEW]
    assert deciding.glance("Other", partition=SOURCE).verdict is Glance.DROP


def test_advisories_are_read_in_rs_order_and_spelling() -> None:
    """1.1-2 is before 1.2, and the book has the names with case."""
    advisory = Advisory("CVE-2024-1", 9.8, versions=("1.1-2",))
    book = AdvisoryBook(encode_book(advisories={"cran": {"Demo": [advisory]}}))
    stanzas = [a_stanza("Demo", version) for version in ("1.0", "1.1-2", "2.0")]
    limit = rule(cve_score=NumberIs(op=Operator.AT_MOST, value=7))
    deciding = ECO.compile(Evaluation(rules=(limit,), advisories=book.digest), book=book)

    decided = deciding.decide(payload_of(*stanzas), partition=SOURCE, name="Demo")

    assert decided.excluded == {"mirror_filtered.cve": 1}
    assert decided.files == 2
    assert deciding.glance("other", partition=SOURCE).verdict is Glance.KEEP
    with pytest.raises(ValueError, match="book"):
        ECO.compile(Evaluation(rules=(limit,), advisories=book.digest))


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"name": ("a/b",)}, "rules[0].where.name[0]"),
        ({"spec": ("demo", "demo >= 1.0 0")}, "rules[0].where.spec[1]"),
        ({"spec": ("demo (>= x)",)}, "rules[0].where.spec[0]"),
        ({"spec": ("demo (~> 1)",)}, "rules[0].where.spec[0]"),
        ({"spec": ("c::demo",)}, "rules[0].where.spec[0]"),
        ({"spec": ("demo=1.0rc1",)}, "rules[0].where.spec[0]"),
        ({"spec": ("r-demo",)}, "rules[0].where.spec[0]"),
        ({"spec": ("R (>= 4.1)",)}, "rules[0].where.spec[0]"),
        ({"spec": ("",)}, "rules[0].where.spec[0]"),
        ({"version": "1.0"}, "rules[0].where.version"),
        ({"r": "4"}, "rules[0].where.r"),
        ({"platform": Among(in_=("no platform",))}, "rules[0].where.platform.in[0]"),
        ({"license": Among(in_=("nonsense",))}, "rules[0].where.license.in[0]"),
    ],
)
def test_what_r_does_not_understand_is_refused(where: dict[str, object], field: str) -> None:
    """With the path of the fault."""
    with pytest.raises(InvalidInput) as caught:
        ECO.check_rules((rule(**where),))

    assert caught.value.field == field


_wheres = st.sampled_from(
    [
        {"version": ">1.0"}, {"spec": ("demo (< 2)",)}, {"license": Among(in_=("GPL", "MIT"))}, {"r": "<4"},
        {"newest": 1}, {"name": ("other",)}, {"created": CreatedIn(from_="2019-01-01")},
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(Action), _wheres), max_size=4))
def test_explaining_agrees_with_deciding(parts: list[tuple[Action, dict[str, object]]]) -> None:
    """File for file."""
    rules = tuple(
        Rule(id=f"rule-{place}", action=action, where=Where(**where))  # type: ignore[arg-type]
        for place, (action, where) in enumerate(parts)
    )
    explained = ECO.compile(Evaluation(rules=rules)).explain(PAYLOAD, partition=SOURCE, name="demo")

    assert [one.filename for one in ECO.facts(PAYLOAD, partition=SOURCE)] == [
        one.ckey.removeprefix("cran/src/contrib/") for one in explained
    ]
    assert kept(*rules) == [one.ckey.removeprefix("cran/src/contrib/") for one in explained if one.decision == "kept"]
