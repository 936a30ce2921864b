"""Taking out of a stored file what stands in it."""

import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.domain.digest import Blob, Digest, sha256_of
from libs.common.domain.errors import NotFound
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.protocol import ReadAt
from libs.common.ports.blobs import put_bytes
from libs.common.runtime.extract_stored import extract_stored

OF = Digest("md5", "a" * 32)


class LastWord(CondaEcosystem):
    """Takes out what comes after the last blank."""

    def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
        """Read from the end, in parts, and beyond it."""
        del filename
        if read_at(size_bytes, 10) or read_at(0, 0):
            raise AssertionError("there is nothing at the end, and nothing in nothing")
        read = b""
        for place in range(size_bytes - 1, -1, -1):
            piece = read_at(place, 1)
            if piece == b" ":
                return read
            read = piece + read
        return None


@pytest.mark.parametrize(("file", "stands_in_it"), [(b"the last word", b"word"), (b"none", b""), (b"", b"")])
async def test_what_stands_in_a_file_is_kept_under_its_records_digest(file: bytes, stands_in_it: bytes) -> None:
    """Also that there is nothing."""
    blobs, extracted = MemoryBlobStore(), MemoryRecords().extracted
    blob = await put_bytes(blobs, file)
    data = await extract_stored("a", blob, of=OF, ecosystem=LastWord(), blobs=blobs, extracted=extracted)

    assert data == await extracted.get(OF) == stands_in_it


async def test_of_a_file_that_is_gone_nothing_is_kept() -> None:
    """It is looked into when it is there again."""
    blobs, extracted = MemoryBlobStore(), MemoryRecords().extracted
    gone = Blob(sha256=sha256_of(b"the last word"), size_bytes=13)

    with pytest.raises(NotFound):
        await extract_stored("a", gone, of=OF, ecosystem=LastWord(), blobs=blobs, extracted=extracted)
    assert await extracted.get(OF) is None
