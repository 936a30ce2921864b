"""policies -> the wire's policy objects, and which policy is in force where and why."""

from collections.abc import Iterable, Mapping, Sequence

from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel
from libs.common.domain.describe_policy import describe_rule
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy, Rule
from libs.common.domain.policy_difference import difference
from libs.common.domain.policy_document import PolicyDocument, document_of, rules_of_document
from libs.common.ports.records import Policies
from services.api.policy_places import PolicyPlace, seen_places
from services.api.policy_schemas import (
    ChangedRuleOut,
    PolicyChecked,
    PolicyDifferenceOut,
    PolicyInForce,
    PolicyItem,
    PolicyOut,
    PolicyPlaceOut,
    PolicyRead,
    PolicyRef,
    PolicyRevisionItem,
    PolicyRevisionOut,
    RuleOut,
    SentenceOut,
)
from services.api.ports import Ports
from services.api.sync_state import timestamp


async def show_policies(shown: Sequence[Policy], *, seen_by: Identity, ports: Ports) -> tuple[PolicyItem, ...]:
    """Show policies in the order given, with where they are assigned as far as who asks may see it."""
    found = await _seen([policy.id for policy in shown], seen_by, ports)
    return tuple(
        PolicyItem(
            id=policy.id,
            name=policy.name,
            description=policy.description,
            number=policy.number,
            rule_count=len(policy.rules),
            created_at=timestamp(policy.created_at),
            saved_at=timestamp(policy.saved_at),
            saved_by=policy.saved_by,
            assigned=_places_out(found[policy.id]),
        )
        for policy in shown
    )


async def show_policy(policy: Policy, *, seen_by: Identity, ports: Ports) -> PolicyOut:
    """Show one policy with its rules."""
    found = await _seen([policy.id], seen_by, ports)
    return PolicyOut(
        id=policy.id,
        name=policy.name,
        description=policy.description,
        number=policy.number,
        rule_count=len(policy.rules),
        created_at=timestamp(policy.created_at),
        saved_at=timestamp(policy.saved_at),
        saved_by=policy.saved_by,
        assigned=_places_out(found[policy.id]),
        rules=document_of(policy).rules,
        summary=sentences(policy.rules),
    )


def show_checked(document: PolicyDocument) -> PolicyChecked:
    """Show what a document would do."""
    rules = rules_of_document(document)
    read = PolicyRead(name=document.name, description=document.description, rules=document.rules)
    return PolicyChecked(name=document.name, rule_count=len(rules), document=read, summary=sentences(rules))


def show_revisions(shown: Iterable[Policy]) -> tuple[PolicyRevisionItem, ...]:
    """Show revisions in the order given."""
    return tuple(
        PolicyRevisionItem(
            number=policy.number,
            name=policy.name,
            rule_count=len(policy.rules),
            saved_at=timestamp(policy.saved_at),
            saved_by=policy.saved_by,
        )
        for policy in shown
    )


def show_revision(policy: Policy) -> PolicyRevisionOut:
    """Show one revision with its rules."""
    return PolicyRevisionOut(
        number=policy.number,
        name=policy.name,
        description=policy.description,
        rule_count=len(policy.rules),
        saved_at=timestamp(policy.saved_at),
        saved_by=policy.saved_by,
        rules=document_of(policy).rules,
        summary=sentences(policy.rules),
    )


def show_difference(before: Policy, after: Policy) -> PolicyDifferenceOut:
    """Show what changed between two revisions."""
    old, new = _rules_out(before), _rules_out(after)
    found = difference(before, after)
    return PolicyDifferenceOut(
        from_=before.number,
        to=after.number,
        added=tuple(new[rule.id] for rule in found.added),
        removed=tuple(old[rule.id] for rule in found.removed),
        changed=tuple(
            ChangedRuleOut(id=it.after.id, before=old[it.after.id], after=new[it.after.id]) for it in found.changed
        ),
        moved=found.moved,
    )


def sentences(rules: Iterable[Rule]) -> tuple[SentenceOut, ...]:
    """Say what each rule does."""
    return tuple(SentenceOut(rule=rule.id, text=describe_rule(rule)) for rule in rules)


async def show_in_force(channel: Channel, mirror: Mirror | None, *, policies: Policies) -> PolicyInForce:
    """Say which policy decides for a mirror, or for a channel's mirrors that have none of their own."""
    of_channel = await _policy(channel.policy_id, policies)
    of_mirror = await _policy(mirror.policy_id, policies) if mirror else None
    policy = of_mirror or of_channel
    return PolicyInForce(
        policy=_ref(policy),
        of=None if policy is None else "mirror" if of_mirror else "channel",
        why=_why(channel, mirror, of_channel=of_channel, of_mirror=of_mirror) + _held_back(channel),
        frozen=channel.is_frozen,
        summary=sentences(policy.rules) if policy else (),
        channel_policy=_ref(of_channel),
        mirror_policy=_ref(of_mirror),
    )


def _why(channel: Channel, mirror: Mirror | None, *, of_channel: Policy | None, of_mirror: Policy | None) -> str:
    if mirror is None:
        if of_channel is None:
            return f"channel {channel.key} has no policy: what its mirrors bring is limited by filters alone"
        return (
            f"policy {of_channel.name!r} of channel {channel.key} decides for all its mirrors without one of their own"
        )
    if of_mirror is None and of_channel is None:
        return f"neither mirror {mirror.name!r} nor channel {channel.key} has a policy: filters alone decide"
    if of_mirror is None and of_channel is not None:
        return f"mirror {mirror.name!r} has no policy of its own, so that of channel {channel.key} decides"
    overridden = f", which overrides {of_channel.name!r} of channel {channel.key}" if of_channel else ""
    return f"mirror {mirror.name!r} has a policy of its own{overridden}"


def _held_back(channel: Channel) -> str:
    if not channel.is_frozen:
        return ""
    return f"; channel {channel.key} is frozen: clients read its revision as it is until it is unfrozen"


async def _policy(policy_id: str | None, policies: Policies) -> Policy | None:
    return await policies.get(policy_id) if policy_id is not None else None


def _ref(policy: Policy | None) -> PolicyRef | None:
    return PolicyRef(id=policy.id, name=policy.name, number=policy.number) if policy else None


async def _seen(policy_ids: Sequence[str], identity: Identity, ports: Ports) -> Mapping[str, Sequence[PolicyPlace]]:
    found = await ports.places.of(policy_ids)
    return {
        policy_id: await seen_places(places, identity, channels=ports.channels) for policy_id, places in found.items()
    }


def _places_out(places: Sequence[PolicyPlace]) -> tuple[PolicyPlaceOut, ...]:
    return tuple(
        PolicyPlaceOut(channel=place.channel, mirror=place.mirror, mirror_id=place.mirror_id, frozen=place.is_frozen)
        for place in places
    )


def _rules_out(policy: Policy) -> Mapping[str, RuleOut]:
    texts = {sentence.rule: sentence.text for sentence in sentences(policy.rules)}
    return {rule.id: RuleOut(rule=rule, text=texts[rule.id]) for rule in document_of(policy).rules}
