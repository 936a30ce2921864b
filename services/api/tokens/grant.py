"""What somebody asks a token to carry -> what it may: never more than they have themselves."""

from collections.abc import Mapping

from libs.common.domain.access.decide_access import can_see, standing
from libs.common.domain.access.grant_scopes import beyond
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import InvalidInput
from libs.common.ports.records import Channels
from services.api.tokens.read_resources import FIELD, read_resources
from services.api.tokens.schemas import NewToken


async def check_grant(
    wish: NewToken, identity: Identity, *, channels: Channels
) -> tuple[tuple[str, ...], Mapping[ChannelKey, Level] | None]:
    """Return the scopes of a scope token, or the levels of a resource token and no scopes.

    Raises:
        InvalidInput: for both or neither, and for what is beyond who asks.
    """
    if (wish.scopes is None) == (wish.resources is None):
        raise InvalidInput(
            "send scopes, or resources: one kind of token does what its scopes say on all your channels, "
            "the other opens some channels",
            field="scopes",
        )
    if wish.scopes is not None:
        return _scopes(wish.scopes, identity), None
    resources = read_resources(wish.resources or {})
    for key, level in resources.items():
        await _check_level(key, level, identity, channels=channels)
    return (), resources


def _scopes(scopes: tuple[str, ...], identity: Identity) -> tuple[str, ...]:
    if not scopes:
        raise InvalidInput("name at least one scope; GET /api/account/scopes lists yours", field="scopes")
    refused = beyond(identity.rights, scopes)
    if refused:
        raise InvalidInput(
            f"you can't give {', '.join(scope[:80] for scope in refused[:5])}; GET /api/account/scopes lists "
            "what you can",
            field="scopes",
        )
    return tuple(dict.fromkeys(scopes))


async def _check_level(key: ChannelKey, level: Level, identity: Identity, *, channels: Channels) -> None:
    channel = await channels.get(key)
    if channel is None or not can_see(identity, channel):
        raise InvalidInput(f"there is no channel {key} that you may read", field=FIELD)
    own = standing(identity, channel)
    if own < level:
        raise InvalidInput(f"you can't give {level.value} on {key}, where you have {own.value}", field=FIELD)
