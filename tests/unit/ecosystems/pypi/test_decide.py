"""Deciding on Python's files: what rules say of their names, records and core metadata."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.advisory import Advisory, AdvisoryBook, encode_book
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Closure, Evaluation
from libs.common.domain.policy import Action, Among, CreatedIn, NumberIs, Operator, Rule, SizeIs, Where
from libs.common.ecosystems.file_tables import FILES, decode_tables, read_table, totals_of
from libs.common.ecosystems.protocol import Decided, Glance
from libs.common.ecosystems.pypi.records import PARTITION, CoreMetadata
from tests.support.python_records import ECO, a_file, payload_of

OLD = "demo_kit-1.0.tar.gz"
PURE = "demo_kit-2.0-py3-none-any.whl"
BUILT = "demo_kit-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
NEXT = "demo_kit-3.0rc1.tar.gz"
EGG = "demo_kit-0.9-py2.7.egg"
OSI = "License :: OSI Approved :: "
PAYLOAD = payload_of(
    a_file(OLD, upload_time="2015-03-01T10:00:00Z", requires_python=">=2.7,<3.9", yanked="broken"),
    a_file(PURE, upload_time="2020-06-01T23:59:59.123456Z", requires_python=">=3.8", provenance="https://x.example/p"),
    a_file(BUILT, upload_time="2020-06-02T00:00:00Z", size=30, surprise={"b": 1, "a": 2}),
    a_file(NEXT, size=None),
    a_file(EGG, gpg_sig=True),
    project="demo-kit",
    metadata={
        OLD: CoreMetadata(license="GPL", classifiers=(f"{OSI}GNU General Public License v2 (GPLv2)",)),
        PURE: CoreMetadata(license_expression="MIT OR GPL-3.0-only", classifiers=(f"{OSI}MIT License",)),
    },
)


def rule(**where: object) -> Rule:
    """Return a rule that keeps what matches."""
    return Rule(id="rule", action=Action.REQUIRE, where=Where(**where))  # type: ignore[arg-type]


def decide(*rules: Rule) -> Decided:
    """Apply rules to the shard of `demo-kit`."""
    return ECO.compile(Evaluation(rules=rules)).decide(PAYLOAD, partition=PARTITION, name="demo-kit")


def kept(*rules: Rule) -> list[str]:
    """Return the files that rules keep."""
    payload = decide(*rules).payload
    return [] if payload is None else sorted(read_table(decode_tables(payload), FILES))


ALL = [EGG, OLD, BUILT, PURE, NEXT]


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ({"name": ("Demo_Kit",)}, ALL),
        ({"name": ("demo.*",)}, ALL),
        ({"name": ("*_kit",)}, ALL),
        ({"name": ("demo",)}, []),
        ({"spec": ("demo.kit>=2",)}, [BUILT, PURE, NEXT]),
        ({"spec": ("demo-kit==1.0", "demo-kit>2.0")}, [OLD, NEXT]),
        ({"spec": ("demo*",)}, ALL),
        ({"version": ">=1,<3"}, [OLD, BUILT, PURE]),
        ({"version": "~=2.0"}, [BUILT, PURE]),
        ({"platform": Among(in_=("source",))}, [EGG, OLD, NEXT]),
        ({"platform": Among(in_=("any",))}, [PURE]),
        ({"platform": Among(in_=("manylinux_2_17_x86_64",))}, [BUILT]),
        ({"platform": Among(not_in=("manylinux*",))}, [EGG, OLD, PURE, NEXT]),
        ({"wheel_tag": ("cp311-*-manylinux*",)}, [BUILT]),
        ({"wheel_tag": ("py3-none-any", "cp311-cp311-manylinux2014_x86_64")}, [BUILT, PURE]),
        ({"python": ">=3.12"}, [EGG, PURE, NEXT]),
        ({"python": "==3.11"}, [EGG, BUILT, PURE, NEXT]),
        ({"python": "<3"}, [EGG, OLD, NEXT]),
        ({"kind": Among(in_=("wheel",))}, [BUILT, PURE]),
        ({"kind": Among(in_=("sdist",))}, [OLD, NEXT]),
        ({"kind": Among(not_in=("wheel", "sdist"))}, [EGG]),
        ({"license": Among(in_=("MIT",))}, [BUILT, PURE]),
        ({"license": Among(not_in=("MIT",))}, [EGG, OLD, BUILT, PURE, NEXT]),
        ({"license": Among(in_=("GPL-2.0-only",))}, []),
        ({"license": Among(in_=("gpl2",))}, [OLD]),
        ({"license": Among(in_=("none",))}, [EGG, NEXT]),
        ({"newest": 1}, [NEXT]),
        ({"newest": 2}, [BUILT, PURE, NEXT]),
        ({"created": CreatedIn(to="2020-06-01")}, [OLD, PURE]),
        ({"size": SizeIs(op=Operator.MORE, bytes=10)}, [BUILT]),
        ({"size": SizeIs(op=Operator.AT_MOST, bytes=30)}, [EGG, OLD, BUILT, PURE]),
        ({"yanked": True}, [OLD]),
        ({"signed": True}, [EGG, PURE]),
        ({"legacy_duplicate": True}, []),
        ({"legacy_duplicate": False}, ALL),
        ({"r": ">=4.1"}, []),
        ({"cve_score": NumberIs(op=Operator.LESS, value=1)}, ALL),
        ({"not_": Where(platform=Among(in_=("source",)))}, [BUILT, PURE]),
    ],
)  # fmt: skip
def test_a_rule_keeps_what_matches(where: dict[str, object], files: Sequence[str]) -> None:
    """Each field by Python's own words; those of other ecosystems match nothing."""
    assert kept(rule(**where)) == sorted(files)


