"""The Built field of a binary package -> the contrib folder that R looks for it in.

Essential reading: R-exts "The DESCRIPTION file" (Built); `?install.packages` ("Binary packages"); `.Platform$pkgType`.

Rules of this file:
1. Built is `R 4.3.1; aarch64-apple-darwin20; 2023-06-14 05:02:12 UTC; unix`: R, platform, date, kind of system.
   Of a package without compiled code the platform is empty.
2. A folder is for a series of R (4.3) and one kind of system; on a Mac for the toolchain too, which the
   platform tells. What Built does not tell must be told with the upload, and what both tell must agree.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.cran.partitions import named_partition

_BUILT = re.compile(r"R ([0-9]{1,2}\.[0-9]{1,2})(?:\.[0-9]{1,3})?; *([A-Za-z0-9_.-]*) *;[^;]*; *(windows|unix)")
_DARWIN = re.compile(r"(?:(x86_64)|aarch64|arm64?)-apple-darwin([0-9]{1,2})(?:\.[0-9]+)*")
_SERIES = re.compile(r"([0-9]{1,2}\.[0-9]{1,2})(?:\.[0-9]{1,3})?")

_MAC_FOLDERS: Mapping[tuple[str, int], str] = {
    ("x86_64", 13): "macosx/mavericks",
    ("x86_64", 15): "macosx/el-capitan",
    ("x86_64", 17): "macosx",
    ("x86_64", 20): "macosx/big-sur-x86_64",
    ("arm64", 20): "macosx/big-sur-arm64",
    ("x86_64", 23): "macosx/sonoma-x86_64",
    ("arm64", 23): "macosx/sonoma-arm64",
}
"""By architecture and Darwin of CRAN's toolchains."""

_ENDINGS: Mapping[str, str] = {".zip": "windows", ".tgz": "macosx", ".tar.gz": "linux"}
"""Ending of a binary package -> its system."""


class Built(NamedTuple):
    """The series of R, and the platform, which may be empty."""

    r: str
    platform: str
    kind: str


def read_built(text: str) -> Built:
    """Read the field.

    Raises:
        InvalidInput: for what is none.
    """
    found = _BUILT.fullmatch(text.strip())
    if found is None:
        refuse(f"Built of the package is {shown(text)!r}; R writes it as `R 4.3.1; PLATFORM; DATE; unix` or windows")
    return Built(*found.groups())


def contrib_folder(text: str, *, ending: str, told: Mapping[str, str]) -> str:
    """Return the folder of a binary package by its Built field, and by what was told.

    Raises:
        InvalidInput: where they don't tell it, or don't agree.
    """
    built = read_built(text)
    system = _ENDINGS[ending]
    if (system == "windows") != (built.kind == "windows"):
        refuse(f"the package is built for {built.kind}, its name ends as those for {system} do")
    _check_series(built.r, told.get("r_version", ""))
    known = system if system == "windows" else _mac_folder(built.platform) if system == "macosx" else None
    said = told.get("platform", "").strip()
    if known is not None and said and said != known:
        raise InvalidInput(
            f"the upload says that its platform is {shown(said)!r}; the package says {known}", field="platform"
        )
    if not known and not said.startswith(system):
        raise InvalidInput(
            f"the package does not tell which {system} it is built for; send the field platform, as "
            f"{'macosx/big-sur-arm64' if system == 'macosx' else 'linux/jammy'}",
            field="platform",
        )
    return named_partition(f"{known or said}/{built.r}", field="platform")


def _check_series(series: str, said: str) -> None:
    found = _SERIES.fullmatch(said.strip())
    if said.strip() and (found is None or found[1] != series):
        raise InvalidInput(
            f"the upload says that it is built for R {shown(said)}; the package says {series}", field="r_version"
        )


def _mac_folder(platform: str) -> str | None:
    found = _DARWIN.fullmatch(platform)
    return _MAC_FOLDERS.get((found[1] or "arm64", int(found[2]))) if found is not None else None
