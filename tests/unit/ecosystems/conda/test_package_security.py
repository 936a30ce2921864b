"""What packages say of CVEs in themselves; other people's archives."""

import io
import json
import struct
import sys
import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.advisory import CveStatus
from libs.common.ecosystems.conda.package_security import Statement, read_security
from tests.support.packages import a_package

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SECURITY: dict[str, Any] = {
    "vulns_active": [{"id": "CVE-2026-1", "poc_url": "https://x.example"}],
    "vulns_cleared": [{"id": "CVE-2026-2", "comment": "not built in", "references": []}, {"id": "CVE-2026-1"}],
    "vulns_mitigated": [{"id": "CVE-2026-3", "comment": "c" * 900}],
    "vulns_disputed": None,
}


def read(data: bytes) -> tuple[Statement, ...]:
    """Read a package."""
    return read_security(io.BytesIO(data))


def packed(security: bytes, *, name: str = "info/security.json", stem: str = "info-a-1-0.tar.zst") -> bytes:
    """Return a `.conda` file of our own making."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(security)
        archive.addfile(member, io.BytesIO(security))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        package.writestr(stem, zstd.compress(tar.getvalue()))
    return out.getvalue()


def test_the_statements_of_a_package_are_read() -> None:
    """A CVE in two lists counts by the more severe one; comments are cut."""
    assert read(a_package(security=SECURITY).data) == (
        Statement("CVE-2026-1", CveStatus.ACTIVE),
        Statement("CVE-2026-3", CveStatus.MITIGATED, "c" * 200),
        Statement("CVE-2026-2", CveStatus.CLEARED, "not built in"),
    )


def test_packages_without_statements_say_nothing() -> None:
    """As nearly all; and legacy ones are not unpacked for it."""
    assert read(a_package().data) == ()
    assert read(a_package(security=SECURITY, extension=".tar.bz2").data) == ()
    assert read(packed(b"{}")) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        a_package(security=SECURITY).data[:-40],
        packed(b"{"),
        packed(b"[" * 100_000),
        packed(b'{"vulns_active": [7]}'),
        packed(json.dumps(SECURITY).encode(), name="other/info/security.json"),
        packed(json.dumps(SECURITY).encode(), stem="pkg-a-1-0.tar.zst"),
        packed(json.dumps({"vulns_active": [{"id": "x" * 2_000_000}]}).encode()),
        packed(json.dumps(SECURITY).encode() + b" " * 30_000_000),
    ],
    ids=["empty", "magic", "cut", "no json", "deep", "type", "place", "part", "large", "bomb"],
)
def test_what_can_not_be_read_says_nothing(data: bytes) -> None:
    """The file is stored all the same."""
    assert read(data) == ()


def test_a_directory_that_is_too_large_is_not_read() -> None:
    """Neither by its own word nor by that of a wide end record."""
    data = packed(json.dumps(SECURITY).encode())
    place = data.rfind(b"PK\x05\x06")
    lying = data[: place + 12] + struct.pack("<L", 3_000_000_000) + data[place + 16 :]
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, place, 1)

    assert read(data)
    assert read(lying) == ()
    assert read(data[:place] + locator + data[place:]) == ()


def test_many_statements_are_cut() -> None:
    """A message has room for so many."""
    many = {"vulns_active": [{"id": f"CVE-2026-{n}"} for n in range(1000)]}

    assert len(read(packed(json.dumps(many).encode()))) == 200


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_break_the_reader(noise: bytes, place: int) -> None:
    """Wherever they stand in a package."""
    data = packed(json.dumps(SECURITY).encode())

    assert isinstance(read(data[:place] + noise + data[place + len(noise) :]), tuple)
