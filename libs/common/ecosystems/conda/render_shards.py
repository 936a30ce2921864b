"""Rendering for clients that read shards: one name's shard, and the index that names them.

Essential reading (in order): CEP 16 (sharded repodata), CEP 21 (run_exports in shards).

Rules of this file:
1. The same payload gives the same bytes, for ever: clients know a shard by its sha256.
2. All of `packages`, `packages.conda` and `removed` stand in each shard; conda looks them
   up without asking whether they are there.
3. Digests are bytes, and so are the hashes in the index: mamba takes nothing else.
4. URLs in the index are relative: they then keep the token that clients put into theirs.
"""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from libs.common.ecosystems.compression import INDEX_LEVEL, SHARD_LEVEL, compress_zstd
from libs.common.ecosystems.conda.channeldata import Summary, encode_summary, newest_version
from libs.common.ecosystems.conda.names import filename_of
from libs.common.ecosystems.conda.payload import (
    CHANNELDATA,
    RUN_EXPORTS,
    Sections,
    decode_payload,
    raw_records,
    record_sections,
    totals_of,
)
from libs.common.ecosystems.conda.timestamp import timestamp_ms
from libs.common.ecosystems.protocol import RenderedShard

CREATED_AT = "2026-01-01T00:00:00Z"
"""Always the same. CEP 16 wants a time in the index, no client reads it, and a real one would
give an unchanged index new bytes."""

_Records = dict[str, dict[str, Any]]
_decode = msgspec.json.Decoder(_Records).decode
_encode = msgspec.msgpack.encode
_DIGESTS = ("sha256", "md5", "legacy_bz2_md5")
_FLOAT_BOUND = 10**308


def render_shard(payload: bytes, *, name: str) -> RenderedShard:
    """Render one name's shard, and what the channel's own files say of it."""
    sections = decode_payload(payload)
    totals = totals_of(payload)
    records = _records(sections)
    document: dict[str, Any] = {"packages": {}, "packages.conda": {}, "removed": []}
    for section, found in records.items():
        revision, _, kind = section.partition("/")
        if kind:
            document.setdefault(revision, {})[kind] = found
        else:
            document[section] = found
    try:
        data = _encode(document)
    except OverflowError:
        data = _encode(_fitting(document))
    return RenderedShard(
        data=compress_zstd(data, level=SHARD_LEVEL),
        summary=_summary(records, channeldata=raw_records(sections.get(CHANNELDATA, b"")).get(name)),
        files=totals.files,
        size_bytes=totals.size_bytes,
    )


def render_shard_index(subdir: str, shards: Mapping[str, bytes], *, revisions: Collection[str]) -> bytes:
    """Render the index that names each shard by the sha256 of its bytes."""
    info: dict[str, object] = {
        "base_url": "./",
        "created_at": CREATED_AT,
        "shards_base_url": "./shards/",
        "subdir": subdir,
    }
    if revisions:
        info["repodata_revisions"] = {revision: {} for revision in sorted(revisions)}
    return compress_zstd(_encode({"version": 1, "info": info, "shards": dict(shards)}), level=INDEX_LEVEL)


def _records(sections: Sections) -> dict[str, _Records]:
    """Return the records of all sections as clients of shards read them."""
    result: dict[str, _Records] = {}
    run_exports = raw_records(sections.get(RUN_EXPORTS, b""))
    for section in record_sections(sections):
        records = result[section] = _read(b"{%b}" % sections[section])
        for key, record in records.items():
            for field in _DIGESTS:
                if value := record.get(field):
                    record[field] = _digest_bytes(value)
            if run_exports and (raw := run_exports.get(filename_of(section, key))) is not None:
                record["run_exports"] = _read_any(raw)
    return result


def _digest_bytes(value: Any) -> Any:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        return value


def _summary(records: Mapping[str, _Records], *, channeldata: msgspec.Raw | None) -> bytes:
    licenses: dict[str, str | None] = {}
    latest_ms = 0
    for found in records.values():
        for record in found.values():
            licenses[record["version"]] = record.get("license")
            latest_ms = max(latest_ms, timestamp_ms(record.get("timestamp")) or 0)
    version = newest_version(licenses)
    return encode_summary(
        Summary(
            version=version,
            timestamp_s=latest_ms // 1000,
            license=licenses.get(version),
            channeldata=b"" if channeldata is None else bytes(channeldata),
        )
    )


def _read(text: bytes) -> _Records:
    try:
        return _decode(text)
    except msgspec.ValidationError:
        records: _Records = json.loads(text)
        return records


def _read_any(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw))


def _fitting(value: Any) -> Any:
    """Return the value with numbers that msgpack can hold; JSON has no bounds for them."""
    if isinstance(value, dict):
        return {key: _fitting(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_fitting(part) for part in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < _FLOAT_BOUND else math.copysign(math.inf, value > 0 or -1)
    return value
