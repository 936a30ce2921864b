"""a deleted mirror's head -> what its packages are under: its own rules as they were, its channel's of now.

Packages stay when their mirror is deleted without them. A policy of the channel still
drops of them what it does not let in.
"""

import asyncio

import msgspec

from libs.common.deciding.effective_rules import rules_left_behind
from libs.common.deciding.make_evaluation import asked_by
from libs.common.domain.catalogue import CatalogueHead, decode_catalogue
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import asked_digest, decode_evaluation
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType, UpstreamRemovals
from libs.common.domain.policy import Rule
from libs.common.ports.blobs import BlobStore, read_all
from services.scheduler.ask_rules import Asked, InForce


class LeftBehind(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a mirror that is gone, from its catalogue and its evaluation."""

    mirror_id: str
    type: MirrorType
    mode: MirrorMode
    evaluation: Sha256
    own: tuple[Rule, ...]


async def read_left_behind(head: CatalogueHead, evaluation: Sha256, *, blobs: BlobStore) -> LeftBehind:
    """Read what the deleted mirror was.

    Raises:
        NotFound: when its catalogue or its evaluation is lost.
        StoreUnavailable: when the blob store does not answer.
    """
    catalogue = await asyncio.to_thread(decode_catalogue, await read_all(blobs, head.catalogue))
    decided_by = decode_evaluation(await read_all(blobs, evaluation))
    return LeftBehind(
        mirror_id=head.mirror_id,
        type=catalogue.type,
        mode=catalogue.mode,
        evaluation=evaluation,
        own=tuple(rule for rule in decided_by.rules if rule.scope == "mirror_filtered"),
    )


def ask_left_behind(left: LeftBehind, *, channel: Channel, in_force: InForce) -> Asked:
    """Return what the packages of a deleted mirror are under now.

    Raises:
        NotFound: when the channel's policy is gone.
        InvalidInput: for filters that make no sense.
    """
    policy = in_force.policies.get(channel.policy_id or "")
    if policy is None and channel.policy_id is not None:
        raise NotFound(f"the policy {channel.policy_id} of channel {channel.key} is gone; assign another one, or none")
    removals = in_force.removals.get(channel.id, ())
    rules = rules_left_behind(left.own, type_=left.type, channel=channel, policy=policy, removals=removals)
    evaluation = asked_by(rules, today=in_force.today, advisories=in_force.advisories)
    mirror = Mirror(
        id=left.mirror_id,
        name=f"deleted mirror {left.mirror_id}",
        channel=channel.key,
        channel_id=channel.id,
        source_root="",
        type=left.type,
        mode=left.mode,
        # There is no source to follow any more.
        upstream_removals=UpstreamRemovals.KEEP,
        created_at=channel.created_at,
    )
    return Asked(
        mirror=mirror, channel=channel, evaluation=evaluation, digest=asked_digest(evaluation), is_fetchable=False
    )
