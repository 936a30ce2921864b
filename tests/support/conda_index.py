"""The index files of a conda channel, rendered from packages as a source would.

Essential reading: CEP 36 (repodata.json), CEP 16 (shards), CEP 12 (run_exports.json),
CEP 38 (channeldata.json). Written apart from our own renderer, so that the two can't
share a mistake.
"""

import bz2
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from tests.support.packages import Package

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Form(StrEnum):
    """One index file that a source may have."""

    SHARDS = "repodata_shards.msgpack.zst"
    ZST = "repodata.json.zst"
    JSON = "repodata.json"
    BZ2 = "repodata.json.bz2"
    RUN_EXPORTS = "run_exports.json"
    RUN_EXPORTS_ZST = "run_exports.json.zst"
    CHANNELDATA = "channeldata.json"


ALL_FORMS = tuple(Form)


def render_channel(
    packages: Sequence[Package], forms: Iterable[Form], *, subdirs: Iterable[str] = ("noarch",)
) -> dict[str, bytes]:
    """Return the index files by their paths below the channel."""
    wanted = frozenset(forms)
    files: dict[str, bytes] = {}
    for subdir in sorted({*subdirs, *(package.subdir for package in packages)}):
        own = [package for package in packages if package.subdir == subdir]
        files.update({f"{subdir}/{name}": data for name, data in _render_subdir(subdir, own, wanted).items()})
    if Form.CHANNELDATA in wanted:
        files["channeldata.json"] = _json(_channeldata(packages))
    return files


def compressed(data: bytes) -> bytes:
    """Return the zstd form of an index file."""
    return zstd.compress(data, level=1)


def _render_subdir(subdir: str, packages: Sequence[Package], forms: frozenset[Form]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    repodata = _json({"info": {"subdir": subdir}, **_sections(packages), "removed": [], "repodata_version": 1})
    if Form.JSON in forms:
        files[Form.JSON] = repodata
    if Form.ZST in forms:
        files[Form.ZST] = compressed(repodata)
    if Form.BZ2 in forms:
        files[Form.BZ2] = bz2.compress(repodata)
    run_exports = _json({"info": {"subdir": subdir, "version": 0}, **_run_exports(packages)})
    if Form.RUN_EXPORTS in forms:
        files[Form.RUN_EXPORTS] = run_exports
    if Form.RUN_EXPORTS_ZST in forms:
        files[Form.RUN_EXPORTS_ZST] = compressed(run_exports)
    if Form.SHARDS in forms:
        files.update(_shards(subdir, packages))
    return files


def _shards(subdir: str, packages: Sequence[Package]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    digests: dict[str, bytes] = {}
    for name in sorted({package.name for package in packages}):
        sections = _sections([package for package in packages if package.name == name], as_bytes=True)
        shard = compressed(msgspec.msgpack.encode({**sections, "removed": []}))
        digests[name] = hashlib.sha256(shard).digest()
        files[f"shards/{digests[name].hex()}.msgpack.zst"] = shard
    info = {"base_url": "./", "shards_base_url": "./shards/", "created_at": "2026-01-01T00:00:00Z", "subdir": subdir}
    index = msgspec.msgpack.encode({"version": 1, "info": info, "shards": digests})
    return {**files, Form.SHARDS: compressed(index)}


def _sections(packages: Sequence[Package], *, as_bytes: bool = False) -> dict[str, dict[str, Mapping[str, object]]]:
    sections: dict[str, dict[str, Mapping[str, object]]] = {"packages": {}, "packages.conda": {}}
    for package in packages:
        record = dict(package.record)
        if as_bytes:
            for key in {"md5", "sha256"} & record.keys():
                record[key] = bytes.fromhex(str(record[key]))
            if package.run_exports:
                record["run_exports"] = package.run_exports
        sections[_section_of(package)][package.filename] = record
    return sections


def _run_exports(packages: Sequence[Package]) -> dict[str, dict[str, object]]:
    sections: dict[str, dict[str, object]] = {"packages": {}, "packages.conda": {}}
    for package in packages:
        sections[_section_of(package)][package.filename] = {"run_exports": package.run_exports}
    return sections


def _section_of(package: Package) -> str:
    return "packages.conda" if package.filename.endswith(".conda") else "packages"


def _channeldata(packages: Sequence[Package]) -> dict[str, object]:
    entries = {
        package.name: {"subdirs": [package.subdir], "version": package.version, "summary": f"{package.name} for tests"}
        for package in packages
    }
    return {"channeldata_version": 1, "packages": entries, "subdirs": sorted({p.subdir for p in packages} | {"noarch"})}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
