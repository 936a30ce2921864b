"""Which scopes somebody's tokens may carry: those whose levels their roles give (rest-api.md section 6.3).

A scope says what may be done; on which channels is decided when the token is used.
"""

from collections.abc import Sequence

from libs.common.domain.access.actions import NEEDS, scope_of
from libs.common.domain.access.roles import Rights


def grantable_scopes(rights: Rights) -> tuple[str, ...]:
    """Return the scopes that rights are enough for, in the order of the table of actions."""
    words: list[str] = []
    for action, need in NEEDS.items():
        if not need.is_scope:
            continue
        for is_subchannel in (False, True):
            category = need.below if is_subchannel and need.below is not None else need.category
            if category is None or rights.level(category) >= need.level:
                words.append(scope_of(action, is_subchannel=is_subchannel))
    return tuple(dict.fromkeys(words))


def beyond(rights: Rights, scopes: Sequence[str]) -> tuple[str, ...]:
    """Return those of some scopes that rights are not enough for, unknown ones among them."""
    granted = frozenset(grantable_scopes(rights))
    return tuple(scope for scope in dict.fromkeys(scopes) if scope not in granted)
