"""Package files that people put into channels, in memory."""

from collections.abc import Sequence

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Upload, UploadedFile, upload_id
from libs.common.ports.outbox import Unsaid


class MemoryUploads(MemoryOutbox):
    """Implements `ports.records.Uploads`."""

    def __init__(self) -> None:
        super().__init__()
        self._uploads: dict[str, Upload] = {}

    async def put(self, upload: Upload, *, replace: bool = False, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Store a file; see the port for when it is not."""
        there = self._uploads.get(upload.id)
        if there is not None:
            if there.sha256 == upload.sha256 and (not replace or there.shard == upload.shard):
                return None
            if not replace:
                return there
        self._uploads[upload.id] = upload
        self._hold(upload.id, unsaid)
        return None

    async def get(self, channel_id: str, ckey: str) -> Upload | None:
        """Return a file."""
        return self._uploads.get(upload_id(channel_id, ckey))

    async def list(
        self, channel_id: str, *, type_: MirrorType | None = None, name: str | None = None
    ) -> Sequence[Upload]:
        """Return a channel's files, by ckey."""
        found = (it for it in self._uploads.values() if it.channel_id == channel_id)
        wanted = (it for it in found if type_ in (None, it.type) and name in (None, it.name))
        return sorted(wanted, key=lambda it: it.ckey)

    async def files(self, channel_id: str, type_: MirrorType) -> Sequence[UploadedFile]:
        """Return what a manifest needs to know; see the port."""
        return [
            UploadedFile(it.partition, it.name, it.filename, it.shard, it.size_bytes, it.at)
            for it in await self.list(channel_id, type_=type_)
        ]

    async def places(self) -> Sequence[tuple[str, MirrorType]]:
        """Return the channels and types that there are files of; see the port."""
        return sorted({(it.channel_id, it.type) for it in self._uploads.values()})

    async def all(self) -> Sequence[Upload]:
        """Return every file, by id."""
        return [upload for _, upload in sorted(self._uploads.items())]

    async def delete(self, channel_id: str, ckey: str, *, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Remove a file and return what it was."""
        gone = self._uploads.pop(upload_id(channel_id, ckey), None)
        if gone is not None:
            self._hold_last(gone.id, unsaid)
        return gone

    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove all files of a channel that is gone; see the port."""
        gone = [it.id for it in self._uploads.values() if it.channel_id == channel_id]
        for document_id in gone:
            del self._uploads[document_id]
        return len(gone)
