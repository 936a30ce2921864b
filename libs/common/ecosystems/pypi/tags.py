"""Wheel tags: which platforms and Pythons a wheel is for.

Essential reading: the platform compatibility tags specification; PEP 600, 656 and 730 on
what manylinux, musllinux and ios tags promise.

Rules of this file:
1. A wheel is for a Python version if one of its tags is: `cp311` is for 3.11, `cp37-abi3` for
   3.7 and later, `py3` for every 3, `py2.py3` for both, `py38` for 3.8 and later.
2. `requires-python` of the file must let the version in as well (PEP 345, 503).
"""

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from itertools import product

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag

from libs.common.domain.name_index import fits

_PYTHON = re.compile(r"(py|cp|pp|graalpy|jy|ip)([23])(?:_?([0-9]+))?(?:_.*)?")
_TAG = re.compile(r"[A-Za-z0-9_.*]{1,200}-[A-Za-z0-9_.*]{1,200}-[A-Za-z0-9_.*]{1,200}")

PythonVersion = tuple[int, int]
"""Major and minor version."""

PYTHONS: tuple[PythonVersion, ...] = ((2, 7), *((3, minor) for minor in range(21)))
"""Every Python version that a range is tried on: those that there were, and some that will be."""


def platforms_of(kind: str, tags: Iterable[Tag]) -> frozenset[str]:
    """Return the words of `Where.platform` that fit: the platform tags, `any`, or `source`."""
    return frozenset({"source"}) if kind != "wheel" else frozenset(tag.platform for tag in tags)


def is_tag_pattern(text: str) -> bool:
    """Tell whether a text can be matched with wheel tags: python-abi-platform, with `*`."""
    return _TAG.fullmatch(text.strip()) is not None


def tag_test(text: str) -> Callable[[Iterable[Tag]], bool]:
    """Return the test whether one of a wheel's tags fits a pattern; `a.b` in a part of it means either."""
    parts = (part.split(".") for part in text.strip().lower().split("-"))
    patterns = tuple("-".join(words) for words in product(*parts))
    return lambda tags: any(fits(pattern, str(tag)) for tag in tags for pattern in patterns)


@lru_cache(maxsize=65_536)
def pythons_of(tags: frozenset[Tag], requires_python: str | None) -> frozenset[PythonVersion]:
    """Return the Python versions that a file can be used with; an sdist has no tags and only its requirement."""
    fitting = frozenset(PYTHONS) if not tags else frozenset().union(*(_of_tag(tag) for tag in tags))
    if not requires_python:
        return fitting
    try:
        wanted = SpecifierSet(requires_python)
    except InvalidSpecifier:
        # Installers ignore what they can't read, and so do we.
        return fitting
    return frozenset(version for version in fitting if is_python_in(wanted, version))


def is_python_in(wanted: SpecifierSet, version: PythonVersion) -> bool:
    """Tell whether any release of a minor version is in a range: `>=3.9.2` has 3.9, for 3.9.20 is in it."""
    major, minor = version
    return any(wanted.contains(f"{major}.{minor}.{micro}") for micro in (0, 1, 2, 5, 10, 30, 99))


def pythons_in(text: str) -> frozenset[PythonVersion]:
    """Return the Python versions that a range has.

    Raises:
        InvalidSpecifier: for a range that can't be parsed.
    """
    wanted = SpecifierSet(text)
    return frozenset(version for version in PYTHONS if is_python_in(wanted, version))


def _of_tag(tag: Tag) -> Collection[PythonVersion]:
    found = _PYTHON.fullmatch(tag.interpreter)
    if found is None:
        return frozenset()
    word, major, minor = found[1], int(found[2]), found[3]
    if minor is None:
        return frozenset(version for version in PYTHONS if version[0] == major)
    since = (major, int(minor))
    if word == "py" or tag.abi == "abi3":
        return frozenset(version for version in PYTHONS if version[0] == major and version >= since)
    return frozenset(version for version in PYTHONS if version == since)
