"""Objects of previews as they stand on the wire; nothing else uses them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.api.decision_schemas import AmountOut, FileChangeOut, PackagesOut, RuleCountOut
from services.api.schemas import Timestamp


class PreviewWishIn(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a preview. `policy` is an id or name, `rules` are those of a policy document.

    A policy with a channel or a mirror of it: as if it were assigned there. Rules with one: as if
    a policy of these rules were. A policy with rules and no channel: as if it were saved with these
    rules, wherever it is in force. `mirror` is an id or name; `uninstallable` says whether to look
    for packages that could not be installed any more, which takes longer.
    """

    policy: str | None = None
    rules: list[dict[str, Any]] | None = None
    channel: Annotated[str, Meta(examples=["main"])] | None = None
    mirror: str | None = None
    uninstallable: bool = True


class MirrorPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror: what it lists now and would list, and the first 1,000 files that would come or go."""

    mirror: str
    mirror_id: str
    channel: str
    mode: str
    before: AmountOut
    after: AmountOut
    gained: AmountOut
    lost: AmountOut
    packages_gained: PackagesOut
    packages_lost: PackagesOut
    rules: tuple[RuleCountOut, ...]
    files_gained: tuple[FileChangeOut, ...]
    files_lost: tuple[FileChangeOut, ...]


class UninstallableOut(msgspec.Struct, frozen=True, kw_only=True):
    """A package that can be installed now and could not be then; `goes` is the dependency that goes, by which rule.

    `reasons` are the solver's lines; none where it was not asked.
    """

    name: str
    channel: str
    platform: str
    goes: str
    rule: str | None
    policy: str | None
    policy_name: str | None
    reasons: tuple[str, ...]


class PreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would change. `unsolved` counts packages that there was no time to solve.

    While `solving` is true, `uninstallable` is null: it will be at `…/preview/<report_id>`.
    """

    report_id: str
    title: str
    made_at: Timestamp
    policy: str | None
    policy_name: str | None
    gained: AmountOut
    lost: AmountOut
    mirrors: tuple[MirrorPreviewOut, ...]
    not_yet_run: tuple[str, ...]
    solving: bool
    uninstallable: tuple[UninstallableOut, ...] | None
    unsolved: int


class PreviewPromised(msgspec.Struct, frozen=True, kw_only=True):
    """Where the preview will be; `url` answers 404 until then."""

    report_id: str
    url: str


class PreviewFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the files that would come or go in one mirror. Go on with `cursor=<next_cursor>` until that is null."""

    mirror_id: str
    items: tuple[FileChangeOut, ...]
    next_cursor: str | None


class PreviewPackages(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the packages that would come or go as a whole in one mirror, by name."""

    mirror_id: str
    change: Literal["gained", "lost"]
    total_count: int
    items: tuple[str, ...]
