"""CRAN's license grammar -> licenses as every ecosystem has them.

Essential reading: R-exts "Licensing"; `tools:::analyze_license`; share/licenses/license.db of R.

Rules of this file:
1. `A | B` leaves a choice. `A + file LICENSE` is A with terms in a file: A binds, as for CRAN.
2. `GPL (>= 2)` may be used under version 2 or any later one: a choice of those that there are,
   and of `GPL-2.0-or-later`, as SPDX calls it.
   `GPL` without a version is any version; `GPL (== 3)`, `GPL-3` and `GPL 3` are that one.
3. `file LICENSE` alone, `Unlimited` and what the grammar does not have are what their words say.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from libs.common.ecosystems.cran.depends import OPERATORS
from libs.common.ecosystems.cran.versions import RVersion, read_version
from libs.common.ecosystems.licenses.families import families_of
from libs.common.ecosystems.licenses.licenses import Choice, Licenses, Term, Tree, licenses_from

_VERSIONS: Mapping[str, Mapping[str, str]] = {
    "agpl": {"3": "AGPL-3.0-only"},
    "apache license": {"1.1": "Apache-1.1", "2.0": "Apache-2.0"},
    "artistic license": {"1.0": "Artistic-1.0", "2.0": "Artistic-2.0"},
    "boost software license": {"1.0": "BSL-1.0"},
    "cecill": {"2": "CECILL-2.0", "2.1": "CECILL-2.1"},
    "common public license": {"1.0": "CPL-1.0"},
    "eclipse public license": {"1.0": "EPL-1.0", "2.0": "EPL-2.0"},
    "eupl": {"1.1": "EUPL-1.1", "1.2": "EUPL-1.2"},
    "gpl": {"2": "GPL-2.0-only", "3": "GPL-3.0-only"},
    "lgpl": {"2": "LGPL-2.0-only", "2.1": "LGPL-2.1-only", "3": "LGPL-3.0-only"},
    "lucent public license": {"1.02": "LPL-1.02"},
    "mozilla public license": {"1.0": "MPL-1.0", "1.1": "MPL-1.1", "2.0": "MPL-2.0"},
}
"""License -> version -> SPDX identifier, of those that have versions in R's database."""

_NAMES: Mapping[str, str] = {
    "affero general public license": "agpl",
    "gnu affero general public license": "agpl",
    "gnu general public license": "gpl",
    "gnu lesser general public license": "lgpl",
    "gnu library general public license": "lgpl",
    "apache": "apache license",
    "asl": "apache license",
    "artistic": "artistic license",
    "bsl": "boost software license",
    "cpl": "common public license",
    "epl": "eclipse public license",
    "mpl": "mozilla public license",
    "european union public license": "eupl",
}
"""Other names of the same."""

_PLAIN: Mapping[str, str] = {
    "mit": "MIT",
    "mit license": "MIT",
    "bsd_2_clause": "BSD-2-Clause",
    "bsd": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd_3_clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "cc by 4.0": "CC-BY-4.0",
    "cc by-sa 4.0": "CC-BY-SA-4.0",
    "cc by-nc 4.0": "CC-BY-NC-4.0",
    "cc by-nc-sa 4.0": "CC-BY-NC-SA-4.0",
    "cc by-nc-nd 4.0": "CC-BY-NC-ND-4.0",
    "creative commons attribution 4.0 international license": "CC-BY-4.0",
    "creative commons attribution-sharealike 4.0 international license": "CC-BY-SA-4.0",
    "creative commons attribution-noncommercial 4.0 international license": "CC-BY-NC-4.0",
    "creative commons attribution-noncommercial-sharealike 4.0 international license": "CC-BY-NC-SA-4.0",
    "creative commons attribution-noncommercial-noderivs 4.0 international license": "CC-BY-NC-ND-4.0",
    "fpl": "FreeBSD-DOC",
    "freebsd": "BSD-2-Clause",
    "freebsd license": "BSD-2-Clause",
    "zlib": "Zlib",
    "zlib license": "Zlib",
    "unlimited": "Unlimited",
    "wtfpl": "WTFPL",
}
"""Licenses without versions, and short forms -> SPDX identifier, or R's own word where SPDX has none."""

_VERSIONED = re.compile(r"(?P<name>[a-z ]+?)(?:,?\s*version)?\s*\((?P<conditions>[^()]*)\)")
_SHORT = re.compile(r"(?P<name>[a-z ]+?)(?:[- ]| version )(?P<version>[0-9]+(?:\.[0-9]+)*)")
_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:[.-][0-9]+)*)\s*")
_FILE = re.compile(r"\s*\+\s*file\s+licen[cs]e\s*$")
_LONGEST = 1000


@lru_cache(maxsize=8192)
def cran_licenses_of(text: str | None) -> Licenses:
    """Read the License field of a package."""
    said = (text or "").strip()[:_LONGEST]
    if not said:
        return licenses_from(Term(families_of(None)))
    choices = [_one(part) for part in said.split("|")]
    return licenses_from(choices[0] if len(choices) == 1 else Choice(tuple(choices)))


def _one(text: str) -> Tree:
    said = _FILE.sub("", text.strip().lower())
    if said in _PLAIN:
        return _term(_PLAIN[said], text)
    for pattern, of in ((_VERSIONED, _by_conditions), (_SHORT, _by_version)):
        found = pattern.fullmatch(said)
        if found is not None:
            versions = of(found)
            if versions:
                return versions[0] if len(versions) == 1 else Choice(tuple(versions))
    known = _known(said)
    if known:
        return Choice(tuple(_term(identifier) for identifier in known.values()))
    return Term(families_of(text) | {said})


def _by_conditions(found: re.Match[str]) -> list[Tree]:
    known = _known(found["name"])
    conditions = [_CONDITION.fullmatch(part) for part in found["conditions"].split(",")]
    wanted: list[tuple[str, RVersion]] = []
    for condition in conditions:
        version = read_version(condition[2]) if condition is not None else None
        if condition is None or version is None:
            return []
        wanted.append((condition[1], _shorter(version)))
    fitting = [
        _term(identifier)
        for version, identifier in known.items()
        if all(OPERATORS[sign](_numbers(version), than) for sign, than in wanted)
    ]
    later = [
        _term(identifier.replace("-only", "-or-later"))
        for version, identifier in known.items()
        if identifier.endswith("-only")
        and [(sign, _shorter(than)) for sign, than in wanted] == [(">=", _numbers(version))]
    ]
    return [*fitting, *later]


def _by_version(found: re.Match[str]) -> list[Tree]:
    wanted = read_version(found["version"])
    if wanted is None:
        return []
    return [
        _term(identifier)
        for version, identifier in _known(found["name"]).items()
        if _numbers(version) == _shorter(wanted)
    ]


def _known(name: str) -> Mapping[str, str]:
    plain = name.strip()
    return _VERSIONS.get(_NAMES.get(plain, plain), {})


def _numbers(version: str) -> RVersion:
    return _shorter(read_version(version) or ())


def _shorter(version: RVersion) -> RVersion:
    """Leave out zeros at the end: `GPL (>= 2.0)` is `GPL (>= 2)`."""
    while len(version) > 1 and version[-1] == 0:
        version = version[:-1]
    return version


def _term(identifier: str, text: str | None = None) -> Term:
    return Term(families_of(identifier, text) | {identifier.lower()})
