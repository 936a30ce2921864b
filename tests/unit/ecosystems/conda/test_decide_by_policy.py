"""conda's files under the fields of policies: what is read of a record, and when."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.advisory import EMPTY_BOOK, Advisory, AdvisoryBook, Curation, CveStatus, encode_book
from libs.common.domain.evaluation import Evaluation, Seen
from libs.common.domain.osv_ranges import Range
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Deciding, Glance
from tests.support.conda_records import ECO, SUBDIR, JsonObject, a_record, channels, filenames, payload_of

TODAY = date(2023, 11, 20)
BELOW_2: tuple[Range, ...] = ((("introduced", "0"), ("fixed", "2.0")),)
BOOK = AdvisoryBook.decode(
    encode_book(
        advisories={
            "python": {
                "demo": (Advisory("CVE-2024-1", 9.8, (), BELOW_2),),
                "else": (Advisory("CVE-2024-2", 5.0, ("1.0",)),),
            },
            "cran": {"Lib": (Advisory("CVE-2024-3", 7.0, (), BELOW_2),)},
        },
        curations={"conda": {"demo": (Curation("CVE-2024-1", CveStatus.CLEARED, "*_patched.conda"),)}},
    )
)


def compiled(*rules: Mapping[str, object], book: AdvisoryBook | None = None) -> Deciding:
    """Compile rules as a document has them."""
    read = tuple(msgspec.convert({"id": f"r{place}", **rule}, Rule) for place, rule in enumerate(rules))
    advisories = book.digest if book is not None else None
    return ECO.compile(Evaluation(rules=read, today=TODAY, advisories=advisories), book=book)


def kept(
    rule: Mapping[str, object],
    records: Sequence[JsonObject],
    *,
    name: str = "demo",
    legacy: Sequence[JsonObject] = (),
    book: AdvisoryBook | None = None,
) -> list[str]:
    """Return the files that one rule keeps."""
    payload = payload_of(records, legacy=legacy)
    return filenames(compiled(rule, book=book).decide(payload, partition=SUBDIR, name=name).payload)


ONE, TWO = a_record("demo", "1.0"), a_record("demo", "2.0")


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ({"name": ["De*"]}, ["demo-1.0-0.conda", "demo-2.0-0.conda"]),
        ({"platform": {"in": ["Linux-*"]}}, ["demo-1.0-0.conda", "demo-2.0-0.conda"]),
        ({"platform": {"in": ["noarch", "win_amd64"]}}, []),
        ({"wheel_tag": ["*"]}, []),
        ({"python": ">=3"}, []),
        ({"r": ">=3"}, []),
        ({"yanked": False, "signed": False, "kind": {"not_in": ["wheel"]}}, ["demo-1.0-0.conda", "demo-2.0-0.conda"]),
        ({"newest": 1}, ["demo-2.0-0.conda"]),
        ({"age": {"op": "<=", "days": 6}}, ["demo-1.0-0.conda", "demo-2.0-0.conda"]),
        ({"age": {"op": "<", "days": 6}}, []),
    ],
)
def test_fields_say_of_conda_what_they_can(where: dict[str, object], files: list[str]) -> None:
    """What conda does not know matches nothing."""
    assert kept({"action": "require", "where": where}, [ONE, TWO]) == files


@pytest.mark.parametrize(
    ("words", "permitted", "free"),
    [
        (["MIT"], ["1", "2", "3"], ["3", "5"]),
        (["MIT", "gpl"], ["1", "2", "3", "4"], ["5"]),
        (["GPL-3.0-only"], ["3"], ["1", "2", "3", "5"]),
        (["none"], ["5"], ["1", "2", "3", "4"]),
    ],
)
def test_licenses_are_allowed_or_avoided(words: list[str], permitted: list[str], free: list[str]) -> None:
    """By families and SPDX identifiers; a choice is taken as it suits, and of a bundle all bind."""
    texts = {"1": "MIT", "2": "MIT", "3": "MIT OR GPL-3.0-only", "4": "MIT AND GPL-3.0-only", "5": None}
    records = [a_record("demo", version, license=text) for version, text in texts.items()]

    required = kept({"action": "require", "where": {"license": {"in": words}}}, records)
    excluded = kept({"action": "exclude", "where": {"license": {"in": words}}}, records)
    assert required == [f"demo-{version}-0.conda" for version in permitted]
    assert excluded == [f"demo-{version}-0.conda" for version in free]


def test_the_score_is_that_of_the_version() -> None:
    """Fixed in 2.0; a patched build is cleared."""
    patched = a_record("demo", "1.0", "h1_patched")
    rule = {"action": "require", "where": {"cve_score": {"op": "<=", "value": 7}}}

    assert kept(rule, [ONE, patched, TWO], book=BOOK) == ["demo-1.0-h1_patched.conda", "demo-2.0-0.conda"]


def test_nothing_known_means_no_cves() -> None:
    """A score of 0 is at most 7, whether the book is empty or not there."""
    rule = {"action": "require", "where": {"cve_score": {"op": "<=", "value": 7}}}

    for book in (EMPTY_BOOK, None):
        assert kept(rule, [ONE], book=book) == ["demo-1.0-0.conda"]
        assert compiled(rule, book=book).glance("demo", partition=SUBDIR).verdict is Glance.KEEP


def test_a_book_of_other_advisories_is_a_bug() -> None:
    """A decision must be the same whenever it is made again."""
    rules = (msgspec.convert({"id": "r", "action": "exclude", "where": {"cve_status": {"in": ["Active"]}}}, Rule),)

    for book in (None, EMPTY_BOOK):
        with pytest.raises(ValueError, match="book"):
            ECO.compile(Evaluation(rules=rules, advisories=BOOK.digest), book=book)


@pytest.mark.parametrize(
    ("name", "changes", "cves"),
    [
        ("demo", {}, ["CVE-2024-1"]),
        ("demo", {"purls": ["pkg:pypi/else"]}, ["CVE-2024-2"]),
        ("demo", {"purl": "pkg:pypi/else@1.0"}, ["CVE-2024-2"]),
        ("demo", {"purls": []}, []),
        ("demo", {"purls": None}, ["CVE-2024-1"]),
        ("demo", {"purls": "what?"}, ["CVE-2024-1"]),
        ("other", {"purls": ["pkg:pypi/demo@1.0", "pkg:pypi/else"]}, ["CVE-2024-1", "CVE-2024-2"]),
        ("other", {}, []),
        ("r-lib", {}, ["CVE-2024-3"]),
    ],
)
def test_advisories_are_found_by_purl_or_name(name: str, changes: dict[str, Any], cves: list[str]) -> None:
    """A record that says what it is made of is believed; else its name tells."""
    payload = payload_of([a_record(name, "1.0", **changes)])
    deciding = compiled({"action": "exclude", "where": {"cve_status": {"in": ["Reported"]}}}, book=BOOK)
    (said,) = deciding.explain(payload, partition=SUBDIR, name=name)

    assert deciding.glance(name, partition=SUBDIR).verdict is Glance.LOOK
    assert said.decision == ("excluded" if cves else "kept")
    assert said.detail == (f"{cves[0]} is Reported" if cves else None)


def test_a_file_is_as_old_as_the_mirror_knows_it() -> None:
    """An old file that came today has to wait, too, where the rule asks for that."""
    payload = payload_of([ONE, TWO])
    rule = {"action": "require", "where": {"age": {"op": ">=", "days": 3, "by": "first_seen"}}}
    seen = Seen(TODAY.toordinal() - 3, {"demo-2.0-0.conda": TODAY.toordinal() - 2})
    deciding = compiled(rule)

    assert filenames(deciding.decide(payload, partition=SUBDIR, name="demo", seen=seen).payload) == ["demo-1.0-0.conda"]
    assert deciding.decide(payload, partition=SUBDIR, name="demo").files == 0


_documents = st.lists(
    st.sampled_from(
        (
            {"action": "require", "where": {"name": ["demo*", "r_*"]}},
            {"action": "require", "where": {"spec": ["demo", "demo-core >=2", "r_x.y=1.0"]}},
            {"action": "require", "where": {"platform": {"in": ["linux-64"]}}},
            {"action": "require", "where": {"newest": 1}},
            {"action": "require", "where": {"license": {"in": ["none"]}}},
            {"action": "exclude", "where": {"spec": ["*[build='*_1']", "demo 2.0rc1"]}},
            {"action": "exclude", "where": {"name": ["demo"]}},
            {"action": "exclude", "where": {"legacy_duplicate": True}},
            {"action": "exclude", "where": {"any": [{"version": ">=2"}, {"signed": True}]}},
            {"action": "exclude", "where": {"cve_score": {"op": ">", "value": 7}}, "policy": "p"},
            {"action": "allow", "where": {"name": ["demo"], "not": {"kind": {"in": ["conda"]}}}},
            {"action": "allow", "where": {"spec": ["demo-core"]}, "policy": "p"},
        )
    ),
    max_size=5,
)


@given(channel=channels(), documents=_documents)
@settings(max_examples=60, deadline=None)
def test_what_is_explained_is_what_was_decided(channel: dict[str, bytes], documents: list[dict[str, object]]) -> None:
    """File for file, reason for reason; and the name alone says nothing that the files do not."""
    deciding = compiled(*documents, book=BOOK)
    for name, payload in channel.items():
        decided = deciding.decide(payload, partition=SUBDIR, name=name)
        said = deciding.explain(payload, partition=SUBDIR, name=name)
        reasons = [one.reason for one in said if one.decision == "excluded"]
        glanced = deciding.glance(name, partition=SUBDIR)

        assert [one.ckey for one in said] == [f"{SUBDIR}/{filename}" for filename in filenames(payload)]
        assert [f"{SUBDIR}/{file}" for file in filenames(decided.payload)] == [
            one.ckey for one in said if one.decision == "kept"
        ]
        assert decided.excluded == {reason: reasons.count(reason) for reason in reasons}
        if glanced.verdict is Glance.KEEP:
            assert decided.payload is payload
        if glanced.verdict is Glance.DROP:
            assert set(reasons) == {glanced.reason}
            assert decided.payload is None
