"""R's package versions, as `package_version` and `compareVersion` order them.

Essential reading: R-exts "The DESCRIPTION file"; `?numeric_version`; `.standard_regexps()` of R's base.

Rules of this file:
1. A version is two or more integers between `.` or `-`, which are equal: `1.0-1` is `1.0.1`.
2. Integers are compared one by one, `1.01` is `1.1`; a shorter prefix is older: `1.0` < `1.0.0`.
"""

import re
from collections.abc import Collection
from functools import lru_cache

_PACKAGE = re.compile(r"[0-9]+(?:[.-][0-9]+)+")
_NUMERIC = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_SEPARATOR = re.compile(r"[.-]")
_LONGEST = 100

RVersion = tuple[int, ...]
"""Compares as R compares."""


@lru_cache(maxsize=65_536)
def read_version(text: str) -> RVersion | None:
    """Return a version that compares; None for what is none (`numeric_version` takes one integer, too)."""
    if len(text) > _LONGEST or not _NUMERIC.fullmatch(text):
        return None
    return tuple(map(int, _SEPARATOR.split(text)))


def is_package_version(text: str) -> bool:
    """Tell whether a package may have this version."""
    return len(text) <= _LONGEST and _PACKAGE.fullmatch(text) is not None


def newest(versions: Collection[str], count: int) -> frozenset[str]:
    """Return the newest of these versions and all equal to them (`1.0-1` and `1.0.1`); what is none is the oldest."""
    newest_keys = set(sorted({read_version(text) or () for text in versions}, reverse=True)[:count])
    return frozenset(text for text in versions if (read_version(text) or ()) in newest_keys)
