"""Compression: bounded when reading, streaming when writing."""

import bz2
import gzip
import lzma
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import (
    ZstdStream,
    compress_zstd,
    decompress_bz2,
    decompress_gzip,
    decompress_xz,
    decompress_zstd,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 64 * 1024 * 1024
FIVE_MB = bytes(range(256)) * 20_000


def test_frames_one_after_the_other_are_read_to_the_end() -> None:
    """RFC 8878 section 3: a file may have many frames, also ones to skip."""
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip"
    data = compress_zstd(b"one,", level=1) + skippable + compress_zstd(b"two", level=3)

    assert decompress_zstd(data, limit_bytes=LIMIT) == b"one,two"


def test_streams_one_after_the_other_are_read_to_the_end() -> None:
    """Parallel writers make one bzip2 stream per block."""
    data = bz2.compress(FIVE_MB) + bz2.compress(b"") + bz2.compress(b"end")

    assert decompress_bz2(data, limit_bytes=LIMIT) == FIVE_MB + b"end"


def test_members_one_after_the_other_are_read_to_the_end() -> None:
    """Files may be joined, and filled up with zeros."""
    packed = gzip.compress(FIVE_MB) + gzip.compress(b"") + gzip.compress(b"end")
    lzma_packed = lzma.compress(FIVE_MB) + lzma.compress(b"") + bytes(8) + lzma.compress(b"end")

    assert decompress_gzip(packed + bytes(12), limit_bytes=LIMIT) == FIVE_MB + b"end"
    assert decompress_xz(lzma_packed, limit_bytes=LIMIT) == FIVE_MB + b"end"


def test_a_long_file_comes_back_whole() -> None:
    """Longer than one piece of the decompressor's."""
    assert decompress_zstd(compress_zstd(FIVE_MB, level=1), limit_bytes=LIMIT) == FIVE_MB


@pytest.mark.parametrize("is_sized", [True, False], ids=["frame tells its size", "frame does not"])
def test_a_bomb_is_refused(is_sized: bool) -> None:
    """A small file must not fill the memory, whether or not it says what it will become."""
    data = compress_zstd(FIVE_MB, level=1) if is_sized else _without_size(FIVE_MB)

    with pytest.raises(UnreadableIndex, match="more than 1000 bytes"):
        decompress_zstd(data, limit_bytes=1000)


def test_a_bomb_of_an_older_form_is_refused() -> None:
    """The same for bzip2, gzip and xz."""
    with pytest.raises(UnreadableIndex, match="more than 1000 bytes"):
        decompress_bz2(bz2.compress(bytes(10_000_000)), limit_bytes=1000)
    with pytest.raises(UnreadableIndex, match="more than 1000 bytes"):
        decompress_gzip(gzip.compress(bytes(10_000_000)), limit_bytes=1000)
    with pytest.raises(UnreadableIndex, match="more than 1000 bytes"):
        decompress_xz(lzma.compress(bytes(10_000_000)), limit_bytes=1000)


@pytest.mark.parametrize("cut", [0, 1, 3, 10, -1])
def test_cut_files_are_unreadable(cut: int) -> None:
    """Half an index is none."""
    with pytest.raises(UnreadableIndex):
        decompress_zstd(compress_zstd(FIVE_MB, level=1)[:cut], limit_bytes=LIMIT)
    with pytest.raises(UnreadableIndex):
        decompress_bz2(bz2.compress(b"some text")[:cut], limit_bytes=LIMIT)
    with pytest.raises(UnreadableIndex):
        decompress_gzip(gzip.compress(b"some text")[:cut], limit_bytes=LIMIT)
    with pytest.raises(UnreadableIndex):
        decompress_xz(lzma.compress(b"some text")[:cut], limit_bytes=LIMIT)


def test_endless_streams_are_refused() -> None:
    """A file of empty streams would cost time without end."""
    with pytest.raises(UnreadableIndex, match="more bzip2 streams"):
        decompress_bz2(bz2.compress(b"") * 20_001, limit_bytes=LIMIT)
    with pytest.raises(UnreadableIndex, match="more gzip members"):
        decompress_gzip(gzip.compress(b"") * 2_001, limit_bytes=LIMIT)
    with pytest.raises(UnreadableIndex, match="more xz streams"):
        decompress_xz(lzma.compress(b"") * 2_001, limit_bytes=LIMIT)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None, database=None)
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    """Nothing else may come out of damaged data."""
    for decompress in (decompress_zstd, decompress_bz2, decompress_gzip, decompress_xz):
        for prefix in (
            b"",
            b"\x28\xb5\x2f\xfd",
            b"BZh9",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46",
        ):
            try:
                decompress(prefix + data, limit_bytes=1000)
            except UnreadableIndex:
                continue


@given(st.lists(st.binary(max_size=50)))
@settings(max_examples=50, deadline=None, database=None)
def test_a_stream_says_what_was_written(pieces: list[bytes]) -> None:
    """Piece by piece or at once is the same content."""
    stream = ZstdStream(level=3, size_bytes=sum(map(len, pieces)))
    frame = b"".join([*(stream.compress(piece) for piece in pieces), stream.finish()])

    assert decompress_zstd(frame, limit_bytes=LIMIT) == b"".join(pieces)


def _without_size(data: bytes) -> bytes:
    compressor = zstd.ZstdCompressor()
    frame: bytes = compressor.compress(data) + compressor.flush()
    return frame
