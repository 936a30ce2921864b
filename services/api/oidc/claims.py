"""Where a token's claims say who somebody is. Pure; what is of another shape is passed over.

Keycloak: `realm_access.roles`, `resource_access.<client>.roles`, `groups` as paths (`/team/a`).
Others: flat lists, words with blanks between them, names of claims that are URLs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_DOT = re.compile(r"(?<!\\)\.")
_LONGEST = 128


def claim_at(claims: Mapping[str, Any], path: str) -> object:
    r"""Return the value at a path; None where there is none.

    The whole path is tried as a name first, for names of claims may be URLs. A dot that belongs to
    a name is written `\\.`, as in Keycloak.
    """
    if path in claims:
        return claims[path]
    value: object = claims
    for part in _DOT.split(path):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part.replace("\\.", "."))
    return value


def names_at(claims: Mapping[str, Any], paths: Sequence[str]) -> tuple[str, ...]:
    """Return the names at some paths, each once: of a list, or of one text with blanks between them."""
    names: dict[str, None] = {}
    for path in paths:
        value = claim_at(claims, path)
        found = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        names |= dict.fromkeys(name for name in found if isinstance(name, str) and 0 < len(name) <= _LONGEST)
    return tuple(names)


def roles_told(claims: Mapping[str, Any], *, paths: Sequence[str], role_map: Mapping[str, str]) -> tuple[str, ...]:
    """Return the roles that claims tell, by Tain's names where the operator gave some."""
    return tuple(dict.fromkeys(role_map.get(name, name) for name in names_at(claims, paths)))


def groups_told(claims: Mapping[str, Any], *, path: str) -> tuple[str, ...]:
    """Return the groups that claims tell; one of Keycloak's paths also without the slash that it begins with."""
    names = names_at(claims, (path,)) if path else ()
    return tuple(dict.fromkeys(form for name in names for form in (name, name.removeprefix("/")) if form))


def text_at(claims: Mapping[str, Any], path: str) -> str | None:
    """Return a text; None for what is none, or empty."""
    value = claim_at(claims, path)
    return value if isinstance(value, str) and value else None
