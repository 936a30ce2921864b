"""Files of channels that are no packages, in memory."""

from collections.abc import Sequence

from libs.common.domain.upload import Attachment, attachment_id


class MemoryAttachments:
    """Implements `ports.records.Attachments`."""

    def __init__(self) -> None:
        self._attachments: dict[str, Attachment] = {}

    async def put(self, attachment: Attachment) -> None:
        """Store one; one of the same family and name in the channel is replaced."""
        self._attachments[attachment.id] = attachment

    async def get(self, channel_id: str, family: str, filename: str) -> Attachment | None:
        """Return one."""
        return self._attachments.get(attachment_id(channel_id, family, filename))

    async def of(self, channel_id: str, ckey: str) -> Attachment | None:
        """Return the SBOM of a package file; the newest where there are several."""
        found = [it for it in await self.list(channel_id) if it.of == ckey]
        return max(found, key=lambda it: it.at, default=None)

    async def list(self, channel_id: str) -> Sequence[Attachment]:
        """Return a channel's, by family and name."""
        found = [it for it in self._attachments.values() if it.channel_id == channel_id]
        return sorted(found, key=lambda it: (it.family, it.filename))

    async def all(self) -> Sequence[Attachment]:
        """Return every one, by id."""
        return [attachment for _, attachment in sorted(self._attachments.items())]

    async def delete(self, attachment_id: str) -> Attachment | None:
        """Remove one and return what it was."""
        return self._attachments.pop(attachment_id, None)

    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove those of a channel that is gone; returns how many there were."""
        gone = [it.id for it in self._attachments.values() if it.channel_id == channel_id]
        for document_id in gone:
            del self._attachments[document_id]
        return len(gone)
