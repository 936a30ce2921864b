"""What reports say of R packages, and which files specs choose."""

import pytest

from libs.common.domain.advisory import Advisory, AdvisoryBook, encode_book
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.cran.records import Listed, PackageRecord
from tests.support.cran_records import ECO, a_stanza, payload_of

SOURCE = "src/contrib"
MD5 = "0" * 32


def test_a_file_is_described_as_its_record_does() -> None:
    """With what it needs in R's own words, and what the listing says."""
    stanza = a_stanza(
        "data.table", "1.14-2", Depends="R (>= 3.1.0)", Imports="methods,\n  cli (>= 3.0)", MD5sum=MD5.upper(),
        Path="4.3.0/Recommended", License="MPL-2.0 | file LICENSE",
    )  # fmt: skip
    (fact,) = ECO.facts(
        payload_of(stanza, listed={"data.table_1.14-2.tar.gz": Listed(size_bytes=7, modified_ms=5)}), partition=SOURCE
    )

    assert fact.ckey == "cran/src/contrib/4.3.0/Recommended/data.table_1.14-2.tar.gz"
    assert (fact.name, fact.version, fact.size_bytes, fact.created_ms) == ("data.table", "1.14-2", 7, 5)
    assert fact.digest == f"md5:{MD5}"
    assert fact.depends == ("R (>= 3.1.0)", "methods", "cli (>= 3.0)")
    assert fact.families == ("mozilla", "other")
    assert fact.purl == "pkg:cran/data.table@1.14-2"


def test_a_sha256_is_better_than_md5() -> None:
    """Where a listing has one; what is no digest is none."""
    listed = {"demo_1.0.tar.gz": Listed(sha256="a" * 64)}
    (with_both,) = ECO.facts(payload_of(a_stanza(MD5sum=MD5), listed=listed), partition=SOURCE)
    (with_none,) = ECO.facts(payload_of(a_stanza(MD5sum="none")), partition=SOURCE)

    assert with_both.digest == f"sha256:{'a' * 64}"
    assert with_none.digest is None


def test_vulnerabilities_are_told() -> None:
    """By R's order of versions."""
    book = AdvisoryBook(encode_book(advisories={"cran": {"demo": [Advisory("CVE-2024-1", 5.0, versions=("1.0",))]}}))

    (first, second) = ECO.facts(payload_of(a_stanza(), a_stanza(version="2.0")), partition=SOURCE, book=book)

    assert [one.id for one in first.findings] == ["CVE-2024-1"]
    assert second.findings == ()


@pytest.mark.parametrize(
    ("fields", "day_ms"),
    [
        ({"Date/Publication": "2015-03-01 10:00:01 UTC", "Packaged": "2014-01-01"}, 1_425_204_001_000),
        ({"Published": "2015-03-01"}, 1_425_168_000_000),
        ({"Packaged": "2015-03-01T10:00 UTC; someone"}, 1_425_204_000_000),
        ({"Built": "R 4.3.1; x86_64-w64-mingw32; 2015-03-01 10:00:01 UTC; windows"}, 1_425_204_001_000),
        ({"Built": "R 4.3.1"}, None),
        ({"Packaged": "Tue Jan 9 10:00:00 2007; someone"}, None),
        ({"Published": "2015-02-31", "Packaged": "2015-03-01"}, 1_425_168_000_000),
        ({}, None),
    ],
)
def test_a_record_is_dated_by_the_first_field_that_can_be_read(fields: dict[str, str], day_ms: int | None) -> None:
    """The day of publication before that of packaging and building."""
    (fact,) = ECO.facts(payload_of(a_stanza(**fields)), partition=SOURCE)

    assert fact.created_ms == day_ms


def test_a_file_may_have_a_name_of_its_own() -> None:
    """`File` of the record; of two records for one file the first counts."""
    payload = payload_of(
        a_stanza(File="other.tar.gz"), a_stanza(), a_stanza(License="MIT"), a_stanza(version="2.0"), partition=SOURCE
    )

    found = ECO.facts(payload, partition=SOURCE)

    assert [one.filename for one in found] == ["demo_1.0.tar.gz", "demo_2.0.tar.gz", "other.tar.gz"]
    assert found[0].license == "GPL-3"
    assert payload == payload_of(a_stanza(version="2.0"), a_stanza(), a_stanza(File="other.tar.gz"))


def test_binaries_end_as_their_system_has_them() -> None:
    """`.zip` on Windows, `.tgz` on macOS."""
    for partition, ending in (
        ("bin/windows/contrib/4.3", ".zip"),
        ("bin/macosx/big-sur-arm64/contrib/4.3", ".tgz"),
        ("bin/linux/4.3-jammy/contrib/4.3", ".tar.gz"),
    ):
        (fact,) = ECO.facts(payload_of(a_stanza(), partition=partition), partition=partition)
        assert fact.ckey == f"cran/{partition}/demo_1.0{ending}"


def test_specs_choose_files() -> None:
    """One that is about another package chooses none."""
    payload = payload_of(a_stanza(), a_stanza(version="2.0"))

    assert ECO.select(("demo (>= 1.5)", "x"), payload, partition=SOURCE, name="demo") == {"demo_2.0.tar.gz"}
    assert ECO.select(("DE*",), payload, partition=SOURCE, name="demo") == {"demo_1.0.tar.gz", "demo_2.0.tar.gz"}
    assert ECO.select(("other",), payload, partition=SOURCE, name="demo") == frozenset()
    with pytest.raises(InvalidInput, match=r"spec\[1\]"):
        ECO.select(("demo", "de mo"), payload, partition=SOURCE, name="demo")


def test_the_fields_are_named_as_in_packages() -> None:
    """The record reads what R writes."""
    names = PackageRecord.__struct_encode_fields__

    assert {"Package", "Version", "Depends", "Imports", "LinkingTo", "License", "MD5sum"} <= set(names)
