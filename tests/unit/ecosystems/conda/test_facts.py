"""What reports say of conda's files."""

from libs.common.domain.advisory import Advisory, AdvisoryBook, encode_book
from libs.common.ecosystems.conda.facts import facts
from tests.support.conda_records import SUBDIR, a_record, payload_of


def test_a_file_is_described_as_its_record_does() -> None:
    """With a purl, by which other tools know it."""
    record = a_record(license="MIT", license_family="MIT", depends=["python >=3.8"])

    (fact,) = facts(payload_of([record]), subdir=SUBDIR)

    assert (fact.ckey, fact.filename, fact.name) == (f"{SUBDIR}/demo-1.0-0.conda", "demo-1.0-0.conda", "demo")
    assert (fact.version, fact.build, fact.size_bytes) == ("1.0", "0", 10)
    assert (fact.license, fact.families, fact.depends) == ("MIT", ("mit",), ("python >=3.8",))
    assert (fact.digest, fact.created_ms) == (f"sha256:{record['sha256']}", 1_700_000_000_000)
    assert fact.purl == "pkg:conda/demo@1.0?build=0&subdir=linux-64&type=conda"


def test_a_file_is_described_with_its_vulnerabilities() -> None:
    """By its own name, or by that of a package of another ecosystem."""
    advisory = Advisory(id="CVE-2024-1", score=9.8, versions=("1.0",))
    book = AdvisoryBook(encode_book(advisories={"python": {"demo": [advisory]}}))
    payload = payload_of([a_record(), a_record(version="2.0")])

    first, second = facts(payload, subdir=SUBDIR, book=book)

    assert [(one.id, one.score) for one in first.findings] == [("CVE-2024-1", 9.8)]
    assert second.findings == ()
    assert facts(payload, subdir=SUBDIR)[0].findings == ()


def test_files_stand_in_the_order_of_their_names() -> None:
    """Old and new ones, also those with little to say."""
    old = a_record(version="0.9", size=None, sha256=None, timestamp=None, depends="odd")

    first, second = facts(payload_of([a_record(license="")], legacy=[old]), subdir=SUBDIR)

    assert (first.filename, second.filename) == ("demo-0.9-0.tar.bz2", "demo-1.0-0.conda")
    assert (first.size_bytes, first.created_ms, first.depends) == (None, None, ())
    assert str(first.digest).startswith("md5:")
    assert second.families == ("none",)
