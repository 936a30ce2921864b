"""channel.deleted -> its revisions are gone."""

from libs.common.contracts.messages import ChannelDeleted
from libs.common.ports.records import Revisions

_PAGE = 100


async def forget_channel(message: ChannelDeleted, *, revisions: Revisions) -> None:
    """Remove every revision of a deleted channel."""
    while found := await revisions.list(message.channel_id, limit=_PAGE):
        await revisions.delete([revision.id for revision in found])
