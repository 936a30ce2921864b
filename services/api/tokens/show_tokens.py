"""Tokens and service accounts as answers show them: everything but the value."""

from collections.abc import Sequence

from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import AccessToken, User
from libs.common.domain.channel import ChannelKey
from services.api.sync_state import timestamp
from services.api.tokens.schemas import ResourceOut, ServiceAccountOut, TokenList, TokenOut
from services.api.tokens.token_ends import shown_end


def show_tokens(tokens: Sequence[AccessToken]) -> TokenList:
    """Return tokens as they stand on the wire."""
    return TokenList(total_count=len(tokens), items=tuple(show_token(token) for token in tokens))


def show_token(token: AccessToken) -> TokenOut:
    """Return a token as it stands on the wire."""
    return TokenOut(
        id=token.id,
        name=token.name,
        metadata=None,
        type=token.kind.value,
        created_at=timestamp(token.created_at),
        expires_at=shown_end(token.expires_at),
        scopes=token.scopes,
        resources=tuple(_resource(key, level) for key, level in sorted(token.resources.items())),
    )


def show_service_account(account: User) -> ServiceAccountOut:
    """Return a channel's service account as it stands on the wire."""
    return ServiceAccountOut(
        id=account.id,
        username=account.name,
        channel=account.serves or "",
        is_disabled=account.is_disabled,
        created=timestamp(account.created_at),
    )


def _resource(key: ChannelKey, level: Level) -> ResourceOut:
    channel, _, subchannel = key.partition("/")
    return ResourceOut(channel=channel, subchannel=subchannel or None, level=level)
