"""Objects of policies as they stand on the wire; their rules are those of the document."""

import msgspec

from libs.common.domain.policy_document import DocumentRule
from services.api.schemas import Timestamp


class PolicyPlaceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that a policy is assigned to, or one of its mirrors.

    `frozen` says that clients of the channel see what the policy changes only once it is unfrozen.
    """

    channel: str
    mirror: str | None
    mirror_id: str | None
    frozen: bool


class PolicyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as the list shows it; `number` is its newest revision."""

    id: str
    name: str
    description: str | None
    number: int
    rule_count: int
    created_at: Timestamp
    saved_at: Timestamp
    saved_by: str | None
    assigned: tuple[PolicyPlaceOut, ...]


class PolicyList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of policies, by name."""

    total_count: int
    items: tuple[PolicyItem, ...]


class SentenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule does, in plain words."""

    rule: str
    text: str


class PolicyOut(PolicyItem, frozen=True, kw_only=True):
    """A policy with its rules, and what they do in plain words; it can be sent back as it is."""

    rules: tuple[DocumentRule, ...]
    summary: tuple[SentenceOut, ...]


class PolicyRevisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One saved state of a policy, without its rules."""

    number: int
    name: str
    rule_count: int
    saved_at: Timestamp
    saved_by: str | None


class PolicyRevisionList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a policy's revisions, newest first."""

    total_count: int
    items: tuple[PolicyRevisionItem, ...]


class PolicyRevisionOut(PolicyRevisionItem, frozen=True, kw_only=True):
    """One saved state of a policy."""

    description: str | None
    rules: tuple[DocumentRule, ...]
    summary: tuple[SentenceOut, ...]


class RuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and what it does in plain words."""

    rule: DocumentRule
    text: str


class ChangedRuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it was and as it is."""

    id: str
    before: RuleOut
    after: RuleOut


class PolicyDifferenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one revision to another; `moved` are rules that stand elsewhere in the order."""

    from_: int = msgspec.field(name="from")
    to: int
    added: tuple[RuleOut, ...]
    removed: tuple[RuleOut, ...]
    changed: tuple[ChangedRuleOut, ...]
    moved: tuple[str, ...]


class PolicyRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document in the form in which it is saved, whatever form it was sent in."""

    name: str
    description: str | None = None
    rules: tuple[DocumentRule, ...] = ()


class PolicyChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A document that can be saved, as it was read, and what its rules do in plain words."""

    name: str
    rule_count: int
    document: PolicyRead
    summary: tuple[SentenceOut, ...]


class AssignWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT of a channel's or mirror's policy: its id or name."""

    policy: str


class PolicyRef(msgspec.Struct, frozen=True, kw_only=True):
    """A policy by its names, and its newest revision."""

    id: str
    name: str
    number: int


class PolicyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The policy that decides here, whose it is (`channel`, `mirror`, null for none), and why it is this one.

    `frozen` says that clients of the channel see what it changes only once the channel is unfrozen.
    """

    policy: PolicyRef | None
    of: str | None
    why: str
    frozen: bool
    summary: tuple[SentenceOut, ...]
    channel_policy: PolicyRef | None
    mirror_policy: PolicyRef | None
