"""index.json of a package -> the record that an index has of its file.

Essential reading (in order): CEP 34 (index.json), CEP 36 (records), CEP 26 (names).

Rules of this file:
1. What a mirror takes as its source has it, an upload must have right: one record with a field of
   another type, and clients refuse the whole index.
2. A record is index.json with `md5`, `sha256` and `size`, as conda-index makes it.
"""

from typing import Annotated, Any, Literal

import msgspec
from rattler import IndexJson, MatchSpec, PackageName, Version
from rattler.exceptions import InvalidMatchSpecError, InvalidPackageNameError, InvalidVersionError, IoError

from libs.common.domain.digest import Sha256
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.conda.names import NOARCH, is_subdir, parse_filename
from libs.common.ecosystems.conda.records import is_clean
from libs.common.ecosystems.conda.wire import UNREADABLE, Size

_Text = str | None
_REFUSED_BY_CLIENTS = (InvalidPackageNameError, InvalidVersionError, InvalidMatchSpecError, IoError, ValueError)
_LAST_SCHEMA = 2
"""Records of later schemas belong into blocks of later revisions (CEP 43 and 48)."""

_BY_INDEX = frozenset(
    ("md5", "sha256", "size", "fn", "url", "download_url", "base_url", "channel", "indexed_timestamp")
)
"""What the index says of a file, and no package of itself."""


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What clients read of a record, with the types that they demand."""

    name: str
    version: str
    build: str
    build_number: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    subdir: str
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: Literal["python", "generic"] | bool | None = None
    track_features: str | tuple[str, ...] | None = None
    features: _Text = None
    license: _Text = None
    license_family: _Text = None
    arch: _Text = None
    platform: _Text = None
    python_site_packages_path: _Text = None
    purls: tuple[str, ...] | None = None
    legacy_bz2_md5: _Text = None
    legacy_bz2_size: Size | None = None
    timestamp: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None = None
    schema_version: int = 1


def read_index_json(data: bytes, *, filename: str) -> Index:
    """Read index.json, which must be of the file that has this name.

    Raises:
        InvalidInput: for what is none, or of another file.
    """
    if not is_clean(data):
        refuse(f"info/index.json of {filename} is not valid text, or nested too deep")
    try:
        index = msgspec.json.decode(data, type=Index)
        msgspec.json.decode(data)
    except UNREADABLE as exc:
        refuse(f"info/index.json of {filename} can't be used: {shown(str(exc))}", cause=exc)
    stem = f"{index.name}-{index.version}-{index.build}"
    kind = parse_filename(filename)
    if kind is None or filename != f"{stem}.{kind.kind}":
        refuse(f"info/index.json says that the file is {shown(stem)}, its name is {filename}; name it as it says")
    if index.name != index.name.lower():
        refuse(f"the name {shown(index.name)!r} has capital letters, which no client finds; build it in small ones")
    _check_place(index, filename)
    _check_for_clients(data, index)
    return index


def make_record(data: bytes, *, sha256: Sha256, md5: str, size_bytes: int) -> dict[str, Any]:
    """Return the record; `data` is an index.json that was read."""
    said: dict[str, Any] = msgspec.json.decode(data)
    kept = {key: value for key, value in said.items() if key not in _BY_INDEX}
    return {**kept, "md5": md5, "sha256": sha256, "size": size_bytes}


def _check_place(index: Index, filename: str) -> None:
    if not is_subdir(index.subdir):
        refuse(f"info/index.json of {filename} has the subdir {shown(index.subdir)!r}, which is none")
    if index.noarch and index.subdir != NOARCH:
        refuse(f"{filename} is noarch, and its subdir is {index.subdir}; clients look for it in {NOARCH}")
    if index.subdir == NOARCH and not index.noarch:
        refuse(f"{filename} has the subdir {NOARCH}, and does not say whether it is noarch: python or generic")
    if index.schema_version > _LAST_SCHEMA:
        refuse(f"{filename} is of schema {index.schema_version}; only schemas up to {_LAST_SCHEMA} are known")


def _check_for_clients(data: bytes, index: Index) -> None:
    """Read it as clients do.

    Raises:
        InvalidInput: with what they say.
    """
    try:
        PackageName(index.name)
        Version(index.version)
        IndexJson.from_str(data.decode())
        for text in (*index.depends, *index.constrains):
            MatchSpec(text, strict=False)
    except _REFUSED_BY_CLIENTS as exc:
        refuse(f"clients could not read info/index.json: {shown(str(exc))}", cause=exc)
