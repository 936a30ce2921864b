"""The REST API's objects of policies, as far as the client reads them."""

import msgspec

from libs.common.domain.policy_document import DocumentRule, PolicyDocument


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a policy is assigned."""

    channel: str
    mirror: str | None = None
    mirror_id: str | None = None
    frozen: bool = False

    def __str__(self) -> str:
        more = [f"mirror {self.mirror}"] if self.mirror else []
        more += ["frozen"] if self.frozen else []
        return f"{self.channel} ({', '.join(more)})" if more else self.channel


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule does, in plain words."""

    rule: str
    text: str


class PolicyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as the list shows it."""

    id: str
    name: str
    description: str | None = None
    number: int
    rule_count: int
    created_at: str
    saved_at: str
    saved_by: str | None = None
    assigned: tuple[Place, ...] = ()


class PolicyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of policies."""

    items: tuple[PolicyItem, ...]
    total_count: int | None = None


class Policy(PolicyItem, frozen=True, kw_only=True):
    """A policy with its rules."""

    rules: tuple[DocumentRule, ...] = ()
    summary: tuple[Sentence, ...] = ()

    @property
    def document(self) -> PolicyDocument:
        """What can be sent back."""
        return PolicyDocument(name=self.name, description=self.description, rules=self.rules)


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One saved state of a policy."""

    number: int
    name: str
    description: str | None = None
    rule_count: int
    saved_at: str
    saved_by: str | None = None
    rules: tuple[DocumentRule, ...] = ()
    summary: tuple[Sentence, ...] = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the server would take."""

    name: str
    rule_count: int
    summary: tuple[Sentence, ...] = ()


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and what it does."""

    rule: DocumentRule
    text: str


class ChangedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it was and as it is."""

    id: str
    before: RuleText
    after: RuleText


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one revision to another."""

    from_: int = msgspec.field(name="from")
    to: int
    added: tuple[RuleText, ...] = ()
    removed: tuple[RuleText, ...] = ()
    changed: tuple[ChangedRule, ...] = ()
    moved: tuple[str, ...] = ()


class AssignWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy to assign."""

    policy: str


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A policy by its names."""

    id: str
    name: str
    number: int


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy decides at a place, and why."""

    policy: Named | None
    of: str | None
    why: str
    summary: tuple[Sentence, ...] = ()
