"""What was taken out of package files that their source serves no companion of."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from libs.common.domain.digest import Digest, Sha256


class Extracted(Protocol):
    """Bytes by the digest of the file that they stand in; a function of that file, so they never change."""

    async def put(self, of: Digest, data: bytes) -> None:
        """Keep what stands in a file; b"" says that there is nothing to be had of it."""

    async def get(self, of: Digest) -> bytes | None:
        """Return what stands in a file; None where nobody looked yet."""

    async def known(self, files: Sequence[Digest]) -> Mapping[Digest, Sha256 | None]:
        """Return the sha256 of what stands in files that were looked into, None where there is nothing."""

    def files(self) -> AsyncIterator[Digest]:
        """Yield the digests of all files that were looked into."""

    async def forget(self, files: Collection[Digest]) -> None:
        """Forget what stands in files that are no more."""
