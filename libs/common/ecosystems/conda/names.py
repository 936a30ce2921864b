"""Names of the field: subdirs, package file names, the sections of repodata.json.

Essential reading (in order): CEP 26 (identifying packages and channels), CEP 36
(repodata.json), CEP 48 (revisions of repodata).

Rules of this file:
1. A file name is `<name>-<version>-<build>.<kind>` and is split from the right (CEP 26).
2. Names are compared without case; a shard is filed under the lower-case name.
3. Only `.conda` and `.tar.bz2` are package files.
"""

import re
from typing import NamedTuple

KNOWN_SUBDIRS = tuple(
    "noarch emscripten-wasm32 wasi-wasm32 freebsd-64 linux-32 linux-64 linux-aarch64 linux-armv6l linux-armv7l "
    "linux-ppc64 linux-ppc64le linux-riscv64 linux-s390x osx-64 osx-arm64 win-32 win-64 win-arm64 zos-z".split()
)
"""conda's own list (conda:conda/base/constants.py); others are accepted where they are named."""

NOARCH = "noarch"
KINDS = ("conda", "tar.bz2")
CLASSIC_SECTIONS = ("packages", "packages.conda")
"""Of `.tar.bz2` and of `.conda` files."""
MAX_FILENAME_LENGTH = 211

_SUBDIR = re.compile(r"(?:noarch|[a-z0-9]+-[a-z0-9]+)")
_MAX_SUBDIR_LENGTH = 32
_REVISION = re.compile(r"v[1-9][0-9]{0,3}")
# The characters of CEP 26, in either case: real channels have builds and versions with
# upper-case letters. Its finer rules on how they may follow each other are not checked,
# for old files break them and no client minds.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FILENAME = re.compile(
    r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)-[A-Za-z0-9_.+!]+-[A-Za-z0-9_.+]+\.(?P<kind>conda|tar\.bz2)"
)


class PackageFile(NamedTuple):
    """What a file name says: the lower-case package name, and conda or tar.bz2."""

    name: str
    kind: str


def is_subdir(text: str) -> bool:
    """Tell whether a text can be a subdir (CEP 26)."""
    return len(text) <= _MAX_SUBDIR_LENGTH and _SUBDIR.fullmatch(text) is not None


def is_revision(section: str) -> bool:
    """Tell whether a top-level key is a block of records of a later revision (CEP 48), as `v3`."""
    return _REVISION.fullmatch(section) is not None


def is_package_name(text: str) -> bool:
    """Tell whether a text has only the characters of a package name."""
    return _NAME.fullmatch(text) is not None and ".." not in text and len(text) <= MAX_FILENAME_LENGTH


def parse_filename(filename: str) -> PackageFile | None:
    """Split a package's file name; None where it is none."""
    if len(filename) > MAX_FILENAME_LENGTH or ".." in filename:
        return None
    match = _FILENAME.fullmatch(filename)
    return None if match is None else PackageFile(match["name"].lower(), match["kind"])


def is_package_filename(filename: str) -> bool:
    """Tell whether a file name ends as a package's does."""
    return filename.endswith((".conda", ".tar.bz2"))


def is_later(section: str) -> bool:
    """Tell whether a payload's section is of a later revision, as `v3/conda`."""
    return "/" in section


def filename_of(section: str, key: str) -> str:
    """Return the file name of a section's key; keys of later revisions have no extension (CEP 48)."""
    return f"{key}.{section.partition('/')[2]}" if is_later(section) else key
