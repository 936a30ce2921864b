"""The orders in which advisories count versions: PEP 440 for Python, R's own for CRAN.

Advisories of another ecosystem than a package's own are read in their order, not in the
package's: what conda calls 1.2_3 is R's 1.2-3.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from packaging.version import InvalidVersion, Version

Compare = Callable[[str, str], int | None]
"""Below 0, 0 or above 0 as the first version is older, the same or newer; None where they can't be compared."""

Key = TypeVar("Key", Version, tuple[int, ...])

_R_VERSION = re.compile(r"\d+([.\-_]\d+)*")
_R_SEPARATORS = re.compile(r"[.\-_]")
_REMEMBERED = 1 << 16


def compare_python(one: str, other: str) -> int | None:
    """Compare as PEP 440 says; None where one of them is no such version."""
    return _compare(_python_key(one), _python_key(other))


def compare_cran(one: str, other: str) -> int | None:
    """Compare as R's `package_version` does (R-exts 1.1.1), `_` being conda's `-`; None for no such version."""
    return _compare(_cran_key(one), _cran_key(other))


def compare_text(one: str, other: str) -> int | None:
    """Tell what is the same version, and nothing else."""
    return 0 if one == other else None


VERSION_ORDERS: Mapping[str, Compare] = {"python": compare_python, "cran": compare_cran}
"""Ecosystem of an advisory -> the order of its versions; conda's own comes from the conda ecosystem."""


def _compare(one: Key | None, other: Key | None) -> int | None:
    if one is None or other is None:
        return None
    return (one > other) - (one < other)


@lru_cache(_REMEMBERED)
def _python_key(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(_REMEMBERED)
def _cran_key(text: str) -> tuple[int, ...] | None:
    if not _R_VERSION.fullmatch(text):
        return None
    return tuple(int(part) for part in _R_SEPARATORS.split(text))
