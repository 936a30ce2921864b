"""Somebody signs in for the first time -> a channel of their own (rest-api.md section 5)."""

import re

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.access.people import User
from libs.common.domain.channel import ChannelKey, Privacy, channel_key
from libs.common.domain.errors import Conflict, InvalidInput
from services.api.channel_schemas import NewChannel
from services.api.create_channel import create_channel
from services.api.ports import Ports
from services.api.tokens.with_channels import make_with_channel

_OTHERS = re.compile(r"[^a-z0-9_-]")


async def make_default_channel(user: User, identity: Identity, *, ports: Ports) -> None:
    """Make the channel, unless it was switched off, or they may make none, or have one.

    Where a channel of the name is there and is not theirs, they get none: they choose one themselves.
    Broken off at any line, the next sign-in goes on with it.
    """
    if user.default_channel is not None or user.last_sign_in_at is not None:
        return
    if decide_access(identity, Action.CHANNEL_CREATE) is not Verdict.ALLOWED:
        return
    if not (await ports.settings.get()).user_channel_autocreate:
        return
    key = default_channel_key(user.name)
    if key is not None and await _is_theirs(key, user, identity, ports=ports):
        await ports.users.update(user.id, {"default_channel": key})


def default_channel_key(user_name: str) -> ChannelKey | None:
    """Return the name of somebody's own channel; None where no channel can have it.

    The part before the `@` of an address; signs that channels' names don't have become `_`.
    """
    name = _OTHERS.sub("_", user_name.partition("@")[0].lower())
    try:
        return channel_key(name)
    except InvalidInput:
        return None


async def _is_theirs(key: ChannelKey, user: User, identity: Identity, *, ports: Ports) -> bool:
    there = await ports.channels.get(key)
    if there is not None:
        return user.name in there.owners
    try:
        made = await create_channel(
            NewChannel(name=key, privacy=Privacy.PRIVATE),
            parent=None,
            by=Caller(name=user.name, address=identity.address),
            channels=ports.channels,
            policies=ports.policies,
            places=ports.places,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )
    except Conflict:
        there = await ports.channels.get(key)
        return there is not None and user.name in there.owners
    await make_with_channel(made, by=Caller(name=user.name, address=identity.address), ports=ports)
    return True
