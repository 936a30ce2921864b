"""Compression for index files: bounded when reading, streaming when writing.

Reading never trusts a file to be as small as it looks: every function takes the number
of bytes that it may become and stops there. Files of several frames or streams one after
the other are read to their end, as RFC 8878 section 3 has it for Zstandard.
"""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable

from libs.common.domain.errors import UnreadableIndex

if sys.version_info >= (3, 14):  # pragma: no cover - the same code, moved into the standard library
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

INDEX_LEVEL = 3
"""For whole index files: 343 MB in 1.1 CPU s. On 23 MB of real records level 10 saves 7 % for
eight times the time, level 16 saves 19 % for sixty times."""

SHARD_LEVEL = 1
"""For one name's shard: most are a few kB, where level 3 saves 1 % of what level 1 leaves."""

_WORKERS = 2
_PIECE_BYTES = 4 * 1024 * 1024
_MAX_BZ2_STREAMS = 20_000
"""Parallel writers make one stream per 900 kB; far more streams are an attack on our time."""
_MAX_MEMBERS = 2_000
_MEMBER_PIECE_BYTES = 64 * 1024
"""Of gzip, bzip2 and xz; each member costs a copy of what was read beyond it."""
_XZ_MEMORY_BYTES = 256 * 1024 * 1024
"""The highest level of xz asks for 65 MB."""


def decompress_zstd(data: bytes, *, limit_bytes: int) -> bytearray:
    """Return what is in all frames of `data`, at most `limit_bytes`.

    Raises:
        UnreadableIndex: for damaged or truncated data, or more than `limit_bytes`.
    """
    view = memoryview(data)
    result = bytearray()
    offset = 0
    try:
        while offset < len(view) or not offset:
            size = zstd.get_frame_size(view[offset:])
            _decompress_frame(view[offset : offset + size], into=result, limit_bytes=limit_bytes)
            offset += size
    except zstd.ZstdError as exc:
        raise UnreadableIndex(f"the file is not whole Zstandard data: {exc}") from exc
    return result


def decompress_bz2(data: bytes, *, limit_bytes: int) -> bytearray:
    """Return what is in all streams of `data`, at most `limit_bytes`.

    Raises:
        UnreadableIndex: for damaged or truncated data, or more than `limit_bytes`.
    """
    return _decompress_streams(
        data, bz2.BZ2Decompressor, format="bzip2", most=_MAX_BZ2_STREAMS, limit_bytes=limit_bytes
    )


def decompress_gzip(data: bytes, *, limit_bytes: int) -> bytearray:
    """Return what is in all members of `data`, at most `limit_bytes`.

    Raises:
        UnreadableIndex: for damaged or truncated data, or more than `limit_bytes`.
    """
    view = memoryview(data)
    result = bytearray()
    offset = 0
    for _ in range(_MAX_MEMBERS):
        decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            while not decompressor.eof:
                taken = view[offset : offset + _MEMBER_PIECE_BYTES]
                piece = decompressor.decompress(taken, _PIECE_BYTES)
                rest = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
                offset += len(taken) - len(rest)
                if not taken and not piece and not decompressor.eof:
                    raise UnreadableIndex("the file is not whole gzip data: it ends too early")
                result += piece
                _check_size(len(result), limit_bytes=limit_bytes)
        except zlib.error as exc:
            raise UnreadableIndex(f"the file is not whole gzip data: {exc}") from exc
        offset = _after_zeros(view, offset)
        if offset >= len(view):
            return result
    raise UnreadableIndex("the file has more gzip members than an index can have")


def decompress_xz(data: bytes, *, limit_bytes: int) -> bytearray:
    """Return what is in all streams of `data`, at most `limit_bytes`.

    Raises:
        UnreadableIndex: for damaged or truncated data, or more than `limit_bytes`.
    """
    return _decompress_streams(data, _open_xz, format="xz", most=_MAX_MEMBERS, limit_bytes=limit_bytes)


def compress_zstd(data: bytes, *, level: int) -> bytes:
    """Return one frame; the same bytes for the same data and level."""
    frame: bytes = zstd.compress(data, level)
    return frame


class ZstdStream:
    """Compresses `size_bytes` piece by piece into one frame.

    The frame carries its size, for some clients refuse one that does not. Two workers
    take 0.8 s of wall for 344 MB where one thread takes 1.2; the bytes do not depend on
    their number, as long as there is at least one.
    """

    def __init__(self, *, level: int, size_bytes: int) -> None:
        parameter = zstd.CompressionParameter
        options: dict[int, int] = {parameter.compression_level: level, parameter.nb_workers: _WORKERS}
        self._compressor = zstd.ZstdCompressor(options=options)
        self._compressor.set_pledged_input_size(size_bytes)

    def compress(self, piece: bytes) -> bytes:
        """Return what is ready of the frame, which may be nothing."""
        ready: bytes = self._compressor.compress(piece)
        return ready

    def finish(self) -> bytes:
        """Return the rest of the frame."""
        rest: bytes = self._compressor.flush()
        return rest


def _decompress_frame(frame: memoryview, *, into: bytearray, limit_bytes: int) -> None:
    promised = zstd.get_frame_info(frame).decompressed_size
    if promised is not None:
        _check_size(len(into) + promised, limit_bytes=limit_bytes)
    decompressor = zstd.ZstdDecompressor()
    into += decompressor.decompress(frame, max_length=_PIECE_BYTES)
    while not decompressor.eof:
        _check_size(len(into), limit_bytes=limit_bytes)
        if decompressor.needs_input:  # pragma: no cover - get_frame_size has seen the end; this bars an endless loop
            raise UnreadableIndex("the file is not whole Zstandard data: it ends too early")
        into += decompressor.decompress(b"", max_length=_PIECE_BYTES)
    _check_size(len(into), limit_bytes=limit_bytes)


def _open_xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


def _decompress_streams(
    data: bytes,
    opened: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
    *,
    format: str,
    most: int,
    limit_bytes: int,
) -> bytearray:
    """Return what is in at most `most` streams, each read by a decompressor of its own."""
    view = memoryview(data)
    result = bytearray()
    offset = 0
    for _ in range(most):
        decompressor = opened()
        try:
            while not decompressor.eof:
                taken = view[offset : offset + _MEMBER_PIECE_BYTES] if decompressor.needs_input else b""
                if decompressor.needs_input and not taken:
                    raise UnreadableIndex(f"the file is not whole {format} data: it ends too early")
                offset += len(taken)
                result += decompressor.decompress(taken, _PIECE_BYTES)
                _check_size(len(result), limit_bytes=limit_bytes)
        except (OSError, EOFError, lzma.LZMAError) as exc:
            raise UnreadableIndex(f"the file is not whole {format} data: {exc}") from exc
        offset = _after_zeros(view, offset - len(decompressor.unused_data))
        if offset >= len(view):
            return result
    raise UnreadableIndex(f"the file has more {format} streams than an index can have")


def _after_zeros(view: memoryview, offset: int) -> int:
    """Pass over the zeros that files are filled up with."""
    while offset < len(view) and not any(piece := view[offset : offset + _MEMBER_PIECE_BYTES]):
        offset += len(piece)
    while offset < len(view) and not view[offset]:
        offset += 1
    return offset


def _check_size(size_bytes: int, *, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise UnreadableIndex(f"the file would decompress to more than {limit_bytes} bytes")