def test_a_rule_against_a_license_hits_where_there_is_no_choice() -> None:
    """`MIT OR GPL-3.0-only` can be used without the GPL."""
    against = Rule(id="rule", action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))

    assert kept(against) == sorted([EGG, BUILT, PURE, NEXT])


def test_what_is_kept_keeps_all_that_is_known_of_it() -> None:
    """Keys that we do not know, its metadata, and what is said of the project."""
    decided = decide(rule(kind=Among(in_=("wheel",))))
    assert decided.payload is not None
    tables = decode_tables(decided.payload)

    assert b'"surprise":{"a":2,"b":1}' in bytes(read_table(tables, FILES)[BUILT])
    assert list(read_table(tables, "metadata")) == [PURE]
    assert tables["about"] == b'{"name":"demo-kit"}'
    assert (decided.files, decided.size_bytes) == totals_of(decided.payload) == (2, 40)
    assert decided.excluded == {"mirror_filtered.kind": 3}


def test_a_shard_that_is_kept_whole_comes_back_unchanged() -> None:
    """The same bytes, so the same digest: nothing is stored again."""
    assert decide(rule(license=Among(not_in=("AGPL",)))).payload is PAYLOAD


def test_a_name_alone_decides_where_it_can() -> None:
    """Without its shard; a platform is each file's own."""
    deciding = ECO.compile(Evaluation(rules=(rule(spec=("demo-kit>=2", "Whole.*")),)))
    on_linux = ECO.compile(Evaluation(rules=(rule(platform=Among(in_=("manylinux*",))),)))

    assert deciding.glance("demo-kit", partition=PARTITION).verdict is Glance.LOOK
    assert deciding.glance("whole-sale", partition=PARTITION).verdict is Glance.KEEP
    assert deciding.glance("other", partition=PARTITION).verdict is Glance.DROP
    assert on_linux.glance("demo-kit", partition=PARTITION).verdict is Glance.LOOK


def test_a_decision_is_explained() -> None:
    """With the file's own words."""
    deciding = ECO.compile(Evaluation(rules=(rule(python=">=3.12"),)))
    explained = {one.ckey: one for one in deciding.explain(PAYLOAD, partition=PARTITION, name="demo-kit")}

    assert explained[f"simple/demo-kit/{PURE}"].decision == "kept"
    dropped = explained[f"simple/demo-kit/{BUILT}"]
    assert (dropped.decision, dropped.reason, dropped.version) == ("excluded", "mirror_filtered.python", "2.0")
    assert dropped.detail == "it can not be used with Python >=3.12"


