"""two revisions in a row -> what made the later one differ.

A revision names the run and the catalogue of each mirror, so that comparing these tells more than
any message did: several things may have come together, as when a channel was frozen.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from libs.common.domain.revision import Revision, RevisionMirror
from libs.common.domain.upload import is_uploads_mirror


class CauseKind(StrEnum):
    """What happened to what fills a channel."""

    RUN = "run"
    DECIDED = "decided_again"
    UPLOADS = "uploads"
    MIRROR_GONE = "mirror_gone"
    ORDER = "order"
    RENDERED = "rendered_again"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One of them; `run` is the newest of a mirror's that the later revision shows."""

    kind: CauseKind
    mirror_id: str | None = None
    run: int | None = None


def causes_of(revision: Revision, before: Revision | None) -> tuple[Cause, ...]:
    """Return why a revision differs from the one before; of the first one what it was made of."""
    was = {mirror.mirror_id: mirror for mirror in before.mirrors} if before is not None else {}
    causes = [cause for mirror in revision.mirrors for cause in _cause_of(mirror, was.get(mirror.mirror_id))]
    now = [mirror.mirror_id for mirror in revision.mirrors]
    causes += [Cause(kind=CauseKind.MIRROR_GONE, mirror_id=mirror_id) for mirror_id in was if mirror_id not in now]
    if causes or before is None:
        return tuple(causes)
    return (Cause(kind=CauseKind.RENDERED if list(was) == now else CauseKind.ORDER),)


def _cause_of(mirror: RevisionMirror, was: RevisionMirror | None) -> Iterator[Cause]:
    if was is not None and was.catalogue == mirror.catalogue:
        return
    if is_uploads_mirror(mirror.mirror_id):
        yield Cause(kind=CauseKind.UPLOADS, mirror_id=mirror.mirror_id)
    elif was is None or was.run_number != mirror.run_number:
        yield Cause(kind=CauseKind.RUN, mirror_id=mirror.mirror_id, run=mirror.run_number)
    else:
        yield Cause(kind=CauseKind.DECIDED, mirror_id=mirror.mirror_id, run=mirror.run_number)
