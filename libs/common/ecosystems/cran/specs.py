"""R dependencies and version ranges, as rules use them.

Essential reading: R-exts "Package Dependencies".

Rules of this file:
1. A spec is written as in DESCRIPTION, `Name` or `Name (>= 1.0)`; more conditions may stand in the
   same parentheses, `Name (>= 1.0, < 2)`. The name may have `*`.
2. Names are compared without case: CRAN has no two that differ in it alone, and a rule
   against `matrix` means Matrix.
3. What is no dependency may be a MatchSpec (match_spec.py): `Rcpp 1.0.*`, `Rcpp >=1.0|0.12.1`.
4. `R (>= 4.1)` chooses no files, and is refused: that is what `r` of a rule is for.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from libs.common.domain.errors import InvalidInput
from libs.common.domain.name_index import NameIndex
from libs.common.ecosystems.cran.depends import OPERATORS
from libs.common.ecosystems.cran.versions import RVersion, read_version
from libs.common.ecosystems.match_spec import Alternatives, Constraint, read_match_spec

VersionTest = Callable[[str], bool]

_SPEC = re.compile(r"([A-Za-z0-9.*]+)\s*(?:\(([^()]*)\))?")
_NAME = re.compile(r"[A-Za-z0-9.*]+")
_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:[.-][0-9]+)*)\s*")
_LONGEST = 1000
_REMEMBERED = 1 << 16


def read_spec(text: str, *, field: str) -> tuple[str, VersionTest | None]:
    """Return the lower-case name that a spec is about, and the test of versions; None where the name decides.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """
    said = text.strip()
    found = _SPEC.fullmatch(said) if len(said) <= _LONGEST else None
    spec = read_match_spec(said) if found is None else None
    name = found[1] if found is not None else spec.name if spec is not None else None
    if name is None or not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{field} has {said[:80]!r}, which is no dependency of R; write it as Rcpp or Rcpp (>= 1.0.0)", field=field
        )
    if name == "R":
        raise InvalidInput(
            f"{field} has {said[:80]!r}; R itself is no package, use r: '>=4.1' of the rule", field=field
        )
    if found is not None:
        return name.lower(), None if found[2] is None else read_range(found[2], field=field)
    return name.lower(), None if spec is None or spec.versions is None else _any_of(spec.versions, said, field=field)


def read_range(text: str, *, field: str) -> VersionTest:
    """Read conditions on a package's version, `>= 1.0, < 2`: all must hold.

    Raises:
        InvalidInput: for what can't be parsed.
    """
    parts = [_CONDITION.fullmatch(part) for part in text[:_LONGEST].split(",")]
    conditions: list[tuple[str, RVersion]] = []
    for part in parts:
        version = read_version(part[2]) if part is not None else None
        if part is None or version is None:
            raise InvalidInput(
                f"{field} has {text[:80]!r}, which is no range of R package versions; write it as >=1.2,<2", field=field
            )
        conditions.append((part[1], version))

    @lru_cache(_REMEMBERED)
    def is_in(text: str) -> bool:
        version = read_version(text)
        return version is not None and all(OPERATORS[sign](version, than) for sign, than in conditions)

    return is_in


def specs_of(spec_texts: Collection[str], *, name: str) -> tuple[VersionTest | None, ...]:
    """Return the tests of those specs that are about a name; None among them where it decides alone.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """
    specs: NameIndex[VersionTest | None] = NameIndex()
    for place, text in enumerate(spec_texts):
        specs.add(*read_spec(text, field=f"spec[{place}]"))
    return tuple(specs.of(name.lower()))


def _any_of(alternatives: Alternatives, said: str, *, field: str) -> VersionTest:
    tests: list[list[Callable[[RVersion], bool]]] = []
    for alternative in alternatives:
        tests.append([])
        for constraint in alternative:
            than = read_version(constraint.version)
            if than is None:
                raise InvalidInput(f"{field} has {said[:80]!r}, whose versions are none of R", field=field)
            tests[-1].append(_test(constraint, than))

    @lru_cache(_REMEMBERED)
    def is_in(text: str) -> bool:
        version = read_version(text)
        return version is not None and any(all(test(version) for test in alternative) for alternative in tests)

    return is_in


def _test(constraint: Constraint, than: RVersion) -> Callable[[RVersion], bool]:
    if constraint.sign == "~=":
        return lambda version: version >= than and version[: len(than) - 1] == than[:-1]
    compare = OPERATORS[constraint.sign.replace("===", "==")]
    if constraint.is_prefix:
        return lambda version: compare(version[: len(than)], than)
    return lambda version: compare(version, than)