def test_a_closure_lets_in_what_it_reached() -> None:
    """Beside what its rule names."""
    wanting = Rule(id="rule", action=Action.REQUIRE, where=Where(name=("app",)), include_dependencies=True)
    closure = Closure(reached={PARTITION: {"demo-kit": (PURE,), "app": None}})
    deciding = ECO.compile(Evaluation(rules=(wanting,), closures={"0": closure}))

    payload = deciding.decide(PAYLOAD, partition=PARTITION, name="demo-kit").payload

    assert payload is not None
    assert list(read_table(decode_tables(payload), FILES)) == [PURE]


def test_advisories_are_read_in_pythons_order() -> None:
    """3.0rc1 is before 3.0."""
    advisory = Advisory("CVE-2024-1", 9.8, ranges=((("introduced", "2.0"), ("fixed", "3.0")),))
    book = AdvisoryBook(encode_book(advisories={"python": {"demo-kit": [advisory]}}))
    limit = rule(cve_score=NumberIs(op=Operator.AT_MOST, value=7))
    deciding = ECO.compile(Evaluation(rules=(limit,), advisories=book.digest), book=book)

    decided = deciding.decide(PAYLOAD, partition=PARTITION, name="demo-kit")

    assert decided.excluded == {"mirror_filtered.cve": 3}
    assert deciding.glance("demo-kit", partition=PARTITION).verdict is Glance.LOOK
    assert deciding.glance("other", partition=PARTITION).verdict is Glance.KEEP


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"name": ("a/b",)}, "rules[0].where.name[0]"),
        ({"spec": ("demo", "demo >= x")}, "rules[0].where.spec[1]"),
        ({"spec": ("python 3.12.* *_cpython",)}, "rules[0].where.spec[0]"),
        ({"version": "=1.0"}, "rules[0].where.version"),
        ({"python": "three"}, "rules[0].where.python"),
        ({"python": "<2"}, "rules[0].where.python"),
        ({"wheel_tag": ("cp311-*",)}, "rules[0].where.wheel_tag[0]"),
        ({"platform": Among(in_=("no platform",))}, "rules[0].where.platform.in[0]"),
        ({"license": Among(in_=("nonsense",))}, "rules[0].where.license.in[0]"),
        ({"any": (Where(name=("x",)), Where(spec=("x[y]",)))}, "rules[0].where.any[1].spec[0]"),
    ],
)
def test_what_python_does_not_understand_is_refused(where: dict[str, object], field: str) -> None:
    """With the path of the fault."""
    with pytest.raises(InvalidInput) as caught:
        ECO.check_rules((rule(**where),))

    assert caught.value.field == field


_wheres = st.sampled_from(
    [
        {"version": ">1.0"}, {"spec": ("demo-kit<3",)}, {"license": Among(in_=("GPL", "MIT"))}, {"python": "<3.9"},
        {"newest": 1}, {"name": ("other",)}, {"created": CreatedIn(from_="2019-01-01")}, {"yanked": True},
        {"wheel_tag": ("cp*-*-*",)}, {"kind": Among(in_=("sdist",))}, {"platform": Among(in_=("any", "source"))},
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(Action), _wheres), max_size=4))
def test_explaining_agrees_with_deciding(parts: list[tuple[Action, dict[str, object]]]) -> None:
    """File for file."""
    rules = tuple(
        Rule(id=f"rule-{place}", action=action, where=Where(**where))  # type: ignore[arg-type]
        for place, (action, where) in enumerate(parts)
    )
    explained = ECO.compile(Evaluation(rules=rules)).explain(PAYLOAD, partition=PARTITION, name="demo-kit")

    assert [one.ckey for one in explained] == [one.ckey for one in ECO.facts(PAYLOAD, partition=PARTITION)]
    assert kept(*rules) == [one.ckey.rpartition("/")[2] for one in explained if one.decision == "kept"]
