"""The part of conda's MatchSpec that any ecosystem can understand: a name and its versions.

The incumbent's filters for Python and R are written in it, and a rule for all ecosystems at once
may be. Essential reading: CEP 29.

Rules of this file:
1. `name 1.2` and `name==1.2` are that version; `name=1.2`, `name 1.2.*` and `name 1.2*` all that begin with it.
2. `,` binds, `|` leaves a choice; there are no parentheses.
3. Whatever else a MatchSpec may have (channel, build, `[…]`) means nothing outside conda: then it is none.
"""

import re
from typing import NamedTuple

_LONGEST = 1000
_SPEC = re.compile(r"(?P<name>[A-Za-z0-9_.*-]*[A-Za-z0-9_*])(?P<versions>(?:\s*[=!<>~]|\s+[0-9*]).*)?")
_CONSTRAINT = re.compile(r"(?P<sign>===?|!=|~=|>=|<=|>|<|=)?\s*(?P<version>[A-Za-z0-9_.!+-]+?)(?P<rest>\.?\*)?")
_ANY = "*"


class Constraint(NamedTuple):
    """One comparison; `is_prefix` where it is with all versions that begin so, for `==` and `!=` alone."""

    sign: str
    version: str
    is_prefix: bool


Alternatives = tuple[tuple[Constraint, ...], ...]
"""One of these, of which all must hold; an empty one holds always."""


class MatchSpec(NamedTuple):
    """A name, which may have `*`, and its versions; `versions` is None where the name alone decides."""

    name: str
    versions: Alternatives | None


def read_match_spec(text: str) -> MatchSpec | None:
    """Read a spec; None for what is none, or says more than a name and versions."""
    found = _SPEC.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    if found["versions"] is None:
        return MatchSpec(found["name"], None)
    alternatives = [_alternative(part) for part in found["versions"].split("|")]
    read = tuple(one for one in alternatives if one is not None)
    return MatchSpec(found["name"], read) if len(read) == len(alternatives) else None


def _alternative(text: str) -> tuple[Constraint, ...] | None:
    parts = [part.strip() for part in text.split(",")]
    constraints = [_constraint(part) for part in parts if part != _ANY]
    read = tuple(one for one in constraints if one is not None)
    return read if len(read) == len(constraints) else None


def _constraint(text: str) -> Constraint | None:
    found = _CONSTRAINT.fullmatch(text)
    if found is None:
        return None
    sign, is_open = found["sign"] or "==", found["rest"] is not None
    if sign == "=":
        return Constraint("==", found["version"], is_prefix=True)
    return Constraint(sign, found["version"], is_prefix=is_open and sign in ("==", "!="))
