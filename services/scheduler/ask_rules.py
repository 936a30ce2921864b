"""mirrors -> what they are under at this moment, all but what their sources' records tell."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

import msgspec

from libs.common.deciding.effective_rules import policy_in_force
from libs.common.deciding.make_evaluation import ask
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.evaluation import Evaluation, asked_digest
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.policy import Policy
from libs.common.domain.upload import Removal, is_uploads_mirror, uploads_mirror
from libs.common.ports.clock import Clock
from libs.common.ports.records import AdvisoryBooks, Channels, Mirrors, Policies, Removals


class RulePorts(msgspec.Struct, frozen=True, kw_only=True):
    """Where it stands what a mirror is under."""

    channels: Channels
    mirrors: Mirrors
    policies: Policies
    books: AdvisoryBooks
    removals: Removals
    clock: Clock


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror and its channel as they are now, and what they ask for.

    Of a mirror that was deleted nothing can be fetched any more, and of uploads there is no source.
    """

    mirror: Mirror
    channel: Channel
    evaluation: Evaluation
    digest: Sha256
    is_fetchable: bool = True


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """All that mirrors' rules are put together from, as it stands at one moment."""

    mirrors: Mapping[str, Mirror]
    channels: Mapping[str, Channel]
    policies: Mapping[str, Policy]
    advisories: Sha256 | None
    today: date
    removals: Mapping[str, tuple[Removal, ...]] = {}


class RulesAsked:
    """What mirrors ask for; remembers it for as long as nothing changes that it is made of."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Asked]] = {}

    def of(self, mirror: Mirror, *, channel: Channel, in_force: InForce) -> Asked:
        """Return what a mirror asks for.

        Raises:
            NotFound: when its policy is gone.
            InvalidInput: for filters that make no sense.
        """
        policy_id, _ = policy_in_force(mirror, channel=channel)
        policy = in_force.policies.get(policy_id or "")
        number = policy.number if policy is not None else None
        removals = in_force.removals.get(channel.id, ())
        made_of = (mirror, channel, number, in_force.advisories, in_force.today, removals)
        known = self._known.get(mirror.id)
        if known is not None and known[0] == made_of:
            return known[1]
        evaluation = ask(
            mirror,
            channel=channel,
            policy=policy,
            today=in_force.today,
            advisories=in_force.advisories,
            removals=removals,
        )
        asked = Asked(
            mirror=mirror,
            channel=channel,
            evaluation=evaluation,
            digest=asked_digest(evaluation),
            is_fetchable=not is_uploads_mirror(mirror.id),
        )
        self._known[mirror.id] = (made_of, asked)
        return asked

    def forget_but(self, mirror_ids: frozenset[str]) -> None:
        """Remember no other mirrors."""
        self._known = {mirror_id: known for mirror_id, known in self._known.items() if mirror_id in mirror_ids}


def asked_of_uploads(channel: Channel, type_: MirrorType, *, in_force: InForce, remembered: RulesAsked) -> Asked:
    """Return what a channel's uploads of a type are under.

    Raises:
        NotFound: when the channel's policy is gone.
        InvalidInput: for filters that make no sense.
    """
    return remembered.of(uploads_mirror(channel, type_), channel=channel, in_force=in_force)


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
    in_force = await _in_force([mirror], [channel], ports, removals=await ports.removals.list(channel.id))
    return RulesAsked().of(mirror, channel=channel, in_force=in_force)


async def read_in_force(*, ports: RulePorts) -> InForce:
    """Read what all mirrors are under, each thing once.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    channels: list[Channel] = []
    for channel in await ports.channels.list():
        channels += [channel, *await ports.channels.list(parent=channel.key)]
    return await _in_force(await ports.mirrors.list(), channels, ports, removals=await ports.removals.all())


async def _in_force(
    mirrors: Sequence[Mirror], channels: Sequence[Channel], ports: RulePorts, *, removals: Sequence[Removal]
) -> InForce:
    by_id = {channel.id: channel for channel in channels}
    wanted = {mirror.policy_id for mirror in mirrors} | {channel.policy_id for channel in channels}
    policies = {policy_id: await ports.policies.get(policy_id) for policy_id in wanted if policy_id is not None}
    book = await ports.books.get()
    return InForce(
        mirrors={mirror.id: mirror for mirror in mirrors},
        channels=by_id,
        policies={policy_id: policy for policy_id, policy in policies.items() if policy is not None},
        advisories=book.book if book is not None else None,
        today=ports.clock.now().date(),
        removals={
            channel_id: tuple(its) for channel_id, its in groupby(removals, key=lambda removal: removal.channel_id)
        },
    )
