"""Reading whole index files: repodata.json, plain or compressed, into shards.

Essential reading (in order): CEP 36 (repodata.json), CEP 15 (base_url), CEP 48
(revisions of repodata).

The decompressed file is held once; records are slices of it until their shard is made.
Everything that makes the file as a whole unreadable is found before the first shard.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NoReturn

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import decompress_bz2, decompress_zstd
from libs.common.ecosystems.conda.names import CLASSIC_SECTIONS, KINDS, is_package_filename, is_revision
from libs.common.ecosystems.conda.records import SideTables, make_shard
from libs.common.ecosystems.conda.urls import resolve_base
from libs.common.ecosystems.conda.wire import (
    UNREADABLE,
    IndexInfo,
    RawRecords,
    decode_info,
    decode_raw_records,
    decode_top_level,
)
from libs.common.ecosystems.protocol import IndexCount, IndexForm, SourceShard, WholeIndex

LIMIT_BYTES = 4 * 1024 * 1024 * 1024
"""The biggest known repodata.json has 0.4 GB; ten times that is room for many years."""

_Groups = defaultdict[str, dict[str, RawRecords]]
"""Name -> section -> key -> record."""

_MAX_VERSION = 2
"""conda refuses more (MAX_REPODATA_VERSION)."""


def index_forms(subdir: str) -> tuple[IndexForm, ...]:
    """Name the index files of a subdir, best first: by what one package's change costs to read."""
    return (
        IndexForm(form="shards", path=f"{subdir}/repodata_shards.msgpack.zst"),
        IndexForm(form="zst", path=f"{subdir}/repodata.json.zst"),
        IndexForm(form="json", path=f"{subdir}/repodata.json"),
        IndexForm(form="bz2", path=f"{subdir}/repodata.json.bz2"),
    )


def read_repodata(data: bytes, *, form: str, subdir: str, side: SideTables) -> WholeIndex:
    """Read repodata.json in one of its forms: zst, json or bz2.

    Raises:
        UnreadableIndex: when the file is not what it should be.
    """
    text = _plain(data, form=form)
    try:
        top = decode_top_level(text) if text else {}
        info = (decode_info(top["info"]) if "info" in top else None) or IndexInfo()
        version = msgspec.json.decode(top.get("repodata_version", b"1"), type=int | None)
        classic = _section(top, "packages.conda") | _section(top, "packages")
        later = {section: _kinds(raw) for section, raw in sorted(top.items()) if is_revision(section)}
        signatures = _signatures(top)
    except UNREADABLE as exc:
        _refuse(f"{subdir}/repodata.json is not what it should be: {exc}", cause=exc)
    if (version or 1) > _MAX_VERSION:
        _refuse(f"{subdir}/repodata.json has version {version}; versions up to {_MAX_VERSION} can be read")
    if info.subdir not in (None, "", subdir):
        _refuse(f"{subdir}/repodata.json says that it is of another subdir")
    files_url = resolve_base(info.base_url, subdir=subdir)
    if files_url is None:
        _refuse(f"{subdir}/repodata.json has a base_url that files can't be fetched from")
    side = side._replace(signatures=signatures)
    return WholeIndex(files_url=files_url, shards=_shards(classic, later, subdir=subdir, side=side))


def count_repodata(data: bytes, *, form: str, subdir: str, limit_bytes: int) -> IndexCount:
    """Count the package names and files of repodata.json by its keys alone.

    Raises:
        UnreadableIndex: when the file is not what it should be, or more than `limit_bytes` unpacked.
    """
    text = _plain(data, form=form, limit_bytes=limit_bytes)
    try:
        top = decode_top_level(text) if text else {}
        keys = [key for section in CLASSIC_SECTIONS for key in _section(top, section) if is_package_filename(key)]
    except UNREADABLE as exc:
        _refuse(f"{subdir}/repodata.json is not what it should be: {exc}", cause=exc)
    for section, raw in top.items():
        if is_revision(section):
            keys += [key for records in _kinds(raw).values() for key in records]
    return IndexCount(names=frozenset(_name_of(key) for key in keys), files=len(keys))


def _plain(data: bytes, *, form: str, limit_bytes: int = LIMIT_BYTES) -> bytes | bytearray:
    if form == "zst":
        return decompress_zstd(data, limit_bytes=limit_bytes)
    if form == "bz2":
        return decompress_bz2(data, limit_bytes=limit_bytes)
    return data


def _refuse(reason: str, *, cause: Exception | None = None) -> NoReturn:
    raise UnreadableIndex(reason) from cause


def _section(top: RawRecords, section: str) -> RawRecords:
    return decode_raw_records(top[section]) if section in top else {}


def _signatures(top: RawRecords) -> RawRecords:
    """Return the signatures; they are an extra, so a block of another shape is none."""
    try:
        return {key: raw for key, raw in _section(top, "signatures").items() if bytes(raw).isascii()}
    except msgspec.ValidationError:
        return {}


def _kinds(raw: msgspec.Raw) -> Mapping[str, RawRecords]:
    """Return the kinds that we mirror of a block `v<N>`; any other shape is not ours to serve."""
    try:
        blocks = decode_raw_records(raw)
    except msgspec.ValidationError:
        return {}
    kinds: dict[str, RawRecords] = {}
    for kind in KINDS:
        try:
            records = decode_raw_records(blocks[kind]) if kind in blocks else {}
        except msgspec.ValidationError:
            continue
        kinds[kind] = {key: record for key, record in records.items() if _is_named(record)}
    return kinds


def _is_named(record: msgspec.Raw) -> bool:
    try:
        return isinstance(msgspec.json.decode(decode_raw_records(record)["name"]), str)
    except (KeyError, *UNREADABLE):
        return False


def _shards(
    classic: RawRecords, later: Mapping[str, Mapping[str, RawRecords]], *, subdir: str, side: SideTables
) -> Iterator[SourceShard]:
    """Group by name and make the shards, sorted by name.

    Classic files are put into the section of their kind; some old channels have `.conda`
    files in `packages`.
    """
    groups: _Groups = defaultdict(dict)
    while classic:
        filename, raw = classic.popitem()
        if filename.endswith(".conda"):
            _file(filename, raw, "packages.conda", into=groups)
        elif filename.endswith(".tar.bz2"):
            _file(filename, raw, "packages", into=groups)
    for revision, kinds in later.items():
        for kind, records in kinds.items():
            for key, raw in records.items():
                _file(key, raw, f"{revision}/{kind}", into=groups)
    for name in sorted(groups):
        yield make_shard(name, dict(sorted(groups.pop(name).items())), subdir=subdir, side=side)


def _file(key: str, raw: msgspec.Raw, section: str, *, into: _Groups) -> None:
    sections = into[_name_of(key)]
    if section in sections:
        sections[section][key] = raw
    else:
        sections[section] = {key: raw}


def _name_of(key: str) -> str:
    return key.rsplit("-", 2)[0].lower()
