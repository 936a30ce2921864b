"""What reports say of Python's files, what their metadata says, and which files specs choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata

from libs.common.domain.advisory import Advisory, AdvisoryBook, encode_book
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.pypi.records import PARTITION, CoreMetadata, read_metadata
from tests.support.python_records import ECO, a_file, needing, payload_of

WHEEL, SDIST, OTHER = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-2.0.tar.gz"
SHA256, MD5 = "a" * 64, "0" * 32

METADATA = b"""Metadata-Version: 2.1
Name: demo
Version: 1.0
License: MIT
Classifier: License :: OSI Approved :: MIT License
Classifier: Programming Language :: Python :: 3
Requires-Python: >=3.9
Requires-Dist: numpy>=1.20
Requires-Dist: rich; extra == "nice"
Provides-Extra: nice

Long words.
"""


def test_a_file_is_described_as_its_record_does() -> None:
    """With what its metadata says."""
    record = a_file(WHEEL, hashes={"md5": MD5, "sha256": SHA256.upper()}, upload_time="1970-01-01T00:00:01Z", size=7)
    (fact,) = ECO.facts(payload_of(record, metadata={WHEEL: read_metadata(METADATA)}), partition=PARTITION)

    assert fact.ckey == f"simple/demo/{WHEEL}"
    assert (fact.name, fact.version, fact.size_bytes, fact.created_ms) == ("demo", "1.0", 7, 1000)
    assert fact.digest == f"sha256:{SHA256}"
    assert (fact.license, fact.families) == ("MIT", ("mit",))
    assert fact.depends == ("numpy>=1.20", 'rich; extra == "nice"')
    assert fact.purl == f"pkg:pypi/demo@1.0?file_name={WHEEL}"


def test_a_file_without_metadata_has_that_of_its_version() -> None:
    """Wheels have it first; another version's says nothing."""
    egg = "demo-1.0-py2.7.egg"
    metadata = {WHEEL: needing("x"), OTHER: CoreMetadata(license="BSD"), egg: needing("y")}
    payload = payload_of(a_file(SDIST), a_file(WHEEL), a_file(OTHER), a_file(egg), metadata=metadata)

    _, wheel, sdist, other = ECO.facts(payload, partition=PARTITION)

    assert (wheel.depends, sdist.depends, other.depends) == (("x",), ("x",), ())
    assert (sdist.license, other.license) == (None, "BSD")


def test_what_a_record_does_not_say_is_not_known() -> None:
    """A plain HTML index has no sizes, dates and often no digests; no installer minds odd names."""
    record = {"filename": "demo-final.tar.bz2", "url": "x", "hashes": {"blake2b": "00"}, "upload-time": "once"}
    fact, stranger = ECO.facts(payload_of(record, {"filename": "xyz.whl", "url": "x"}), partition=PARTITION)

    assert (fact.version, fact.size_bytes, fact.created_ms, fact.digest) == ("final", None, None, None)
    assert fact.families == ("none",)
    assert (stranger.version, stranger.purl) == ("", "pkg:pypi/demo?file_name=xyz.whl")


def test_a_date_without_zone_is_utc() -> None:
    """Others are turned to it."""
    payload = payload_of(
        a_file(SDIST, upload_time="1970-01-02T00:00:00"), a_file(OTHER, upload_time="1970-01-02T02:00:00+02:00")
    )

    assert [one.created_ms for one in ECO.facts(payload, partition=PARTITION)] == [86_400_000, 86_400_000]


def test_vulnerabilities_are_told() -> None:
    """By PEP 440: 1.0 and 1.0.0 are the same."""
    book = AdvisoryBook(encode_book(advisories={"python": {"demo": [Advisory("CVE-2024-1", 5.0, versions=("1.0",))]}}))

    first, second = ECO.facts(payload_of(a_file(SDIST), a_file(OTHER)), partition=PARTITION, book=book)

    assert [one.id for one in first.findings] == ["CVE-2024-1"]
    assert second.findings == ()


def test_metadata_is_read_as_packaging_reads_it() -> None:
    """Field by field."""
    judge = Metadata.from_email(METADATA)
    found = read_metadata(METADATA)

    assert found.classifiers == tuple(judge.classifiers or ())
    assert [*found.requires_dist] == [str(one) for one in judge.requires_dist or ()]
    assert found.requires_python == str(judge.requires_python)
    assert (found.license, found.license_expression) == (judge.license, judge.license_expression)


def test_an_expression_is_read() -> None:
    """PEP 639."""
    assert read_metadata(b"Metadata-Version: 2.4\nLicense-Expression: MIT OR 0BSD\n") == CoreMetadata(
        license_expression="MIT OR 0BSD"
    )


def test_a_license_in_full_is_cut() -> None:
    """Its first lines say what it is."""
    found = read_metadata(b"License: " + b"x" * 100_000)

    assert found.license is not None
    assert len(found.license) == 2000


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    """A source may have anything; what can't be read is left out."""
    assert isinstance(read_metadata(data), CoreMetadata)


def test_a_shard_is_the_same_for_the_same_content() -> None:
    """Whatever the order of files and keys; metadata of files that are not there is left out."""
    one = payload_of(a_file(SDIST), a_file(WHEEL), metadata={WHEEL: needing("x"), OTHER: needing("y")})
    other = payload_of(dict(reversed(a_file(WHEEL).items())), a_file(SDIST), metadata={WHEEL: needing("x")})

    assert one == other


def test_specs_choose_files() -> None:
    """One that is about another package chooses none."""
    payload = payload_of(a_file(SDIST), a_file(WHEEL), a_file(OTHER))

    assert ECO.select(("demo>=1.5", "x"), payload, partition=PARTITION, name="demo") == {OTHER}
    assert ECO.select(("De*",), payload, partition=PARTITION, name="demo") == {SDIST, WHEEL, OTHER}
    assert ECO.select(("other",), payload, partition=PARTITION, name="demo") == frozenset()
    with pytest.raises(InvalidInput, match=r"spec\[1\]"):
        ECO.select(("demo", "de mo"), payload, partition=PARTITION, name="demo")
