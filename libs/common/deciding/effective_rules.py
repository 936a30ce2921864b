"""mirror, channel, policies -> the rules that a mirror is under, in their order.

Rules of this file:
1. A mirror is under its own filters, its channel's filters, and one policy: its own, else the
   channel's. All of them must let a file in.
2. An exception brings back only within its own group: one policy, or one filters object. The
   group of a rule is told by its `scope` and `policy`.
3. Rules that look at other ecosystems are left out, so that what they ask for is not asked.
4. What somebody removed by hand from what mirrors bring comes last, and no exception brings it back.
   What people put into the channel themselves is not under it.
"""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.removal_rules import removal_rules
from libs.common.domain.channel import Channel
from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters, Mirror, MirrorType
from libs.common.domain.policy import EcosystemWord, Policy, Rule, Scope
from libs.common.domain.upload import Removal, is_uploads_mirror

_WORDS: Mapping[MirrorType, EcosystemWord] = {
    MirrorType.CONDA: "conda",
    MirrorType.PYTHON_SIMPLE: "python",
    MirrorType.CRAN: "r",
}


def policy_in_force(mirror: Mirror, *, channel: Channel) -> tuple[str | None, Scope]:
    """Return the id of the one policy that a mirror is under, and whose it is."""
    if mirror.policy_id is not None:
        return mirror.policy_id, "mirror_filtered"
    return channel.policy_id, "channel_filtered"


def effective_rules(
    mirror: Mirror, *, channel: Channel, policy: Policy | None, removals: Sequence[Removal] = ()
) -> tuple[Rule, ...]:
    """Put together what a mirror is under; `policy` is the one in force, `removals` are its channel's.

    Raises:
        InvalidInput: for filters that make no sense.
    """
    _, scope = policy_in_force(mirror, channel=channel)
    under_policy = () if policy is None else tuple(_of_policy(rule, policy, scope) for rule in policy.rules)
    rules = (
        *rules_of(mirror.filters, scope="mirror_filtered"),
        *(under_policy if scope == "mirror_filtered" else ()),
        *rules_of(filters_of(channel), scope="channel_filtered"),
        *(under_policy if scope == "channel_filtered" else ()),
    )
    by_hand = () if is_uploads_mirror(mirror.id) else removal_rules(removals, mirror.type)
    return (*_for(mirror.type, rules), *by_hand)


def rules_left_behind(
    own: tuple[Rule, ...],
    *,
    type_: MirrorType,
    channel: Channel,
    policy: Policy | None,
    removals: Sequence[Removal] = (),
) -> tuple[Rule, ...]:
    """Put together what the packages of a deleted mirror are under: its `own` rules as they were, its channel's of now.

    `policy` is the channel's; a policy that was the mirror's own still overrides it.

    Raises:
        InvalidInput: for filters that make no sense.
    """
    has_policy = any(rule.policy is not None for rule in own)
    under_policy = () if policy is None or has_policy else policy.rules
    rules = (
        *rules_of(filters_of(channel), scope="channel_filtered"),
        *(_of_policy(rule, policy, "channel_filtered") for rule in under_policy if policy is not None),
    )
    return (*own, *_for(type_, rules), *removal_rules(removals, type_))


def filters_of(channel: Channel) -> Filters:
    """Read a channel's filters, which are kept as they were written."""
    return msgspec.convert({key: msgspec.json.decode(value) for key, value in channel.filters.items()}, Filters)


def _of_policy(rule: Rule, policy: Policy, scope: Scope) -> Rule:
    return msgspec.structs.replace(rule, scope=scope, policy=policy.id)


def _for(type_: MirrorType, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.ecosystems is None or _WORDS[type_] in rule.ecosystems)
