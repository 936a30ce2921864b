"""Package files as the api hands them to an ecosystem: their bytes in parts, with digests and what was told."""

import hashlib
from datetime import UTC, datetime

from libs.common.domain.digest import sha256_of
from libs.common.ecosystems.protocol import Ecosystem, PackageRead

AT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)


class Stored:
    """A stored file, and how much of it was read at most at once."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.most_bytes = 0

    def __call__(self, offset: int, size_bytes: int, /) -> bytes:
        """Return a part."""
        part = self.data[offset : offset + size_bytes]
        self.most_bytes = max(self.most_bytes, len(part))
        return part


def md5_of(data: bytes) -> str:
    """Return the digest of old indexes."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def read(ecosystem: Ecosystem, filename: str, data: bytes, **told: str) -> PackageRead:
    """Read a file that came in at `AT`."""
    return ecosystem.read_package(
        filename, len(data), Stored(data), sha256=sha256_of(data), md5=md5_of(data), at=AT, told=told
    )
