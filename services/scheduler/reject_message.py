"""a public message that can't be followed -> mirror.rejected."""

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import MirrorRejected
from libs.common.domain.channel import parse_channel_key
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import check_mirror_name
from libs.common.ports.bus import Bus


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    """What may be read of a message that is wrong somewhere else."""

    channel: object = None
    mirror: object = None


async def reject_message(subject: str, data: bytes, *, event: EventInfo, error: InvalidInput, bus: Bus) -> None:
    """Answer with the reason, and with the names in the message where they could be names of ours.

    Two messages of one id on two subjects each get their answer.
    """
    channel, mirror = _names(data)
    await bus.say(
        MirrorRejected(
            event_id=event.id,
            event_source=event.source,
            on=subject,
            code=error.code,
            reason=error.message,
            channel=channel,
            mirror=mirror,
        ),
        event_id=f"rejected-{subject}-{event.key}",
    )


def _names(data: bytes) -> tuple[str | None, str | None]:
    try:
        names = msgspec.json.decode(data, type=_Names)
    except msgspec.DecodeError:
        return None, None
    return _channel(names.channel), _mirror(names.mirror)


def _channel(name: object) -> str | None:
    try:
        return parse_channel_key(name) if isinstance(name, str) else None
    except InvalidInput:
        return None


def _mirror(name: object) -> str | None:
    if not isinstance(name, str):
        return None
    try:
        check_mirror_name(name)
    except InvalidInput:
        return None
    return name
