"""Objects of revisions as they stand on the wire; nothing else uses them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from libs.common.deciding.compare_revisions import FileWord
from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.compare_contents import PackageChange
from libs.common.domain.revision_causes import CauseKind
from services.api.decision_schemas import AmountOut
from services.api.schemas import Timestamp


class RevisionMirrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror that the revision shows, and its run; `mirror` is null for one that is deleted or not to be seen."""

    mirror_id: str
    mirror: str | None
    run: int


class CauseOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that made a revision differ from the one before; `run` is there for runs."""

    kind: CauseKind
    mirror_id: str | None
    mirror: str | None
    run: int | None


class ReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why a revision was made: somebody rolled back (`user`), or what changed in the channel."""

    rolled_back_to: int | None
    user: str | None
    causes: tuple[CauseOut, ...]


class PackagesChangedOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages came, went, or have other files, against the revision before."""

    added: int
    removed: int
    changed: int


class RevisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One published state of a channel.

    `packages` is null where it was not counted: what an older version published, or what was rendered anew.
    `why_not` says why it can't be rolled back to; `remarks` what may be missing then. `conflicts` are the
    first files that several mirrors brought with different bytes: it has those of the mirror that comes first.
    """

    number: int
    published_at: Timestamp
    is_current: bool
    artifact_count: int
    size_bytes: int
    package_count: int | None
    packages: PackagesChangedOut | None
    by: ReasonOut
    mirrors: tuple[RevisionMirrorOut, ...]
    can_roll_back: bool
    why_not: str | None
    remarks: tuple[str, ...]
    conflicts: tuple[str, ...]


class RevisionList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a channel's revisions that are kept, newest first."""

    total_count: int
    items: tuple[RevisionItem, ...]


class FilesChangedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, counted.

    `unread` counts packages whose files nobody knows, `removed_by_hand` the files that came and that
    somebody has taken out of the channel since.
    """

    packages: PackagesChangedOut
    added: AmountOut
    removed: AmountOut
    replaced: AmountOut
    unread: int
    removed_by_hand: int


class RevisionFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came, went, or has other bytes.

    `is_stored` says whether its bytes are here; a file that is not is fetched from its source when a client asks.
    """

    ckey: str
    version: str
    change: FileWord
    size_bytes: int | None
    is_stored: bool
    is_removed_by_hand: bool


class PackageChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A package that differs, with its files that do; none where only what is told of them does, or nobody read it."""

    name: str
    family: AdvisoryEcosystem
    change: PackageChange
    is_unread: bool
    files: tuple[RevisionFileOut, ...]


class RevisionChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What `revision` has that `against` had not, and the other way round; `against` is null for nothing at all.

    `summary` stands on the first page. Go on with `cursor=<next_cursor>` until that is null.
    """

    revision: int
    against: int | None
    summary: FilesChangedOut | None
    items: tuple[PackageChangeOut, ...]
    next_cursor: str | None


class RollBackWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a roll back."""

    revision: Annotated[int, Meta(ge=1, description="the number of the revision whose content clients shall read")]


class RolledBackOut(msgspec.Struct, frozen=True, kw_only=True):
    """What clients read now: a new revision, with the content of `rolled_back_to`."""

    revision: int
    rolled_back_to: int
    published_at: Timestamp
    is_frozen: bool
