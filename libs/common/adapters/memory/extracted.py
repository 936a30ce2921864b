"""What was taken out of package files in memory."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from libs.common.domain.digest import Digest, Sha256, sha256_of


class MemoryExtracted:
    """Implements `ports.records.Extracted`."""

    def __init__(self) -> None:
        self._extracted: dict[Digest, bytes] = {}

    async def put(self, of: Digest, data: bytes) -> None:
        """Keep what stands in a file; b"" says that there is nothing to be had of it."""
        self._extracted.setdefault(of, data)

    async def get(self, of: Digest) -> bytes | None:
        """Return what stands in a file; None where nobody looked yet."""
        return self._extracted.get(of)

    async def known(self, files: Sequence[Digest]) -> Mapping[Digest, Sha256 | None]:
        """Return the sha256 of what stands in files that were looked into, None where there is nothing."""
        found = {of: self._extracted[of] for of in files if of in self._extracted}
        return {of: sha256_of(data) if data else None for of, data in found.items()}

    async def files(self) -> AsyncIterator[Digest]:
        """Yield the digests of all files that were looked into."""
        for of in sorted(self._extracted, key=str):
            yield of

    async def forget(self, files: Collection[Digest]) -> None:
        """Forget what stands in files that are no more."""
        for of in files:
            self._extracted.pop(of, None)
