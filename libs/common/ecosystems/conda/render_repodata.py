"""Rendering a subdir's own files in one pass: repodata.json, its forms, the shard index.

Essential reading (in order): CEP 36 (repodata.json), CEP 48 (revisions of repodata).

Rules of this file:
1. Records are spliced as they are; nothing is decoded but what run_exports.json needs.
2. No `base_url`: conda can't follow a relative one, so the version stays 1.
3. `info` comes first, and it names the later revisions, which are known only at the end:
   the fragments are held until then. For 600,000 records that is 343 MB.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from libs.common.ecosystems.compression import INDEX_LEVEL, ZstdStream
from libs.common.ecosystems.conda.names import CLASSIC_SECTIONS, is_later
from libs.common.ecosystems.conda.payload import SIGNATURES, Sections, decode_payload, record_sections
from libs.common.ecosystems.conda.render_shards import render_shard_index
from libs.common.ecosystems.conda.run_exports import run_exports_pieces
from libs.common.ecosystems.protocol import Sink

_BATCH_BYTES = 1024 * 1024

REPODATA = "repodata.json"
REPODATA_ZST = "repodata.json.zst"
SHARD_INDEX = "repodata_shards.msgpack.zst"
RUN_EXPORTS_JSON = "run_exports.json"
RUN_EXPORTS_ZST = "run_exports.json.zst"
FILES = (REPODATA, REPODATA_ZST, SHARD_INDEX, RUN_EXPORTS_JSON, RUN_EXPORTS_ZST)


class SubdirWriter:
    """Renders one subdir; `sinks` are keyed by path below the channel."""

    def __init__(self, subdir: str, *, sinks: Mapping[str, Sink]) -> None:
        self._subdir = subdir
        self._sinks = sinks
        self._shards: list[Sections] = []
        self._rendered: dict[str, bytes] = {}

    def add(self, name: str, payload: bytes, *, rendered_sha256: bytes | None) -> None:
        """Take the next name's merged shard payload."""
        self._shards.append(decode_payload(payload))
        if rendered_sha256 is not None:
            self._rendered[name] = rendered_sha256

    def finish(self) -> frozenset[str]:
        """Write the files; run_exports.json only where some shard knows of any."""
        revisions = _revisions(self._shards)
        written = set()
        repodata = list(_repodata_pieces(self._subdir, self._shards, revisions=sorted(revisions)))
        written |= self._write(repodata, plain=REPODATA, compressed=REPODATA_ZST)
        exports = list(run_exports_pieces(self._subdir, self._shards))
        if exports:
            written |= self._write(exports, plain=RUN_EXPORTS_JSON, compressed=RUN_EXPORTS_ZST)
        index = f"{self._subdir}/{SHARD_INDEX}"
        self._sinks[index].write(render_shard_index(self._subdir, self._rendered, revisions=revisions))
        return frozenset(written | {index})

    def _write(self, pieces: list[bytes], *, plain: str, compressed: str) -> set[str]:
        paths = {f"{self._subdir}/{plain}", f"{self._subdir}/{compressed}"}
        plain_sink, compressed_sink = (
            self._sinks[f"{self._subdir}/{plain}"],
            self._sinks[f"{self._subdir}/{compressed}"],
        )
        stream = ZstdStream(level=INDEX_LEVEL, size_bytes=sum(map(len, pieces)))
        for batch in _batches(pieces):
            plain_sink.write(batch)
            if ready := stream.compress(batch):
                compressed_sink.write(ready)
        compressed_sink.write(stream.finish())
        return paths


def repodata_pieces(subdir: str, payloads: Iterable[bytes]) -> Iterator[bytes]:
    """Render a repodata.json of some shards, one of each name, for a reader on this machine."""
    shards = [decode_payload(payload) for payload in payloads]
    yield from _repodata_pieces(subdir, shards, revisions=sorted(_revisions(shards)))


def _revisions(shards: Iterable[Sections]) -> set[str]:
    return {section.partition("/")[0] for shard in shards for section in record_sections(shard) if is_later(section)}


def _repodata_pieces(subdir: str, shards: list[Sections], *, revisions: list[str]) -> Iterator[bytes]:
    info: dict[str, object] = {"subdir": subdir}
    if revisions:
        info["repodata_revisions"] = {revision: {} for revision in revisions}
    yield b'{"info":%b' % msgspec.json.encode(info)
    for section in CLASSIC_SECTIONS:
        yield b',"%b":{' % section.encode()
        yield from _joined(shards, section)
        yield b"}"
    yield b',"removed":[],"repodata_version":1'
    if any(SIGNATURES in shard for shard in shards):
        yield b',"signatures":{'
        yield from _joined(shards, SIGNATURES)
        yield b"}"
    for revision in revisions:
        yield b',"%b":{' % revision.encode()
        kinds = sorted({section for shard in shards for section in shard if section.startswith(f"{revision}/")})
        for place, section in enumerate(kinds):
            yield b'%b"%b":{' % (b"," if place else b"", section.partition("/")[2].encode())
            yield from _joined(shards, section)
            yield b"}"
        yield b"}"
    yield b"}"


def _joined(shards: list[Sections], section: str) -> Iterator[bytes]:
    is_first = True
    for shard in shards:
        if (fragment := shard.get(section)) is not None:
            if not is_first:
                yield b","
            yield fragment
            is_first = False


def _batches(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join small pieces, so that sinks and compressor are called seldom."""
    batch: list[bytes] = []
    size_bytes = 0
    for piece in pieces:
        batch.append(piece)
        size_bytes += len(piece)
        if size_bytes >= _BATCH_BYTES:
            yield b"".join(batch)
            batch.clear()
            size_bytes = 0
    yield b"".join(batch)
