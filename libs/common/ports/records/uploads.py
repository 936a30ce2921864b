"""What people put into channels and took out of them."""

from collections.abc import Sequence
from typing import Protocol

from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Attachment, Removal, Upload, UploadedFile
from libs.common.ports.outbox import Outbox, Unsaid


class Uploads(Outbox, Protocol):
    """Package files that were put into channels. Written by the api, read by scheduler and indexer.

    The words of a change lie with the document of its file, and outlive it.
    """

    async def put(self, upload: Upload, *, replace: bool = False, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Store a file; returns what stands in its way: one of other bytes, where `replace` is not set.

        None where it was stored, took the place of another, or is there already. The same bytes again change
        nothing and say nothing; with `replace` they do where they are read otherwise by now (another shard).
        """

    async def get(self, channel_id: str, ckey: str) -> Upload | None:
        """Return a file."""

    async def list(
        self, channel_id: str, *, type_: MirrorType | None = None, name: str | None = None
    ) -> Sequence[Upload]:
        """Return a channel's files, by ckey."""

    async def files(self, channel_id: str, type_: MirrorType) -> Sequence[UploadedFile]:
        """Return what a manifest needs to know of a channel's files of a type, in any order; quick for very many."""

    async def places(self) -> Sequence[tuple[str, MirrorType]]:
        """Return the ids of channels and the types that there are files of, in their order."""

    async def all(self) -> Sequence[Upload]:
        """Return every file, for the sweep: what it names is no garbage."""

    async def delete(self, channel_id: str, ckey: str, *, unsaid: Sequence[Unsaid] = ()) -> Upload | None:
        """Remove a file and return what it was."""

    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove all files of a channel that is gone, without a word of it; returns how many there were.

        What was to be said of them before is said yet.
        """


class Removals(Outbox, Protocol):
    """What was taken out of channels though mirrors bring it. Written by the api, read by the scheduler."""

    async def put(self, removal: Removal, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a removal; False where it is there: then nothing changes, also not who did it and when."""

    async def list(self, channel_id: str) -> Sequence[Removal]:
        """Return a channel's removals, by id."""

    async def all(self) -> Sequence[Removal]:
        """Return every removal, by channel and id."""

    async def delete(self, removal_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Removal | None:
        """Take a removal back and return what it was."""

    async def delete_of_channel(self, channel_id: str) -> int:
        """Forget all removals of a channel that is gone; returns how many there were."""


class Attachments(Protocol):
    """Files of channels that are no packages. Written by the api, read by the indexer's sweep."""

    async def put(self, attachment: Attachment) -> None:
        """Store one; one of the same family and name in the channel is replaced."""

    async def get(self, channel_id: str, family: str, filename: str) -> Attachment | None:
        """Return one."""

    async def of(self, channel_id: str, ckey: str) -> Attachment | None:
        """Return the SBOM of a package file; the newest where there are several."""

    async def list(self, channel_id: str) -> Sequence[Attachment]:
        """Return a channel's, by family and name."""

    async def all(self) -> Sequence[Attachment]:
        """Return every one, for the sweep."""

    async def delete(self, attachment_id: str) -> Attachment | None:
        """Remove one and return what it was."""

    async def delete_of_channel(self, channel_id: str) -> int:
        """Remove those of a channel that is gone; returns how many there were."""
