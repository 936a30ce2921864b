"""Meta/archive.rds: what a repository's Archive has, as `file.info` says of each package's old versions.

Essential reading: `remotes::install_version`, pkgcache's `cran_archive_cache`, which read it.

Rules of this file:
1. Files are named by their row, `<Package>/<Package>_<version>.tar.gz`, and lie below `src/contrib/Archive`.
2. Size and date of a file are kept. What is not known of it is NA.
3. Rows go from the oldest to the newest: `install_version` takes the last one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.domain.run import FileFailure
from libs.common.ecosystems.cran.names import package_of, shown
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.rds_read import Attributes, RList, RNumbers, RStrings, RValue, read_rds
from libs.common.ecosystems.cran.rds_write import (
    RBytes,
    integers,
    list_of,
    logicals,
    of_class,
    reals,
    strings,
    write_rds,
)
from libs.common.ecosystems.cran.versions import is_package_version, read_version

ARCHIVE = "archive"
ARCHIVE_PATH = f"{SOURCE}/Meta/archive.rds"
ARCHIVE_CKEY = f"cran/{ARCHIVE_PATH}"

_ENDING = ".tar.gz"
_MODE = 0o644
_MAX_SIZE_BYTES = 2**50
_MOST_PROBLEMS = 1_000
"""More say nothing new."""
_LAST_MS = 253_402_300_799_000
"""The end of the year 9999."""


class ArchivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One old version and what is known of its file; `modified_ms` is since 1970 UTC."""

    package: str
    version: str
    size_bytes: int | None = None
    modified_ms: int | None = None

    @property
    def filename(self) -> str:
        """As R names it."""
        return f"{self.package}_{self.version}{_ENDING}"


class Archive(NamedTuple):
    """The old versions by package, and what could not be read."""

    files: Mapping[str, Sequence[ArchivedFile]]
    problems: tuple[FileFailure, ...] = ()


NO_ARCHIVE = Archive({})


def archive_folder(package: str) -> str:
    """Return where the old versions of a package lie, below the contrib folder."""
    return f"Archive/{package}"


def read_archive(data: bytes) -> Archive:
    """Read the file; one that can't be read is a problem, for it only adds to what PACKAGES has."""
    try:
        packages = _named(read_rds(data))
    except UnreadableIndex as exc:
        return Archive(
            {}, (_problem(ARCHIVE_PATH, exc.code, f"the list of old versions can't be read: {exc.message}"),)
        )
    files: dict[str, list[ArchivedFile]] = defaultdict(list)
    problems: list[FileFailure] = []
    for package, frame in packages:
        for row, file in _rows(frame):
            if file is not None and file.package == package:
                files[package].append(file)
            elif len(problems) < _MOST_PROBLEMS:
                problems.append(
                    _problem(f"{SOURCE}/Archive/{shown(row)}", "bad_filename", "the Archive's row is of no package")
                )
    return Archive(files, tuple(problems))


def check_archive(data: bytes) -> None:
    """See that the file can be read.

    Raises:
        UnreadableIndex: when it is not what R writes.
    """
    _named(read_rds(data))


def render_archive(files: Sequence[ArchivedFile]) -> bytes:
    """Write the file."""
    packages: dict[str, list[ArchivedFile]] = {}
    for file in files:
        packages.setdefault(file.package, []).append(file)
    frames = [_file_info(sorted(packages[package], key=_age)) for package in sorted(packages)]
    return write_rds(list_of(frames, {"names": strings(sorted(packages))}))


def _age(file: ArchivedFile) -> tuple[int, tuple[int, ...]]:
    return file.modified_ms or 0, read_version(file.version) or ()


def _named(value: RValue) -> list[tuple[str, RList]]:
    if not isinstance(value, RList):
        raise UnreadableIndex("it is not a list")
    names = value.attributes.get("names")
    if not value.values:
        return []
    if not isinstance(names, RStrings) or len(names.values) != len(value.values):
        raise UnreadableIndex("it is a list without names")
    return [
        (name or "", frame) for name, frame in zip(names.values, value.values, strict=True) if isinstance(frame, RList)
    ]


def _rows(frame: RList) -> list[tuple[str, ArchivedFile | None]]:
    """Return the rows of one package; None for one that names no file of a package."""
    row_names = frame.attributes.get("row.names")
    rows = row_names.values if isinstance(row_names, RStrings) else ()
    columns = _columns(frame.attributes, frame)
    sizes, times, folders = (_numbers(columns.get(name), len(rows)) for name in ("size", "mtime", "isdir"))
    return [
        (row or "", _file(row or "", size=size, time=time))
        for row, size, time, is_folder in zip(rows, sizes, times, folders, strict=True)
        if not is_folder
    ]


def _columns(attributes: Attributes, frame: RList) -> Mapping[str, RValue]:
    names = attributes.get("names")
    return dict(
        zip((name or "" for name in names.values), frame.values, strict=False) if isinstance(names, RStrings) else ()
    )


def _numbers(column: RValue, count: int) -> Sequence[float | None]:
    if isinstance(column, RNumbers) and len(column.values) == count:
        return column.values
    return [None] * count


def _file(row: str, *, size: float | None, time: float | None) -> ArchivedFile | None:
    folder, _, filename = row.rpartition("/")
    package = package_of(filename)
    if package is None or folder not in ("", package):
        return None
    version = filename.removeprefix(f"{package}_").removesuffix(_ENDING)
    if not filename.endswith(_ENDING) or not is_package_version(version):
        return None
    time_ms = time * 1000 if time is not None else -1
    return ArchivedFile(
        package=package,
        version=version,
        size_bytes=int(size) if size is not None and 0 <= size <= _MAX_SIZE_BYTES else None,
        modified_ms=round(time_ms) if 0 <= time_ms <= _LAST_MS else None,
    )


def _file_info(files: Sequence[ArchivedFile]) -> RBytes:
    count = len(files)
    times = [None if file.modified_ms is None else file.modified_ms / 1000 for file in files]
    time = reals(times, of_class("POSIXct", "POSIXt"))
    columns = {
        "size": reals([file.size_bytes for file in files]),
        "isdir": logicals([False] * count),
        "mode": integers([_MODE] * count, of_class("octmode")),
        "mtime": time,
        "ctime": time,
        "atime": time,
        "uid": integers([None] * count),
        "gid": integers([None] * count),
        "uname": strings([None] * count),
        "grname": strings([None] * count),
    }
    rows = strings([f"{file.package}/{file.filename}" for file in files])
    return list_of(
        list(columns.values()), {"names": strings(list(columns)), **of_class("data.frame"), "row.names": rows}
    )


def _problem(ckey: str, code: str, reason: str) -> FileFailure:
    return FileFailure(ckey=f"cran/{ckey}", code=code, reason=reason)
