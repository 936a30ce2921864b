"""Reading sharded indexes: the shard index and single shards.

Essential reading (in order): CEP 16 (sharded repodata), CEP 21 (run_exports in shards),
CEP 48 (revisions of repodata).

A shard's records are msgpack; here they become the JSON that repodata.json has, with
keys in the order of the source, digests as hex, and `run_exports` beside the records.
"""

from typing import Any

import msgspec

from libs.common.domain.digest import Digest, Expected, is_hex_digest
from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import decompress_zstd
from libs.common.ecosystems.conda.names import (
    CLASSIC_SECTIONS,
    KINDS,
    filename_of,
    is_package_filename,
    is_package_name,
    is_revision,
)
from libs.common.ecosystems.conda.records import SideTables, make_shard
from libs.common.ecosystems.conda.urls import resolve_base
from libs.common.ecosystems.conda.wire import UNREADABLE, decode_shard_index
from libs.common.ecosystems.protocol import ShardedIndex, ShardRef, SourceShard
from libs.common.ecosystems.urls import resolve

INDEX_LIMIT_BYTES = 128 * 1024 * 1024
"""As conda; 31,000 names take 1.2 MB."""

SHARD_LIMIT_BYTES = 16 * 1024 * 1024
"""As conda; the biggest known shard has 2.6 MB."""

_Document = dict[str, Any]


def read_shard_index(data: bytes, *, subdir: str) -> ShardedIndex:
    """Read `repodata_shards.msgpack.zst`.

    Raises:
        UnreadableIndex: when the file is not what it should be.
    """
    try:
        index = decode_shard_index(decompress_zstd(data, limit_bytes=INDEX_LIMIT_BYTES))
    except UNREADABLE as exc:
        raise UnreadableIndex(f"{subdir}'s shard index is not what it should be: {exc}") from exc
    if index.version != 1:
        raise UnreadableIndex(f"{subdir}'s shard index has version {index.version}; only 1 can be read")
    if index.info.subdir not in (None, "", subdir):
        raise UnreadableIndex(f"{subdir}'s shard index says that it is of another subdir")
    files_url = resolve_base(index.info.base_url, subdir=subdir)
    shards_url = resolve(index.info.shards_base_url) if index.info.shards_base_url else ""
    if files_url is None or shards_url is None:
        raise UnreadableIndex(f"{subdir}'s shard index has a base URL that files can't be fetched from")
    if shards_url and not shards_url.endswith("/"):
        shards_url += "/"
    refs: dict[str, ShardRef] = {}
    for name, value in sorted(index.shards.items()):
        if is_package_name(name):
            digest = _digest(value, subdir=subdir)
            refs[name.lower()] = ShardRef(
                name=name.lower(),
                tag=bytes.fromhex(digest.hex),
                url=f"{shards_url}{digest.hex}.msgpack.zst",
                expected=Expected(digest=digest),
            )
    return ShardedIndex(files_url=files_url, refs=tuple(refs[name] for name in sorted(refs)))


def read_shard(data: bytes, *, name: str, subdir: str, side: SideTables) -> SourceShard:
    """Read one name's shard.

    Raises:
        UnreadableIndex: when the file is not what it should be.
    """
    try:
        document = msgspec.msgpack.decode(decompress_zstd(data, limit_bytes=SHARD_LIMIT_BYTES), type=_Document)
    except UNREADABLE as exc:
        raise UnreadableIndex(f"{subdir}'s shard of {name} is not what it should be: {exc}") from exc
    sections: dict[str, dict[str, bytes]] = {}
    run_exports: dict[str, bytes] = {}
    for section, key, record in _records(document, what=f"{subdir}'s shard of {name}"):
        exported = record.pop("run_exports", None) if isinstance(record, dict) else None
        if isinstance(exported, dict):
            run_exports[filename_of(section, key)] = _json(exported)
        sections.setdefault(section, {})[key] = _json(record)
    side = side._replace(run_exports={**_named(side, sections), **run_exports})
    return make_shard(name, dict(sorted(sections.items())), subdir=subdir, side=side)


def _digest(value: object, *, subdir: str) -> Digest:
    text = value.hex() if isinstance(value, bytes) else str(value).lower()
    if not is_hex_digest(text, "sha256"):
        raise UnreadableIndex(f"{subdir}'s shard index names a shard by something that is no sha256")
    return Digest("sha256", text)


def _named(side: SideTables, sections: dict[str, dict[str, bytes]]) -> dict[str, msgspec.Raw | bytes]:
    """Return what the side file says of these files; the whole table is too big to copy for each shard."""
    filenames = (filename_of(section, key) for section, records in sections.items() for key in records)
    return {filename: side.run_exports[filename] for filename in filenames if filename in side.run_exports}


def _records(document: _Document, *, what: str) -> list[tuple[str, str, Any]]:
    """List (section, key, record) of all that can be a package; of later revisions only what has our shape."""
    found: list[tuple[str, str, Any]] = []
    for section in CLASSIC_SECTIONS:
        records = document.get(section) or {}
        if not isinstance(records, dict):
            raise UnreadableIndex(f"{what} is not what it should be: {section} is no map")
        for key, record in records.items():
            if isinstance(key, str) and is_package_filename(key):
                found.append((CLASSIC_SECTIONS[key.endswith(".conda")], key, record))
    for section, kinds in document.items():
        if not is_revision(section) or not isinstance(kinds, dict):
            continue
        for kind in KINDS:
            records = kinds.get(kind)
            for key, record in records.items() if isinstance(records, dict) else ():
                if isinstance(key, str) and isinstance(record, dict) and isinstance(record.get("name"), str):
                    found.append((f"{section}/{kind}", key, record))
    return found


def _json(value: Any) -> bytes:
    """Write JSON; what JSON can't say makes the value null, which the check of records then refuses."""
    if isinstance(value, dict):
        value = {key: part.hex() if isinstance(part, bytes) else part for key, part in value.items()}
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return b"null"
