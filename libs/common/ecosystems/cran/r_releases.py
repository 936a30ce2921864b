"""With which R a package can be used.

Essential reading: R-exts "Package Dependencies"; R-admin on binaries, which fit one series of R.

Rules of this file:
1. A package's own `R (>= 3.5)` means what R says: 3.5.0 is in it, and 3.4.4 is not.
2. In a rule, a version names all that begins with it: `==4.3` and `<=4.3` have 4.3.2, `>4.3` begins at 4.4.0.
3. A file can be used with a range if there is, or could be, one release that both let in.
"""

import re
from functools import lru_cache

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.cran.depends import OPERATORS, Requirement, r_requirements
from libs.common.ecosystems.cran.versions import RVersion, read_version

RELEASES: tuple[RVersion, ...] = tuple(
    (major, minor, patch) for major in range(1, 10) for minor in range(21) for patch in range(10)
)
"""Every release that a range is tried on: those that there were, and some that will be."""

_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:[.-][0-9]+){0,2})\s*")
_LONGEST = 1000


def releases_of(depends: str | None, series: tuple[int, int] | None) -> frozenset[RVersion]:
    """Return the releases that a package's Depends lets in; those of one series where it is a binary."""
    return _releases(r_requirements(depends), series)


@lru_cache(maxsize=4096)
def _releases(wanted: tuple[Requirement, ...], series: tuple[int, int] | None) -> frozenset[RVersion]:
    """Try every release, once for what packages ask of R: few things, in many different Depends."""
    return frozenset(
        release
        for release in RELEASES
        if (series is None or release[:2] == series) and all(one.is_met_by(release) for one in wanted)
    )


def releases_in(text: str, *, field: str) -> frozenset[RVersion]:
    """Return the releases that a rule's range has.

    Raises:
        InvalidInput: for a range that can't be parsed, or has no release.
    """
    found = [_CONDITION.fullmatch(part) for part in text[:_LONGEST].split(",")]
    conditions = [(one[1], read_version(one[2]) or ()) for one in found if one is not None]
    if len(conditions) < len(found):
        raise InvalidInput(
            f"{field} is {text[:80]!r}, which is no range of R versions; write it as >=4.3 or >=4.2,<4.5", field=field
        )
    fitting = frozenset(
        release
        for release in RELEASES
        if all(OPERATORS[sign](release[: len(version)], version) for sign, version in conditions)
    )
    if not fitting:
        raise InvalidInput(f"{field} is {text[:80]!r}, which has no R version", field=field)
    return fitting
