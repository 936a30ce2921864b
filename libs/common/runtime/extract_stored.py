"""a stored package file -> what stands in it that its source does not serve beside it."""

import asyncio

from libs.common.domain.digest import Blob, Digest
from libs.common.ecosystems.protocol import ServingEcosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Extracted


async def extract_stored(
    filename: str, blob: Blob, *, of: Digest, ecosystem: ServingEcosystem, blobs: BlobStore, extracted: Extracted
) -> bytes:
    """Take it out of the blob, keep it under the digest that the file's record has, and return it.

    b"" where there is nothing to be had. Again is a no-op: the same file says the same.

    Raises:
        NotFound: when the blob is gone.
        StoreUnavailable: when a store does not answer.
    """
    loop = asyncio.get_running_loop()

    async def read(offset: int, size_bytes: int) -> bytes:
        return b"".join([piece async for piece in blobs.read(blob.sha256, start=offset, stop=offset + size_bytes)])

    def read_at(offset: int, size_bytes: int) -> bytes:
        return asyncio.run_coroutine_threadsafe(read(offset, size_bytes), loop).result() if size_bytes > 0 else b""

    data = await asyncio.to_thread(ecosystem.extract, filename, blob.size_bytes, read_at) or b""
    await extracted.put(of, data)
    return data
