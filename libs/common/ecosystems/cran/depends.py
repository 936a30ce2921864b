"""Dependency fields of R packages: `R (>= 3.5), methods, Rcpp (>= 1.0.0)`.

Essential reading: R-exts "Package Dependencies"; `tools:::.split_dependencies`.

Rules of this file:
1. Hard dependencies are Depends, Imports and LinkingTo; Suggests and Enhances are none.
2. `R` itself is a condition on R, no package; base packages come with R and are in no repository.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from libs.common.ecosystems.cran.versions import RVersion, read_version

BASE_PACKAGES = frozenset(
    "R base compiler datasets graphics grDevices grid methods parallel splines stats stats4 tcltk tools utils".split()
)
"""What is never in a repository: R itself, and the packages of priority `base`."""

OPERATORS: Mapping[str, Callable[[RVersion, RVersion], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}

_NAME = r"[A-Za-z][A-Za-z0-9.]*"
_ONE = re.compile(rf"({_NAME})\s*(?:\(\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:[.-][0-9]+)*)\s*\))?")


class Requirement(NamedTuple):
    """One entry of a dependency field; `operator` and `version` together or not at all."""

    name: str
    operator: str | None = None
    version: RVersion | None = None

    @property
    def extras(self) -> tuple[str, ...]:
        """None: R packages have no optional parts."""
        return ()

    def is_met_by(self, version: RVersion | None) -> bool:
        """Tell whether a version will do; one that can't be read does where none is asked for."""
        if self.operator is None or self.version is None:
            return True
        return version is not None and OPERATORS[self.operator](version, self.version)


def read_requirement(text: str) -> Requirement | None:
    """Read `Name` or `Name (>= 1.0)`; None for anything else."""
    found = _ONE.fullmatch(text.strip())
    if found is None:
        return None
    name, sign, version = found.groups()
    return Requirement(name, sign, read_version(version) if version else None)


@lru_cache(maxsize=65_536)
def read_field(text: str) -> tuple[Requirement, ...]:
    """Read a dependency field; entries that can't be read are passed over, as R does."""
    return tuple(one for part in text.split(",") if (one := read_requirement(part)) is not None)


def hard_requirements(fields: Iterable[str | None]) -> tuple[Requirement, ...]:
    """Return what must be installed as well, from Depends, Imports and LinkingTo, without R and its base packages."""
    return tuple(one for field in fields if field for one in read_field(field) if one.name not in BASE_PACKAGES)


def r_requirements(depends: str | None) -> tuple[Requirement, ...]:
    """Return the conditions on R itself that stand in Depends."""
    return tuple(one for one in read_field(depends or "") if one.name == "R")
