"""Dependency texts: what a record's `depends` says, by py-rattler's parser.

Essential reading (in order): CEP 29 (MatchSpecs), CEP 30 (virtual packages).

Rules of this file:
1. A dependency's name, version, build and build number choose files. Whatever else it may say (a
   channel, a digest) can't be told of another channel's files, and is passed over.
2. A dependency on a condition (`[when=…]`, `; if …`) counts as one: it could be needed.
3. A text that no parser takes chooses every file of the name that it begins with: leaving files
   out is the worse mistake.
4. `__glibc` and the like are the machine's own, and no package.
"""

import re
from typing import NamedTuple

from rattler import MatchSpec, NamelessMatchSpec, PackageRecord
from rattler.exceptions import InvalidMatchSpecError, InvalidPackageNameError, InvalidVersionError
from rattler.package.build_string import BuildString

_NAME = re.compile(r"(?:[^\s:]*::?)*\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_MARKER = re.compile(r"\s*;.*", re.DOTALL)
_BEYOND = re.compile(r"[\[:]")
VIRTUAL = "__"


class Dependency(NamedTuple):
    """One dependency text, read; `match` is None where the name alone chooses.

    `looks_at_build` tells whether it matters which build of a version a file is.
    """

    name: str
    match: NamelessMatchSpec | None
    looks_at_build: bool

    @property
    def is_virtual(self) -> bool:
        """Tell whether it asks for something of the machine, which no channel has."""
        return self.name.startswith(VIRTUAL)


def read_dependency(text: str) -> Dependency | None:
    """Read one text of `depends`; None where there is not even a name in it."""
    plain = _MARKER.sub("", text)
    try:
        match = MatchSpec(plain, strict=False)
        if match.name is None:
            return None
        name, version, build, number = match.name.normalized, match.version, match.build, match.build_number
        if _BEYOND.search(plain):
            match = _narrowed(name, version, build, number)
    except (InvalidMatchSpecError, InvalidPackageNameError, ValueError):
        found = _NAME.match(plain)
        return Dependency(found[1].lower(), None, looks_at_build=False) if found else None
    looks_at_build = build is not None or number is not None
    if version is None and not looks_at_build:
        return Dependency(name, None, looks_at_build=False)
    return Dependency(name, NamelessMatchSpec.from_match_spec(match), looks_at_build)


def record_of(version: str, *, build: str = "0", build_number: int = 0) -> PackageRecord | None:
    """Build what dependencies are held against, of any name; None for old records that py-rattler can't hold."""
    try:
        return PackageRecord("any", version, BuildString.new_unchecked(build), build_number, "noarch")
    except (InvalidPackageNameError, InvalidVersionError, ValueError, OverflowError):
        return None


def _narrowed(name: str, version: str | None, build: str | None, number: str | None) -> MatchSpec:
    """Leave of a spec in brackets what can be told of any file."""
    parts = {"version": version, "build": build, "build_number": number}
    inner = ",".join(f'{word}="{value}"' for word, value in parts.items() if value is not None)
    return MatchSpec(f"{name}[{inner}]" if inner else name, strict=False)
