"""Several records of one vulnerability become one CVE."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.advisory import Advisory
from libs.common.domain.cve import Cve, CvePackage
from libs.common.domain.osv_ranges import Range
from libs.common.vulnerabilities.merge_records import advisories_of, merge_records
from libs.common.vulnerabilities.rate import rate, rate_all, worst_word
from libs.common.vulnerabilities.read_osv import read_osv
from tests.support.osv import CRITICAL, MEDIUM, an_osv

BELOW_2: Range = (("introduced", "0"), ("fixed", "2.0"))
BELOW_3: Range = (("introduced", "0"), ("fixed", "3.0"))


def merged(*records: dict[str, Any]) -> dict[str, Cve]:
    """Read and merge records."""
    read = [record for one in records if (record := read_osv(json.dumps(one).encode())) is not None]
    return {cve.id: cve for cve in merge_records(read)}


def test_records_of_one_cve_become_one() -> None:
    """The most severe score, the union of what is affected, the first publication, the last change."""
    ghsa = an_osv("GHSA-1", vector=CRITICAL, aliases=["CVE-2026-1000", "PYSEC-1"])
    pysec = an_osv(
        "PYSEC-1",
        vector=MEDIUM,
        fixed="3.0",
        published="2026-03-01T00:00:00Z",
        modified="2026-05-03T00:00:00.123456Z",
        versions=["7.0"],
    )
    (cve,) = merged(ghsa, pysec).values()

    assert cve.id == "CVE-2026-1000"
    assert cve.aliases == cve.sources == ("GHSA-1", "PYSEC-1")
    assert cve.score == 9.8
    assert cve.cvssv3 is not None
    assert cve.cvssv3.vector == CRITICAL
    assert cve.packages == (
        CvePackage(ecosystem="python", name="django", versions=("7.0",), ranges=(BELOW_2, BELOW_3)),
    )
    assert cve.published_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert cve.modified_at == datetime(2026, 5, 3, 0, 0, 0, 123000, tzinfo=UTC)
    assert cve.references == ("https://advisories.example/GHSA-1", "https://advisories.example/PYSEC-1")


def test_a_record_whose_alias_leads_to_a_cve_belongs_to_it() -> None:
    """Although it does not name the CVE itself."""
    assert merged(an_osv("GHSA-1"), an_osv("PYSEC-1", aliases=["GHSA-1"]))["CVE-2026-1000"].sources == (
        "GHSA-1",
        "PYSEC-1",
    )


def test_a_record_of_several_cves_counts_for_each() -> None:
    """And does not mix what others say of one of them."""
    both = an_osv("PYSEC-1", aliases=["CVE-2026-1000", "CVE-2026-2000"], vector=MEDIUM)
    one = an_osv("GHSA-1", aliases=["CVE-2026-1000"], vector=CRITICAL)
    found = merged(both, one)

    assert {cve_id: (cve.score, cve.sources) for cve_id, cve in found.items()} == {
        "CVE-2026-1000": (9.8, ("GHSA-1", "PYSEC-1")),
        "CVE-2026-2000": (6.1, ("PYSEC-1",)),
    }


def test_without_a_cve_the_best_known_database_names_it() -> None:
    """GHSA before the others."""
    assert list(merged(an_osv("PYSEC-1", aliases=["GHSA-1"]), an_osv("GHSA-1", aliases=[]))) == ["GHSA-1"]
    assert list(merged(an_osv("PYSEC-1", aliases=[]))) == ["PYSEC-1"]


def test_withdrawn_records_say_nothing() -> None:
    """What others say of the CVE stays."""
    withdrawn = an_osv("GHSA-1", withdrawn="2026-05-05T00:00:00Z")

    assert merged(withdrawn) == {}
    assert merged(withdrawn, an_osv("PYSEC-1", vector=MEDIUM))["CVE-2026-1000"].score == 6.1


def test_the_book_has_the_merged_records_by_package() -> None:
    """A CVE of two packages stands at both."""
    two = an_osv("GHSA-1")
    two["affected"].append({"package": {"ecosystem": "CRAN", "name": "Dj"}, "versions": ["1-0"]})

    assert advisories_of(merged(two).values()) == {
        "python": {"django": [Advisory("CVE-2026-1000", 9.8, (), (BELOW_2,))]},
        "cran": {"Dj": [Advisory("CVE-2026-1000", 9.8, ("1-0",))]},
    }


@pytest.mark.parametrize(
    ("word", "score"), [("LOW", 3.9), ("MODERATE", 6.9), ("HIGH", 8.9), ("CRITICAL", 10.0), ("other", None)]
)
def test_a_word_counts_with_the_worst_that_it_can_stand_for(word: str, score: float | None) -> None:
    """Only where there is no vector."""
    without = an_osv(vector=None, database_specific={"severity": word})
    with_vector = an_osv(vector=MEDIUM, database_specific={"severity": word})

    assert merged(without)["CVE-2026-1000"].score == score
    assert merged(with_vector)["CVE-2026-1000"].score == 6.1


def test_malware_has_the_highest_score() -> None:
    """There is no good version of it."""
    (cve,) = merged(an_osv("MAL-2026-1", "evil", aliases=[], vector=None, fixed=None)).values()

    assert (cve.id, cve.score, cve.is_malware) == ("MAL-2026-1", 10.0, True)


@pytest.mark.parametrize(
    ("vector", "version", "score", "severity"),
    [
        (CRITICAL, "cvssv3", 9.8, "CRITICAL"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "cvssv3", 0.0, "NONE"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "cvssv4", 9.3, "CRITICAL"),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "cvssv2", 7.5, "HIGH"),
    ],
)
def test_vectors_are_rated_as_the_specifications_say(vector: str, version: str, score: float, severity: str) -> None:
    """The vector stays as it was given."""
    rated = rate(vector)

    assert rated is not None
    assert rated[0] == version
    assert (rated[1].score, rated[1].severity, rated[1].vector) == (score, severity, vector)


@pytest.mark.parametrize("text", ["", "9.8", "CVSS:3.1/AV:N", "CVSS:9.9/x", "x" * 10_000, "CVSS:4.0/" + "A:A/" * 90])
def test_what_is_no_vector_has_no_score(text: str) -> None:
    """Whatever it is."""
    assert rate(text) is None
    assert rate_all([text]) == {}


def test_the_order_of_records_does_not_matter() -> None:
    """The same content is the same book."""
    records = [
        an_osv("PYSEC-1", vector=MEDIUM, fixed="3.0"),
        an_osv("GHSA-1", vector=CRITICAL),
        an_osv("GHSA-2", "flask", aliases=["CVE-2026-7"]),
    ]

    assert merged(*records) == merged(*records[::-1])


def test_words_that_are_none_are_passed_over() -> None:
    """Databases write there what they like."""
    assert worst_word([None, 7, {"a": 1}, "unknown", "low", "HIGH"]) == "HIGH"
    assert worst_word([]) is None


def test_records_without_times_are_merged_as_well() -> None:
    """A time that can't be read is none."""
    assert (
        merged(an_osv(modified="yesterday", published="0001-01-01T00:00:00+23:00"))["CVE-2026-1000"].modified_at is None
    )
