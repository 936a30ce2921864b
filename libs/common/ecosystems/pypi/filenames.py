"""File names of Python packages -> project, version, kind and wheel tags.

Essential reading: the binary distribution format and source distribution format
specifications; the platform compatibility tags specification; PEP 503 on names.

Rules of this file:
1. Old eggs, installers and names without a version are `other`: no client that we serve
   installs them, and a rule on kinds drops them where it keeps wheels and sdists.
2. The project is known already (its page lists the file): it tells where the version of an
   sdist begins, as `a-b-1.0.tar.gz` alone does not. A wheel of another project is `other`.
3. Nothing else is a package's: not what lies beside one (`.metadata`, `.asc`), not a page.
"""

import re
from functools import lru_cache
from math import prod
from typing import NamedTuple

from packaging.tags import Tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

_SDIST = re.compile(r"\.(?:tar\.gz|zip|tar\.bz2|tgz|tar\.xz|tar\.Z|tar)$")
_PACKAGE = re.compile(
    r"[^\s./\\][^/\\]*\.(?:whl|tar\.gz|zip|tar\.bz2|tgz|tar\.xz|tar\.Z|tar|egg|exe|msi|rpm|deb|dmg|apk)"
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NORMAL_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SEPARATORS = re.compile(r"[-_.]+")
_LONGEST = 400
_MOST_TAGS = 1000
"""No wheel has a hundred; a name that is made to have a million would fill memory."""


class FileName(NamedTuple):
    """What a file name says; `version` as it stands there, `tags` only for wheels."""

    kind: str
    version: str | None
    tags: frozenset[Tag] = frozenset()


def project_name(text: str) -> str | None:
    """Return the normalised name (PEP 503), which may be any text that PEP 508 takes; None for anything else."""
    if len(text) > _LONGEST:
        return None
    if _NORMAL_NAME.fullmatch(text):
        return text
    return str(canonicalize_name(text)) if _NAME.fullmatch(text) else None


def is_package_filename(filename: str) -> bool:
    """Tell whether a text can be the name of a package file, of any project."""
    return len(filename) <= _LONGEST and filename.isprintable() and _PACKAGE.fullmatch(filename) is not None


def name_pattern(text: str) -> str:
    """Normalise a name that may have `*`, as PEP 503 does without."""
    return _SEPARATORS.sub("-", text.strip()).lower()


@lru_cache(maxsize=65_536)
def read_filename(filename: str, *, project: str) -> FileName:
    """Read the name of a file that a project's page lists."""
    if len(filename) > _LONGEST:
        return FileName("other", None)
    if filename.endswith(".whl"):
        if _tag_count(filename) > _MOST_TAGS:
            return FileName("other", None)
        return _wheel(filename, project)
    ending = _SDIST.search(filename)
    return FileName("other", None) if ending is None else _sdist(filename, ending[0], project)


def _tag_count(filename: str) -> int:
    """Return how many tags a wheel's name stands for: each of its last three parts may have several."""
    return prod(part.count(".") + 1 for part in filename.removesuffix(".whl").split("-")[-3:])


def _wheel(filename: str, project: str) -> FileName:
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return _old_wheel(filename, project)
    return FileName("wheel", str(version), tags) if name == project else FileName("other", None)


def _old_wheel(filename: str, project: str) -> FileName:
    """Read wheels of days when a version might be anything: name-version(-build)?-python-abi-platform."""
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) not in (5, 6) or not all(parts) or project_name(parts[0]) != project:
        return FileName("other", None)
    pythons, abis, platforms = parts[-3].split("."), parts[-2].split("."), parts[-1].split(".")
    tags = frozenset(Tag(python, abi, platform) for python in pythons for abi in abis for platform in platforms)
    return FileName("wheel", parts[1], tags)


def _sdist(filename: str, ending: str, project: str) -> FileName:
    try:
        if ending in (".tar.gz", ".zip"):
            name, version = parse_sdist_filename(filename)
            if name == project:
                return FileName("sdist", str(version))
    except InvalidSdistFilename:
        pass
    stem = filename.removesuffix(ending)
    for place in (place for place, sign in enumerate(stem) if sign == "-"):
        if project_name(stem[:place]) == project and stem[place + 1 :]:
            return FileName("sdist", stem[place + 1 :])
    return FileName("sdist", None)
