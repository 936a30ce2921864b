"""Reading OSV records: what is kept of them, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.vulnerabilities.osv_record import Affected, OsvRecord
from libs.common.vulnerabilities.read_osv import UnusableRecord, normalised_name, read_osv
from tests.support.osv import CRITICAL, MEDIUM, an_osv

PYSEC: dict[str, Any] = {
    "id": "PYSEC-2021-9",
    "details": "Django 2.2 before 2.2.18 allows directory traversal via archives.\n",
    "aliases": ["CVE-2021-3281", "GHSA-fvgf-6h6h-3322"],
    "modified": "2021-02-05T16:58:00Z",
    "published": "2021-02-02T07:15:00Z",
    "references": [{"type": "ADVISORY", "url": "https://advisories.example/fvgf"}],
    "affected": [
        {
            "package": {"name": "Django", "ecosystem": "PyPI", "purl": "pkg:pypi/django"},
            "ranges": [
                {
                    "type": "GIT",
                    "repo": "https://code.example/django",
                    "events": [{"introduced": "0"}, {"fixed": "05413afa8c18cdb978fcdf470e09f7a12b234a23"}],
                },
                {
                    "type": "ECOSYSTEM",
                    "events": [
                        {"introduced": "2.2"},
                        {"fixed": "2.2.18"},
                        {"introduced": "3.0"},
                        {"fixed": "3.0.12"},
                    ],
                },
            ],
            "versions": ["2.2", "2.2.17", "3.0", "3.0.11", "1.11"],
            "database_specific": {"source": "https://advisories.example/PYSEC-2021-9.yaml"},
        }
    ],
}
"""In the shape of the Python packaging advisory database: no schema_version, no severity, events in one range."""

RSEC: dict[str, Any] = {
    "id": "RSEC-2023-2",
    "details": "The readxl R package is exposed to a vulnerability owing to its underlying use of libxls library.",
    "affected": [
        {
            "package": {"name": "readxl", "ecosystem": "CRAN", "purl": "pkg:cran/readxl"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0.1.0"}, {"fixed": "1.4.1"}]}],
            "versions": ["0.1.0", "1.0.0", "1.4.0"],
        }
    ],
    "references": [{"type": "WEB", "url": "https://advisories.example/readxl"}],
    "upstream": ["CVE-2023-38851"],
    "modified": "2023-10-20T07:27:00.6Z",
    "published": "2023-10-06T05:00:00.6Z",
    "schema_version": "1.4.0",
}
"""In the shape of the R consortium's database."""


def read(record: dict[str, Any]) -> OsvRecord:
    """Read a record of ours."""
    found = read_osv(json.dumps(record).encode())
    assert found is not None
    return found


def test_a_record_of_the_python_database_is_read() -> None:
    """Its git range says nothing of versions; versions that its range holds are not kept twice."""
    record = read(PYSEC)

    assert record.aliases == ("CVE-2021-3281", "GHSA-fvgf-6h6h-3322")
    assert record.affected == (
        Affected(
            "python",
            "django",
            ("1.11",),
            ((("introduced", "2.2"), ("fixed", "2.2.18"), ("introduced", "3.0"), ("fixed", "3.0.12")),),
        ),
    )
    assert record.references == ("https://advisories.example/fvgf",)
    assert (record.vectors, record.word) == ((), None)


def test_a_record_of_the_r_database_is_read() -> None:
    """Names of R keep their letters."""
    record = read(RSEC)

    assert record.aliases == ("CVE-2023-38851",)
    assert record.affected == (Affected("cran", "readxl", (), ((("introduced", "0.1.0"), ("fixed", "1.4.1")),)),)


def test_severities_are_found_wherever_they_stand() -> None:
    """Vectors of the record and of a package; words of the databases."""
    record = an_osv(database_specific={"severity": "moderate", "cwe_ids": ["CWE-1"]})
    record["affected"][0]["severity"] = [{"type": "CVSS_V3", "score": MEDIUM}, {"type": "Ubuntu", "score": "low"}]
    record["affected"][0]["ecosystem_specific"] = {"severity": "HIGH"}

    assert read(record).vectors == (CRITICAL, MEDIUM)
    assert read(record).word == "HIGH"


def test_what_affects_nothing_of_ours_is_passed_over() -> None:
    """The dump of everything has a hundred thousand of them."""
    assert read_osv(json.dumps(an_osv(ecosystem="npm")).encode()) is None
    assert read_osv(json.dumps(an_osv(affected=[])).encode()) is None
    assert read_osv(json.dumps(an_osv(affected=None)).encode()) is None


def test_a_withdrawn_record_is_kept_as_such() -> None:
    """So that it takes the place of what it was before."""
    record = read(an_osv(withdrawn="2026-05-02T00:00:00Z"))

    assert record.is_withdrawn


def test_only_packages_of_ours_are_kept() -> None:
    """And what is said of one package in two places becomes one."""
    record = an_osv()
    record["affected"] += [
        {"package": {"ecosystem": "npm", "name": "@x/django"}, "versions": ["1"]},
        {"package": {"ecosystem": "PyPI", "name": "DJANGO"}, "versions": ["7.0"]},
        {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]},
        {"package": {"ecosystem": "conda", "name": "OpenSSL"}, "versions": ["3.0.1", "3.0.1"]},
    ]

    assert read(record).affected == (
        Affected("conda", "openssl", ("3.0.1",)),
        Affected("python", "django", ("7.0",), ((("introduced", "0"), ("fixed", "2.0")),)),
    )


def test_null_is_the_same_as_nothing() -> None:
    """Some writers leave out, others write null or an empty list."""
    record = an_osv(aliases=None, references=None, severity=None, summary=None, details=None, withdrawn=None)
    record["affected"][0] |= {"versions": None, "database_specific": None}
    record["affected"][0]["ranges"][0]["events"][0]["fixed"] = None

    assert read(record).affected[0].ranges == ((("introduced", "0"), ("fixed", "2.0")),)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"id": ' + b"[" * 100_000, "wrong type"),
        (b'{"x": ' + b"[" * 100_000, "no JSON"),
        (b"[]", "wrong type"),
        (b'{"id": "GHSA-1"}', "missing"),
        (json.dumps(an_osv(id=7)).encode(), "wrong type"),
        (json.dumps(an_osv("../../x")).encode(), "its id"),
        (json.dumps(an_osv(package="a b")).encode(), "can't be a package"),
        (json.dumps(an_osv(aliases=[f"CVE-{n}" for n in range(300)])).encode(), "too many aliases"),
        (json.dumps(an_osv(versions=[str(n) for n in range(30_000)])).encode(), "too many versions"),
        (json.dumps(an_osv(affected=an_osv()["affected"] * 3_000)).encode(), "too many packages"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_record_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Few reasons, so that they can be counted."""
    with pytest.raises(UnusableRecord, match=reason):
        read_osv(data)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda it: json.dumps(it).encode()))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """It says no in its own words."""
    with pytest.raises(UnusableRecord):
        read_osv(data)


@pytest.mark.parametrize(
    ("ecosystem", "name", "normalised"),
    [
        ("python", "Zope.Interface", "zope-interface"),
        ("python", "a__b", "a-b"),
        ("cran", "R.utils", "R.utils"),
        ("conda", "OpenSSL", "openssl"),
    ],
)
def test_names_are_those_of_the_ecosystem(ecosystem: AdvisoryEcosystem, name: str, normalised: str) -> None:
    """As the book has them."""
    assert normalised_name(ecosystem, name) == normalised
