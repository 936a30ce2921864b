"""Making a token, giving it a new value, revoking it -> token.changed.

The value is made here, returned once, and stored as its sha256 alone.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from libs.common.contracts.access_messages import TokenChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import AccessToken, TokenKind, User
from libs.common.domain.channel import ChannelKey
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import Conflict, InvalidInput, NotFound
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import AccessTokens
from services.api.say_unsaid import say_unsaid
from services.api.tokens.schemas import TokenValue
from services.api.tokens.token_ends import end_of_renewed, end_of_token

_BYTES = 24
"""48 hexadecimal digits: 192 bits, of signs that conda takes in a path."""

_MOST = 200
_NAME = re.compile(r"[^/\x00-\x1f\x7f]{1,128}")


async def create_token(
    owner: User,
    *,
    name: str,
    scopes: Sequence[str] = (),
    resources: Mapping[ChannelKey, Level] | None = None,
    expires_at: datetime,
    by: Caller,
    tokens: AccessTokens,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> TokenValue:
    """Make a token; whoever asks for it may give what it carries.

    Raises:
        InvalidInput: for a name that can't stand in a list.
        Conflict: when its owner has one of this name, or too many.
    """
    if not _NAME.fullmatch(name) or name != name.strip():
        raise InvalidInput("a token's name has 1 to 128 signs, no slash, and no blank at either end", field="name")
    if len(await tokens.list(owner.id)) >= _MOST:
        raise Conflict(f"{owner.name} has {_MOST} tokens already; revoke some that are not used")
    value = secrets.token_hex(_BYTES)
    token = AccessToken(
        id=ids.new(),
        user_id=owner.id,
        name=name,
        kind=TokenKind.SCOPE if resources is None else TokenKind.RESOURCE,
        hash=sha256_of(value.encode()),
        scopes=tuple(dict.fromkeys(scopes)),
        resources=resources or {},
        created_at=clock.now(),
        expires_at=expires_at,
        created_by=by.name,
    )
    word = _word(token, "created", owner=owner, by=by, at=token.created_at, ids=ids)
    if not await tokens.add(token, unsaid=[word]):
        raise Conflict(f"there is a token {name!r} already; choose another name, or give that one a new value")
    await say_unsaid(tokens, token.id, bus=bus)
    return TokenValue(token=value, id=token.id)


async def renew_token(
    token_id: str,
    owner: User,
    *,
    expires_at: str | None,
    max_days: int,
    by: Caller,
    tokens: AccessTokens,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> TokenValue:
    """Give a token a new value, which lasts as long as the old one did unless an end is named.

    Raises:
        NotFound: when its owner has no such token.
        InvalidInput: for an end that can't be.
    """
    token = await _get(token_id, owner, tokens=tokens)
    value, now = secrets.token_hex(_BYTES), clock.now()
    end = (
        end_of_renewed(token, now=now, max_days=max_days)
        if expires_at is None
        else end_of_token(expires_at, now=now, max_days=max_days)
    )
    changes = {"hash": sha256_of(value.encode()), "expires_at": end, "renewed_at": now}
    word = _word(token, "updated", owner=owner, by=by, at=now, ids=ids)
    if await tokens.update(token.id, changes, unsaid=[word]) is None:
        raise _none_such()
    await say_unsaid(tokens, token.id, bus=bus)
    return TokenValue(token=value, id=token.id)


async def revoke_token(
    token_id: str, owner: User, *, by: Caller, tokens: AccessTokens, bus: Bus, clock: Clock, ids: Ids
) -> None:
    """Remove a token; it is refused everywhere half a second later at the latest.

    Raises:
        NotFound: when its owner has no such token.
    """
    token = await _get(token_id, owner, tokens=tokens)
    word = _word(token, "revoked", owner=owner, by=by, at=clock.now(), ids=ids)
    if await tokens.delete(token.id, unsaid=[word]) is None:
        raise _none_such()
    await say_unsaid(tokens, token.id, bus=bus)


async def _get(token_id: str, owner: User, *, tokens: AccessTokens) -> AccessToken:
    token = await tokens.get(token_id)
    if token is None or token.user_id != owner.id:
        raise _none_such()
    return token


def _none_such() -> NotFound:
    return NotFound("there is no such token")


def _word(
    token: AccessToken,
    change: Literal["created", "updated", "revoked"],
    *,
    owner: User,
    by: Caller,
    at: datetime,
    ids: Ids,
) -> Unsaid:
    message = TokenChanged(
        token_id=token.id, name=token.name, user=owner.name, change=change, by=by.name, by_address=by.address
    )
    return Unsaid(event_id=f"token.changed-{ids.new()}", at=at, message=message)
