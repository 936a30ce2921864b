"""Objects of previews of mirrors as they stand on the wire; nothing else uses them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from libs.common.domain.mirror_preview import PreviewState
from services.api.decision_schemas import DecisionOut, PackagesOut, Word
from services.api.mirror_schemas import MirrorIn
from services.api.schemas import Timestamp


class MirrorPreviewWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a preview: the mirror as it would be made in `channel`, or, with `mirror_id`, as it would be edited."""

    channel: Annotated[str, Meta(examples=["main", "main/stage"])]
    mirror: MirrorIn
    mirror_id: str | None = None


class MirrorPreviewPromised(msgspec.Struct, frozen=True, kw_only=True):
    """The preview is being made, and can be read at `url`."""

    preview_id: str
    url: str


class MirrorPreviewProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no preview."""

    code: Annotated[str, Meta(examples=["upstream_missing", "stopped", "timeout"])]
    detail: str


class PreviewCountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Files that would be listed, and by reason those left out; `unread` counts names whose files nobody read yet."""

    listed: int
    listed_bytes: int
    excluded: dict[str, int]
    unread: int


class PreviewRuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that the mirror would be under, in words, and how many of the source's files it leaves out."""

    rule: str
    policy: str | None
    policy_name: str | None
    reason: Word
    text: str
    excluded: int


class PreviewFailureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the source that can't be used, and why."""

    ckey: str
    code: str
    reason: str


class PreviewChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """How it differs from what the mirror lists now."""

    gained: int
    gained_bytes: int
    lost: int
    lost_bytes: int
    replaced: int
    packages_gained: PackagesOut
    packages_lost: PackagesOut


class MirrorPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """A preview: how far it is, and once it is `done` what the mirror would bring.

    `step` and `percent` say what is done now. `count`, `packages` and `rules` are null until it is done;
    `problem` is set when it `failed`. `failed` counts records of the source that can't be used, `failures`
    are the first of them. `change` is null for a mirror that has nothing yet.
    """

    preview_id: str
    channel: str
    mirror_id: str | None
    state: PreviewState
    step: Annotated[str, Meta(examples=["Read remote packages"])]
    percent: int
    requested_at: Timestamp
    finished_at: Timestamp | None
    expires_at: Timestamp
    count: PreviewCountOut | None = None
    packages: PackagesOut | None = None
    rules: tuple[PreviewRuleOut, ...] | None = None
    failed: int | None = None
    failures: tuple[PreviewFailureOut, ...] | None = None
    change: PreviewChangeOut | None = None
    problem: MirrorPreviewProblem | None = None


class MirrorPreviewFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Some files by partition, name and file. Go on with `cursor=<next_cursor>` until that is null.

    A page may be short, or empty, and not the last.
    """

    items: tuple[DecisionOut, ...]
    next_cursor: str | None
