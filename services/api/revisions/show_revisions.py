"""a channel -> its revisions as the wire has them, with why each was made."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.revision import PackagesChanged, Revision
from libs.common.domain.revision_causes import causes_of
from libs.common.domain.upload import UPLOADS_NAME, is_uploads_mirror
from services.api.guards import visible
from services.api.ports import Ports
from services.api.revisions.kept_revisions import kept_revisions
from services.api.revisions.schemas import (
    CauseOut,
    PackagesChangedOut,
    ReasonOut,
    RevisionItem,
    RevisionList,
    RevisionMirrorOut,
)
from services.api.sync_state import timestamp

_IS_READ = "it is what clients read now"
_MIRROR_GONE = "a mirror that brought files of it is deleted since: those that are not stored can't be fetched any more"


async def show_revisions(channel: Channel, *, offset: int, limit: int, seen_by: Identity, ports: Ports) -> RevisionList:
    """Return a page of a channel's revisions that are kept, newest first.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    kept = await kept_revisions(channel, revisions=ports.revisions)
    mirrors = {mirror.id: mirror.name for mirror in await ports.mirrors.list(channel=channel.key)}
    may_see = bool(visible(seen_by, [channel], Action.MIRROR_VIEW))
    shown = mirrors if may_see else {}
    pairs = list(pairwise((*kept, None)))
    return RevisionList(
        total_count=len(kept),
        items=tuple(
            _item(revision, before, is_current=revision is kept[0], names=shown, there=frozenset(mirrors))
            for revision, before in pairs[offset : offset + limit]
            if revision is not None
        ),
    )


def show_packages_changed(changed: PackagesChanged) -> PackagesChangedOut:
    """Write how many packages differ."""
    return PackagesChangedOut(added=changed.added, removed=changed.removed, changed=changed.changed)


def _item(
    revision: Revision,
    before: Revision | None,
    *,
    is_current: bool,
    names: Mapping[str, str],
    there: frozenset[str],
) -> RevisionItem:
    return RevisionItem(
        number=revision.number,
        published_at=timestamp(revision.created_at),
        is_current=is_current,
        artifact_count=revision.artifact_count,
        size_bytes=revision.size_bytes,
        package_count=revision.package_count,
        packages=show_packages_changed(revision.packages) if revision.packages is not None else None,
        by=_reason(revision, before, names),
        mirrors=tuple(
            RevisionMirrorOut(mirror_id=it.mirror_id, mirror=_name(it.mirror_id, names), run=it.run_number)
            for it in revision.mirrors
        ),
        can_roll_back=not is_current,
        why_not=_IS_READ if is_current else None,
        remarks=tuple(_remarks(revision, there)),
        conflicts=revision.conflicts,
    )


def _reason(revision: Revision, before: Revision | None, names: Mapping[str, str]) -> ReasonOut:
    is_known = before is not None or revision.previous is None
    causes = causes_of(revision, before) if revision.rolled_back_to is None and is_known else ()
    return ReasonOut(
        rolled_back_to=revision.rolled_back_to,
        user=revision.by,
        causes=tuple(
            CauseOut(
                kind=cause.kind,
                mirror_id=cause.mirror_id,
                mirror=_name(cause.mirror_id, names) if cause.mirror_id is not None else None,
                run=cause.run,
            )
            for cause in causes
        ),
    )


def _name(mirror_id: str, names: Mapping[str, str]) -> str | None:
    return UPLOADS_NAME if is_uploads_mirror(mirror_id) else names.get(mirror_id)


def _remarks(revision: Revision, there: frozenset[str]) -> Iterator[str]:
    if any(
        mirror.mode is MirrorMode.PASSIVE and mirror.mirror_id not in there and not is_uploads_mirror(mirror.mirror_id)
        for mirror in revision.mirrors
    ):
        yield _MIRROR_GONE
