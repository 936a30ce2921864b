"""contrib folders: where a CRAN-like repository keeps the packages of one kind.

Essential reading: `?contrib.url`; R-admin "Setting up a package repository".
"""

import re
from functools import lru_cache
from typing import NamedTuple

SOURCE = "src/contrib"

_BINARY = re.compile(
    r"bin/(?P<system>windows|macosx|linux)(?:/(?P<flavour>[^/]+))?/contrib/(?P<r>[0-9]{1,2}\.[0-9]{1,2})"
)
_OF_LINUX = re.compile(r"[0-9.]+-(.+)")
"""Folders of Linux binaries are named by R and distribution, as `4.3-jammy`."""


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
