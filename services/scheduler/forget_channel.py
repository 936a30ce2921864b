"""channel.deleted -> what people put into it and took out of it is gone, and the catalogues that were left."""

from libs.common.ports.records import Attachments, CatalogueHeads, ReadPages, Removals, Uploads


async def forget_channel(
    channel_id: str,
    *,
    uploads: Uploads,
    removals: Removals,
    attachments: Attachments,
    heads: CatalogueHeads,
    pages: ReadPages,
) -> None:
    """Forget a deleted channel; its files and records are left to the sweep. Again is a no-op.

    Raises:
        StoreUnavailable: when the database does not answer; the message comes again.
    """
    # The documents before the heads that are made of them: nobody makes these again.
    await uploads.delete_of_channel(channel_id)
    await removals.delete_of_channel(channel_id)
    await attachments.delete_of_channel(channel_id)
    for head in await heads.of_channel(channel_id):
        await heads.delete(head.mirror_id)
        await pages.forget_mirror(head.mirror_id)
