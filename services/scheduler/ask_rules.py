"""a mirror -> what it is under at this moment, all but what its source's records tell."""

import msgspec

from libs.common.deciding.make_evaluation import ask
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.evaluation import Evaluation, asked_digest
from libs.common.domain.mirror import Mirror
from libs.common.ports.clock import Clock
from libs.common.ports.records import AdvisoryBooks, Channels, Mirrors, Policies


class RulePorts(msgspec.Struct, frozen=True, kw_only=True):
    """Where it stands what a mirror is under."""

    channels: Channels
    mirrors: Mirrors
    policies: Policies
    books: AdvisoryBooks
    clock: Clock


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror and its channel as they are now, and what they ask for."""

    mirror: Mirror
    channel: Channel
    evaluation: Evaluation
    digest: Sha256


async def ask_rules(mirror_id: str, *, ports: RulePorts) -> Asked | None:
    """Return what a mirror asks for now; None where it is gone, or its channel is.

    Raises:
        NotFound: when its policy is gone.
        InvalidInput: for filters that make no sense.
        StoreUnavailable: when the database does not answer.
    """
    mirror = await ports.mirrors.get(mirror_id)
    channel = await ports.channels.get(mirror.channel) if mirror is not None else None
    if mirror is None or channel is None or channel.id != mirror.channel_id:
        return None
    return await asked_by(mirror, channel=channel, ports=ports)


async def asked_by(mirror: Mirror, *, channel: Channel, ports: RulePorts) -> Asked:
    """Return what a mirror asks for, as it and its channel are given.

    Raises:
        NotFound: when its policy is gone.
        InvalidInput: for filters that make no sense.
        StoreUnavailable: when the database does not answer.
    """
    book = await ports.books.get()
    evaluation = await ask(
        mirror,
        channel=channel,
        policies=ports.policies,
        today=ports.clock.now().date(),
        advisories=book.book if book is not None else None,
    )
    return Asked(mirror=mirror, channel=channel, evaluation=evaluation, digest=asked_digest(evaluation))
