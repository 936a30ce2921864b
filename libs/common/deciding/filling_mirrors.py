"""a channel -> all that fills it, as mirrors in the order in which they win: its uploads, then its mirrors."""

from collections.abc import Sequence

from libs.common.domain.channel import Channel
from libs.common.domain.mirror import Mirror
from libs.common.domain.upload import is_uploads_mirror, uploads_mirror, uploads_type
from libs.common.ports.records import CatalogueHeads, Mirrors


async def filling_mirrors(channel: Channel, *, heads: CatalogueHeads, mirrors: Mirrors) -> Sequence[Mirror]:
    """Return the channel's mirrors, by position, after one for each type of which people put something in.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    uploads = [
        uploads_mirror(channel, uploads_type(head.mirror_id))
        for head in await heads.of_channel(channel.id)
        if is_uploads_mirror(head.mirror_id)
    ]
    return (*uploads, *await mirrors.list(channel=channel.key))


async def filling_mirror(mirror_id: str, *, channel: Channel | None, mirrors: Mirrors) -> Mirror | None:
    """Return a mirror of uploads or any other by its id; None where it, or the channel, is gone.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    if is_uploads_mirror(mirror_id):
        return uploads_mirror(channel, uploads_type(mirror_id)) if channel is not None else None
    return await mirrors.get(mirror_id)
