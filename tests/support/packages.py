"""Conda packages in their real formats, made in memory: the same arguments, the same bytes.

Essential reading (in order):
1. CEP 34 (what `info/` holds), CEP 35 (`.conda` is an uncompressed ZIP of two tarballs).
2. CEP 36 (the record that an index has of a package).
"""

import bz2
import hashlib
import io
import json
import random
import sys
import zipfile
from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from tests.support.tars import tar_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_EPOCH_MS = 1_700_000_000_000
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class Digests(Enum):
    """Which digests the record names."""

    BOTH = ("md5", "sha256")
    MD5_ONLY = ("md5",)


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package file, the record that an index has of it, and its run exports."""

    name: str
    version: str
    build: str
    subdir: str
    filename: str
    data: bytes
    record: Mapping[str, object]
    run_exports: Mapping[str, Sequence[str]]

    @property
    def path(self) -> str:
        """Where it lies below its channel; the wire calls it ckey."""
        return f"{self.subdir}/{self.filename}"

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def installed_path(self) -> str:
        """The file that stands in a prefix once it is installed."""
        return f"share/{self.name}/{self.version}.txt"


def a_package(
    name: str = "alpha",
    version: str = "1.0",
    *,
    build_number: int = 0,
    subdir: str = "noarch",
    extension: str = ".conda",
    depends: Sequence[str] = (),
    license_name: str | None = "MIT",
    timestamp_ms: int | None = _EPOCH_MS,
    padding_bytes: int = 0,
    digests: Digests = Digests.BOTH,
    run_exports: Mapping[str, Sequence[str]] | None = None,
    extra: Mapping[str, object] | None = None,
    security: Mapping[str, object] | None = None,
) -> Package:
    """Build one package; `padding_bytes` of noise make it that much larger; `security` is what it says of CVEs."""
    build = f"h0_{build_number}"
    index: dict[str, object] = {
        "arch": None,
        "build": build,
        "build_number": build_number,
        "depends": list(depends),
        "name": name,
        "platform": None,
        "subdir": subdir,
        "version": version,
    }
    if license_name is not None:
        index["license"] = license_name
    if timestamp_ms is not None:
        index["timestamp"] = timestamp_ms
    if subdir == "noarch":
        index["noarch"] = "generic"
    content = {f"share/{name}/{version}.txt": f"{name} {version} {build}\n".encode()}
    if padding_bytes:
        noise = random.Random(f"{name}-{version}-{build}").randbytes(padding_bytes)  # noqa: S311 -- noise, not a secret
        content[f"share/{name}/{version}.bin"] = noise
    info = _info_files(index, content, run_exports)
    if security is not None:
        info["info/security.json"] = _json(security)
    stem = f"{name}-{version}-{build}"
    data = _as_conda(stem, info, content) if extension == ".conda" else bz2.compress(tar_of(info | content))
    record = {**index, **_facts_of(data, digests), **(extra or {})}
    return Package(
        name=name,
        version=version,
        build=build,
        subdir=subdir,
        filename=stem + extension,
        data=data,
        record=record,
        run_exports=run_exports or {},
    )


def many_packages(count: int, *, padding_bytes: int, subdir: str = "noarch") -> tuple[Package, ...]:
    """Build `count` packages, each of its own name."""
    return tuple(a_package(f"small-{place:05d}", subdir=subdir, padding_bytes=padding_bytes) for place in range(count))


def _facts_of(data: bytes, digests: Digests) -> dict[str, object]:
    facts: dict[str, object] = {"size": len(data)}
    for algorithm in digests.value:
        facts[algorithm] = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
    return facts


def _info_files(
    index: Mapping[str, object], content: Mapping[str, bytes], run_exports: Mapping[str, Sequence[str]] | None
) -> dict[str, bytes]:
    paths = [
        {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(data).hexdigest(),
            "size_in_bytes": len(data),
        }
        for path, data in sorted(content.items())
    ]
    files = {
        "info/about.json": _json({"license": index.get("license"), "summary": f"{index['name']} for tests"}),
        "info/files": "".join(f"{path}\n" for path in sorted(content)).encode(),
        "info/index.json": _json(index),
        "info/paths.json": _json({"paths": paths, "paths_version": 1}),
    }
    if run_exports:
        files["info/run_exports.json"] = _json(run_exports)
    return files


def _as_conda(stem: str, info: Mapping[str, bytes], content: Mapping[str, bytes]) -> bytes:
    members = {
        "metadata.json": _json({"conda_pkg_format_version": 2}),
        f"info-{stem}.tar.zst": zstd.compress(tar_of(info), level=1),
        f"pkg-{stem}.tar.zst": zstd.compress(tar_of(content), level=1),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data)
    return out.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=2).encode()
