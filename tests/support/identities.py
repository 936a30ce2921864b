"""Builders of those who ask, and what answers requests for them without stores."""

from collections.abc import Mapping

import msgspec

from libs.common.domain.access.identity import ANONYMOUS, Credential, Identity, Limits
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import AUTHOR, EVERYONE, PRESETS, Rights, Role, combine
from libs.common.domain.channel import ChannelKey
from services.api.access import Access
from services.api.credentials import Shown

EVERYBODY = PRESETS[EVERYONE]


def an_identity(name: str = "ann", *roles: str, **changes: object) -> Identity:
    """Return somebody who signed in, an author where no roles are given."""
    names = roles or (AUTHOR,)
    identity = Identity(
        user_id=f"id-of-{name}",
        name=name,
        roles=names,
        rights=combine([EVERYBODY, *(PRESETS[role] for role in names)]),
        credential=Credential.SESSION,
    )
    return msgspec.structs.replace(identity, **changes)


def a_stranger(name: str = "eve", **changes: object) -> Identity:
    """Return somebody who signed in and has no role."""
    changes = {"roles": (), "rights": EVERYBODY.rights, **changes}
    return an_identity(name, **changes)


def with_levels(identity: Identity, levels: Mapping[Category, Level], *, all_channels: Level = Level.NONE) -> Identity:
    """Return somebody who has another role besides."""
    more = Role(name="more", rights=Rights(levels=levels, all_channels=all_channels))
    rights = combine([Role(name="own", rights=identity.rights), more])
    return msgspec.structs.replace(identity, rights=rights)


def by_scopes(identity: Identity, *scopes: str) -> Identity:
    """Return somebody who shows a token of some scopes."""
    limits = Limits(scopes=frozenset(scopes))
    return msgspec.structs.replace(identity, credential=Credential.TOKEN, limits=limits, token_id="id-of-token")


def by_resources(identity: Identity, resources: Mapping[str, Level]) -> Identity:
    """Return somebody who shows a token of some channels."""
    limits = Limits(resources={ChannelKey(key): level for key, level in resources.items()})
    return msgspec.structs.replace(identity, credential=Credential.TOKEN, limits=limits, token_id="id-of-token")


class FakeAccess(Access):
    """Knows who asks by the name in X-Auth alone."""

    def __init__(self, identities: Mapping[str, Identity]) -> None:
        super().__init__("nobody-has-this-token")
        self._by_name = identities

    async def identify(self, shown: Shown) -> Identity:
        """Return who goes by the name that was sent; anonymous without one."""
        identity = self._by_name[shown.x_auth] if shown.x_auth is not None else ANONYMOUS
        return msgspec.structs.replace(identity, address=shown.address)
