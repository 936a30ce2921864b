"""Listing and dropping files of a shard."""

from libs.common.domain.digest import Digest
from tests.support.conda_records import ECO, SUBDIR, a_record, filenames, payload_of


def test_files_are_listed_as_their_records_describe_them() -> None:
    """sha256 before md5, in lower case; the size where there is one; where the file lies."""
    upper, old = a_record(), a_record(version="2.0", sha256=None, size=None, url="https://host.example/x")
    payload = payload_of([upper | {"sha256": str(upper["sha256"]).upper()}], legacy=[old])

    first, second = ECO.artifacts(payload, partition=SUBDIR)

    assert (first.ckey, first.filename, first.url) == (
        f"{SUBDIR}/demo-1.0-0.conda",
        "demo-1.0-0.conda",
        "demo-1.0-0.conda",
    )
    assert (first.expected.digest, first.expected.size_bytes) == (Digest("sha256", str(upper["sha256"])), 10)
    assert (second.filename, second.url) == ("demo-2.0-0.tar.bz2", "https://host.example/x")
    assert (second.expected.digest, second.expected.size_bytes) == (Digest("md5", str(old["md5"])), None)


def test_dropping_files_counts_what_stays() -> None:
    """An active mirror drops what it could not store."""
    payload = payload_of([a_record(), a_record(version="2.0", size=7)])

    left = ECO.without(payload, frozenset({"demo-1.0-0.conda", "other"}))

    assert filenames(left.payload) == ["demo-2.0-0.conda"]
    assert (left.files, left.size_bytes, left.excluded) == (1, 7, {})


def test_dropping_nothing_or_all() -> None:
    """The same payload, or none."""
    payload = payload_of([a_record()])

    assert ECO.without(payload, frozenset({"other"})).payload is payload
    assert ECO.without(payload, frozenset({"demo-1.0-0.conda"})).payload is None
