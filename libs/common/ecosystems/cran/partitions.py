"""contrib folders: where a CRAN-like repository keeps the packages of one kind.

Essential reading: `?contrib.url`; R-admin "Setting up a package repository".
"""

import re
from functools import lru_cache
from typing import NamedTuple

from libs.common.domain.errors import InvalidInput

SOURCE = "src/contrib"

_R = r"(?P<r>[0-9]{1,2}\.[0-9]{1,2})"
_SYSTEM = r"(?P<system>windows|macosx|linux)(?:/(?P<flavour>[A-Za-z0-9][A-Za-z0-9._-]{0,63}))?"
_BINARY = re.compile(rf"bin/{_SYSTEM}/contrib/{_R}")
_SHORT = re.compile(rf"{_SYSTEM}/{_R}")
_FOLDER = re.compile(rf"({SOURCE}|{_BINARY.pattern})/(.+)", re.DOTALL)
_OF_LINUX = re.compile(r"[0-9.]+-(.+)")
"""Folders of Linux binaries are named by R and distribution, as `4.3-jammy`."""

_KNOWN_SYSTEMS = (
    "windows", "macosx", "macosx/leopard", "macosx/mavericks", "macosx/el-capitan", "macosx/big-sur-arm64",
    "macosx/big-sur-x86_64", "macosx/sonoma-arm64", "macosx/sonoma-x86_64",
)  # fmt: skip
_KNOWN_R = range(2, 6), range(21)
KNOWN_PARTITIONS = frozenset(
    {
        SOURCE,
        *(
            f"bin/{system}/contrib/{major}.{minor}"
            for system in _KNOWN_SYSTEMS
            for major in _KNOWN_R[0]
            for minor in _KNOWN_R[1]
        ),
    }
)
"""The folders that R asks for by itself, also of an R that is still to come."""

BINARIES_IN_USE = tuple(
    f"{system}/4.{minor}"
    for system in ("windows", "macosx/big-sur-arm64", "macosx/big-sur-x86_64", "macosx/sonoma-arm64")
    for minor in range(2, 8)
)
"""Folders of binaries that a source of today may well have, in the short words for them."""


class Contrib(NamedTuple):
    """What a folder is for: `source` or `binary`, the words of `Where.platform`, and the series of R that it fits."""

    kind: str
    platforms: frozenset[str]
    r: tuple[int, int] | None


@lru_cache(maxsize=1024)
def read_partition(partition: str) -> Contrib:
    """Read the path of a folder; one that R does not know has binaries of no known platform."""
    if partition == SOURCE:
        return Contrib("source", frozenset({"source"}), None)
    found = _BINARY.fullmatch(partition)
    if found is None:
        return Contrib("binary", frozenset(), None)
    major, minor = found["r"].split(".")
    flavour = found["flavour"]
    if flavour is not None and (of_linux := _OF_LINUX.fullmatch(flavour)):
        flavour = of_linux[1]
    platforms = {found["system"], flavour.lower()} if flavour is not None else {found["system"]}
    return Contrib("binary", frozenset(platforms), (int(major), int(minor)))


def named_partition(text: str, *, field: str) -> str:
    """Return the folder that a person means: written whole, or short as `windows/4.3`.

    Raises:
        InvalidInput: for what is no contrib folder.
    """
    if text == SOURCE or _BINARY.fullmatch(text):
        return text
    short = _SHORT.fullmatch(text)
    if short is None:
        raise InvalidInput(
            f"{field} has {text[:80]!r}, which is no folder of R packages; write it as windows/4.3, "
            "macosx/big-sur-arm64/4.3, or whole as bin/windows/contrib/4.3",
            field=field,
        )
    return f"bin/{text.removesuffix(short['r'])}contrib/{short['r']}"


def split_path(path: str) -> tuple[str, str] | None:
    """Split a path into contrib folder and what is below it; None where it is in no such folder."""
    found = _FOLDER.fullmatch(path)
    return (found[1], found[found.re.groups]) if found is not None else None
