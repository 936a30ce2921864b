"""a channel -> the revisions that clients have read and that are still kept."""

from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound, NotKept
from libs.common.domain.revision import Revision, published_of
from libs.common.ports.records import Revisions

_MOST = 10_000


async def kept_revisions(channel: Channel, *, revisions: Revisions) -> tuple[Revision, ...]:
    """Return them, newest first: the one that clients read now, and those before it.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    if channel.published is None:
        return ()
    return published_of(await revisions.list(channel.id, limit=_MOST), published_id=channel.published.revision_id)


def find_revision(kept: tuple[Revision, ...], number: int, *, channel: Channel) -> Revision:
    """Return the revision of a number.

    Raises:
        NotKept: when there was one.
        NotFound: when there was none.
    """
    found = next((revision for revision in kept if revision.number == number), None)
    if found is not None:
        return found
    if channel.published is not None and 1 <= number < channel.published.number:
        oldest = f"; the oldest that is kept is {kept[-1].number}" if kept else ""
        raise NotKept(f"revision {number} of channel {channel.key} is no longer kept{oldest}")
    raise NotFound(f"channel {channel.key} has no revision {number}")
