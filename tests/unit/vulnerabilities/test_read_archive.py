"""Archives of OSV records: other people's zip files."""

import io
import json
import struct
import zipfile
from collections.abc import Sequence

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.vulnerabilities.read_archive import Archive, ArchiveLimits
from tests.support.osv import all_zip, an_osv, zipped

SMALL = ArchiveLimits(
    entries=20, directory_bytes=2_000, entry_bytes=50_000, total_bytes=60_000, ratio=50, ratio_counts_from_bytes=10_000
)


def opened(data: bytes, limits: ArchiveLimits = SMALL) -> Archive:
    """Open an archive."""
    return Archive(io.BytesIO(data), limits=limits)


def ids(archive: Archive) -> Sequence[str]:
    """Read an archive to its end."""
    return [record.id for record in archive.records()]


def test_the_records_of_an_archive_are_read() -> None:
    """Those of other ecosystems are counted."""
    archive = opened(all_zip(an_osv("GHSA-1"), an_osv("GHSA-2", ecosystem="npm"), an_osv("GHSA-3")))

    assert ids(archive) == ["GHSA-1", "GHSA-3"]
    assert archive.passed_over == 1
    assert not archive.broken


def test_broken_entries_are_counted_with_their_reasons() -> None:
    """And the others are read."""
    record = json.dumps(an_osv("GHSA-1")).encode()
    archive = opened(zipped({"a": b"{", "b": b"[]", "c": b"{", "d": record, "folder/": b""}))

    assert ids(archive) == ["GHSA-1"]
    assert archive.broken == {"it is no JSON": 2, "a field is missing or of the wrong type": 1}


def test_names_of_entries_mean_nothing() -> None:
    """Nothing is ever written under them."""
    record = json.dumps(an_osv("GHSA-1")).encode()

    assert (
        ids(opened(zipped({"../../../etc/passwd": record, "/root/.ssh/x": record, "C:\\x": record}))) == ["GHSA-1"] * 3
    )


def test_an_entry_with_a_wrong_checksum_is_broken() -> None:
    """A damaged download is not read as something else."""
    data = bytearray(zipped({"a": b"x" * 500, "b": json.dumps(an_osv("GHSA-1")).encode()}))
    crc = struct.pack("<L", zipfile.ZipFile(io.BytesIO(bytes(data))).getinfo("a").CRC)
    damaged = bytes(data).replace(crc, b"\0\1\2\3")
    archive = opened(damaged)

    assert ids(archive) == ["GHSA-1"]
    assert archive.broken == {"it can't be unpacked": 1}


def test_an_encrypted_entry_is_broken() -> None:
    """Bit 0 of its flags says so (APPNOTE 4.4.4)."""
    data = bytearray(zipped({"a": b"{}"}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 8] |= 1
    archive = opened(bytes(data))

    assert ids(archive) == []
    assert archive.broken == {"it can't be unpacked": 1}


def test_an_entry_that_unpacks_to_too_much_is_broken() -> None:
    """Whatever size it claims to have; no more than the limit is unpacked."""
    bomb = zipped({"a": b" " * 10_000_000, "b": json.dumps(an_osv("GHSA-1")).encode()})
    archive = opened(bomb, ArchiveLimits(entry_bytes=50_000))

    assert ids(archive) == ["GHSA-1"]
    assert archive.broken == {"it is larger than a record can be": 1}


def test_an_entry_that_is_packed_too_tightly_is_broken() -> None:
    """A hundred such would cost more than they weigh."""
    archive = opened(zipped({"a": b" " * 40_000}))

    assert ids(archive) == []
    assert archive.broken == {"it is packed more tightly than a record can be": 1}


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    """Also where each entry is small, and where they lie over each other."""
    archive = opened(zipped({str(n): bytes(9_000) for n in range(10)}))

    with pytest.raises(InvalidInput, match="unpacks to more than 60,000 bytes"):
        ids(archive)


def test_an_archive_with_too_many_entries_is_refused() -> None:
    """The library would read all their names into memory."""
    with pytest.raises(InvalidInput, match="more than 20 entries"):
        opened(zipped({str(n): b"" for n in range(21)}))
    with pytest.raises(InvalidInput, match="directory is larger"):
        opened(zipped({str(n) * 300: b"" for n in range(9)}))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"<html>not found</html>" * 100, all_zip(an_osv())[:-30], b"PK\x05\x06" + bytes(17)],
    ids=["empty", "short", "a page", "cut off", "cut off in the end record"],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    """In words, and before anything is replaced by it."""
    with pytest.raises(InvalidInput, match="zip file"):
        opened(data)


def test_a_directory_that_lies_about_its_size_is_refused() -> None:
    """Also in the wide end record, which the library believes (APPNOTE 4.3.14)."""
    data = zipped({"a": b""})
    place = data.rfind(b"PK\x05\x06")
    lying = data[: place + 12] + struct.pack("<L", 3_000_000_000) + data[place + 16 :]
    wide = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, place, 1)

    for one in (lying, data[:place] + wide + locator + data[place:]):
        with pytest.raises(InvalidInput, match="directory is larger"):
            opened(one)
