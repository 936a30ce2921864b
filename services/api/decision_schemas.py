"""Objects of decisions as they stand on the wire; nothing else uses them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.api.schemas import Timestamp

Word = Annotated[str, Meta(examples=["mirror_filtered.license"])]


class DecisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided of one file, and the rule that says so, of a policy or (`policy` null) of filters.

    A kept file has a rule where an exception brought it back.
    """

    ckey: str
    name: str
    version: str
    size_bytes: int | None
    decision: Literal["kept", "excluded"]
    rule: str | None
    policy: str | None
    policy_name: str | None
    reason: Word | None
    detail: str | None


class DecisionCount(msgspec.Struct, frozen=True, kw_only=True):
    """All files of the source, counted: those that are listed, and by reason those that are left out."""

    listed: int
    listed_bytes: int
    excluded: dict[str, int]


class DecisionList(msgspec.Struct, frozen=True, kw_only=True):
    """Some decisions by partition, name and file. Go on with `cursor=<next_cursor>` until that is null.

    A page may be short, or empty, and not the last. `run` made the catalogue; `decided_at`
    is set where it was decided anew since.
    """

    run: int
    decided_at: Timestamp | None
    count: DecisionCount
    items: tuple[DecisionOut, ...]
    next_cursor: str | None


class AmountOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, and their bytes together."""

    files: int
    size_bytes: int


class PackagesOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many package names, and the first 1,000 of them."""

    count: int
    names: tuple[str, ...]


class RuleCountOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many files of the source one rule leaves out, before and after."""

    rule: str
    policy: str | None
    policy_name: str | None
    reason: Word
    before: int
    after: int


class DifferenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed after and was not before, and the other way round."""

    gained: AmountOut
    lost: AmountOut
    replaced: AmountOut
    packages_gained: PackagesOut
    packages_lost: PackagesOut
    rules: tuple[RuleCountOut, ...]


class FileChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One file that came, went, or has other bytes; `rule` drops it now, or dropped it before."""

    ckey: str
    name: str
    version: str
    change: Literal["gained", "lost", "replaced"]
    size_bytes: int | None
    rule: str | None
    policy: str | None
    policy_name: str | None
    reason: Word | None
    detail: str | None


class RunDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of two runs; `to` is null for what the mirror has now. `summary` stands on the first page."""

    run: int
    to: int | None
    summary: DifferenceOut | None
    items: tuple[FileChangeOut, ...]
    next_cursor: str | None
