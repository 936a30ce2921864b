"""Compressed streams: whole ones to their end, others refused, and none further than its bound."""

import bz2
import gzip
import sys
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives import unpack as unpacking
from libs.common.ecosystems.archives.unpack import unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACK: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd.compress}
FORMATS = pytest.mark.parametrize("format", PACK)


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))


def unpacked(data: bytes, format: str, *, piece: int = 1000, largest: int = 2**40) -> bytes:
    """Unpack a whole stream that comes in pieces."""
    return b"".join(unpack(_pieces(data, piece), format=format, packed_bytes=len(data), largest=largest))


@FORMATS
@given(
    members=st.lists(st.binary(max_size=4000), min_size=1, max_size=4),
    zeros=st.integers(0, 600),
    piece=st.integers(1, 900),
)
def test_all_members_are_unpacked(format: str, members: list[bytes], zeros: int, piece: int) -> None:
    """With the zeros behind them, that files are filled up with."""
    data = b"".join(map(PACK[format], members)) + b"\0" * zeros

    assert unpacked(data, format, piece=piece) == b"".join(members)


@FORMATS
def test_long_streams_come_in_pieces(format: str) -> None:
    """Memory does not grow with what is unpacked."""
    packed = PACK[format](bytes(20_000_000))

    sizes = [len(piece) for piece in unpack(iter([packed]), format=format, packed_bytes=len(packed))]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 1024 * 1024


@FORMATS
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(slice(0, -5), b"", "cut off|damaged", id="cut"),
        pytest.param(slice(0, 0), b"", "cut off", id="empty"),
        pytest.param(slice(None), b"garbage", "damaged", id="garbage-behind"),
        pytest.param(slice(0, 0), b"x" * 200, "damaged", id="another-format"),
    ],
)
def test_what_is_not_whole_is_refused(format: str, before: slice, after: bytes, words: str) -> None:
    """In words."""
    packed = PACK[format](b"some text " * 50 + bytes(range(256)))
    with pytest.raises(InvalidInput, match=words):
        unpacked(packed[before] + after, format)


@pytest.mark.parametrize("format", ["gzip", "bzip2"])
def test_a_changed_byte_is_seen(format: str) -> None:
    """Both formats have sums; Zstandard has one where its writer wanted it."""
    packed = bytearray(PACK[format](bytes(range(256)) * 4))
    packed[-6] ^= 1
    with pytest.raises(InvalidInput, match="damaged"):
        unpacked(bytes(packed), format)


@FORMATS
def test_bombs_are_refused_early(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to a large one is given up at its bound."""
    monkeypatch.setattr(unpacking, "_ANY_RATIO_BYTES", 1024 * 1024)
    packed = PACK[format](bytes(32 * 1024 * 1024))
    seen: list[int] = []
    with pytest.raises(InvalidInput, match="unpacks to more than"):
        seen.extend(map(len, unpack(iter([packed]), format=format, packed_bytes=len(packed))))

    assert sum(seen) <= 1024 * 1024 + 300 * len(packed)


def test_a_bound_may_be_given() -> None:
    """Metadata are smaller than packages."""
    assert len(unpacked(gzip.compress(bytes(1000)), "gzip", largest=1000)) == 1000
    with pytest.raises(InvalidInput, match="more than 999 bytes"):
        unpacked(gzip.compress(bytes(1000)), "gzip", largest=999)


def test_members_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs time."""
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 3)

    assert unpacked(gzip.compress(b"a") * 3, "gzip") == b"aaa"
    with pytest.raises(InvalidInput, match="more members"):
        unpacked(gzip.compress(b"a") * 4, "gzip")
