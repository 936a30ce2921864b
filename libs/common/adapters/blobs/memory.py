"""A blob store in memory, for tests; held to the same contract as the real ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from libs.common.adapters.blobs.alias import ALIASED, check_first
from libs.common.adapters.blobs.spool import PIECE_BYTES, MemorySpool
from libs.common.domain.digest import LISTED, Blob, Digest, Expected, Sha256
from libs.common.domain.errors import NotFound
from libs.common.ports.blobs import Spool


class MemoryBlobStore:
    """Implements `ports.blobs.BlobStore` with two dictionaries."""

    def __init__(self) -> None:
        self._blobs: dict[Sha256, bytes] = {}
        self._aliases: dict[Digest, Blob] = {}
        self._seen: dict[Sha256, datetime] = {}
        self._partials: dict[Digest, bytes] = {}

    def spool(self) -> MemorySpool:
        """Begin a new file; see the port."""
        return MemorySpool()

    async def resume(self, digest: Digest) -> MemorySpool:
        """Go on with a file; see the port."""

        def leave(data: bytes) -> None:
            self._partials[digest] = data

        return MemorySpool(self._partials.pop(digest, b""), leave=leave)

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Verify, then make visible; see the port."""
        if not isinstance(spool, MemorySpool):
            raise TypeError("the spool is another store's")
        try:
            blob = spool.verified(expected)
            if expected is not None and expected.digest.algorithm == LISTED:
                check_first(self._aliases.get(expected.digest), blob, expected.digest)
            self._blobs[blob.sha256] = spool.read_at(0, spool.size_bytes)
            self._seen[blob.sha256] = datetime.now(UTC)
        finally:
            spool.close()
        if expected is not None and expected.digest.algorithm in ALIASED:
            self._aliases[expected.digest] = blob
        return blob

    async def ping(self) -> None:
        """Do nothing: memory is always there."""

    async def find(self, digest: Digest) -> Blob | None:
        """Return the blob with this digest; see the port."""
        if digest.algorithm in ALIASED:
            blob = self._aliases.get(digest)
            return blob if blob is not None and blob.sha256 in self._blobs else None
        data = self._blobs.get(Sha256(digest.hex))
        return None if data is None else Blob(sha256=Sha256(digest.hex), size_bytes=len(data))

    async def read(self, sha256: Sha256, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Yield bytes of a blob; see the port."""
        data = self._blobs.get(sha256)
        if data is None:
            raise NotFound(f"there is no blob {sha256}")
        wanted = data[start:stop]
        for offset in range(0, len(wanted), PIECE_BYTES):
            yield wanted[offset : offset + PIECE_BYTES]

    async def remove(self, sha256: Sha256) -> None:
        """Forget a blob; see the port."""
        self._blobs.pop(sha256, None)

    async def renew(self, digest: Digest) -> Blob | None:
        """Find a blob and make it young; see the port."""
        blob = await self.find(digest)
        if blob is not None:
            self._seen[blob.sha256] = datetime.now(UTC)
        return blob

    async def older(self, than: datetime) -> AsyncIterator[Blob]:
        """Yield old blobs; see the port."""
        for sha256, data in sorted(self._blobs.items()):
            if self._seen[sha256] < than:
                yield Blob(sha256=sha256, size_bytes=len(data))

    async def sweep(self, sha256: Sha256, *, older_than: datetime) -> bool:
        """Remove a blob that is still old; see the port."""
        if sha256 not in self._blobs or self._seen[sha256] >= older_than:
            return False
        del self._blobs[sha256]
        return True

    async def tidy(self, *, older_than: datetime) -> int:
        """Remove aliases of blobs that are gone; see the port."""
        left_over = [
            digest
            for digest, blob in self._aliases.items()
            if blob.sha256 not in self._blobs and self._seen.get(blob.sha256, older_than) <= older_than
        ]
        for digest in left_over:
            del self._aliases[digest]
        return len(left_over)
