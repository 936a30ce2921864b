"""What a policy would change, before it does."""

from datetime import date, datetime

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.domain.policy import Rule

MOST_FILES = 1_000
"""So many files are named in the report for each direction of each mirror; all of them are read in pages."""


class PreviewWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to think of: rules that a policy would have, and where it would be in force.

    `policy_id` is the policy whose rules they would be. Without a channel they are thought to be
    in force wherever that policy is assigned. `mirror_id` is one mirror of the channel.
    `rules_blob` has the rules as JSON where they are too many for a message; without any of both
    they are those that the policy has.
    `solves` says whether to look for packages that could not be installed any more.
    """

    rules: tuple[Rule, ...] | None = None
    rules_blob: Sha256 | None = None
    policy_id: str | None = None
    policy_name: str | None = None
    channel: str | None = None
    mirror_id: str | None = None
    solves: bool = True


class PreviewAmount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, and their bytes together."""

    files: int = 0
    size_bytes: int = 0


class PreviewRule(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the source's files one rule leaves out, now and then."""

    rule: str
    policy: str | None
    reason: str
    before: int
    after: int


class PreviewFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file that would come or go, with the rule that leaves it out, now or then."""

    ckey: str
    name: str
    version: str
    change: str
    size_bytes: int | None = None
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None
    detail: str | None = None


class PreviewBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview was made of, so that pages of it can be read: `evaluation` and `changed` are msgpack."""

    manifest: Sha256
    catalogue: Sha256
    evaluation_before: Sha256 | None
    evaluation: bytes
    changed: bytes
    today: date


class MirrorPreview(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror: what it lists now, what it would list, and how these differ."""

    mirror: str
    mirror_id: str
    channel: str
    mode: str
    before: PreviewAmount
    after: PreviewAmount
    gained: PreviewAmount
    lost: PreviewAmount
    packages_gained: tuple[str, ...]
    packages_lost: tuple[str, ...]
    rules: tuple[PreviewRule, ...]
    files_gained: tuple[PreviewFile, ...]
    files_lost: tuple[PreviewFile, ...]
    basis: PreviewBasis


class Uninstallable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package that can be installed now and could not be then; `goes` is the dependency that goes.

    `rule` and `policy` are those that drop it. `reasons` are the solver's own.
    """

    name: str
    channel: str
    platform: str
    goes: str
    rule: str | None = None
    policy: str | None = None
    reasons: tuple[str, ...] = ()


class PolicyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; `unsolved` counts packages that lose a dependency and that there was no time to solve.

    `uninstallable` is None as long as it is looked for.
    """

    id: str
    title: str
    made_at: datetime
    policy: str | None
    policy_name: str | None
    gained: PreviewAmount
    lost: PreviewAmount
    mirrors: tuple[MirrorPreview, ...]
    not_yet_run: tuple[str, ...] = ()
    uninstallable: tuple[Uninstallable, ...] | None = ()
    unsolved: int = 0


def encode_preview(preview: PolicyPreview) -> bytes:
    """Write a preview as JSON."""
    return msgspec.json.encode(preview)


def decode_preview(data: bytes) -> PolicyPreview:
    """Read what `encode_preview` wrote."""
    return msgspec.json.decode(data, type=PolicyPreview)
