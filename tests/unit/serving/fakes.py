"""What serving leans on, in memory: a small ecosystem, leases, a clock, identifiers."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.digest import Digest, Expected
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.protocol import (
    ArtifactPath,
    ArtifactRef,
    IndexPath,
    Served,
    ShardPath,
)
from libs.common.ecosystems.self_contained import SelfContained
from tests.support.records import NOON

PARTITIONS = ("noarch", "linux-64")
INDEX = "repodata.json"


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a shard payload of `TinyEcosystem`."""

    filename: str
    digest: str
    url: str
    size_bytes: int | None = None


def encode_payload(records: Iterable[FileRecord]) -> bytes:
    """Write a shard payload."""
    return msgspec.json.encode(list(records))


class TinyEcosystem(SelfContained):
    """Routes `<partition>/repodata.json`, `<partition>/shards/<sha256>.zst` and `<partition>/<name>-…`.

    It has what serving asks of an ecosystem.
    """

    type = MirrorType.CONDA

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:
        """Say what a path asks for."""
        del is_folder
        folder, _, filename = path.rpartition("/")
        if not folder:
            return IndexPath(path=path) if filename.endswith(".json") else None
        if folder.endswith("/shards"):
            return ShardPath(partition=folder.removesuffix("/shards"), sha256=filename.removesuffix(".zst"))
        if "/" in folder:
            return None
        if filename.endswith(".json"):
            return IndexPath(path=path)
        return ArtifactPath(partition=folder, name=filename.partition("-")[0], filename=filename)

    def artifacts(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files of a shard."""
        return tuple(
            ArtifactRef(
                ckey=f"{partition}/{record.filename}",
                filename=record.filename,
                url=record.url,
                expected=Expected(digest=Digest.parse(record.digest), size_bytes=record.size_bytes),
            )
            for record in msgspec.json.decode(payload, type=list[FileRecord])
        )

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay the lists of files after each other."""
        lists = [msgspec.json.decode(payload, type=list[msgspec.Raw]) for payload in payloads]
        return msgspec.json.encode([record for records in lists for record in records]), ()

    def empty_index(self, path: str) -> bytes | None:
        """Render the empty index of a known partition."""
        folder, _, filename = path.rpartition("/")
        is_known = folder in PARTITIONS and filename in (INDEX, "extra.json")
        return b'{"packages":{}}' if is_known or path == "notices.json" else None


class FakeLeases:
    """Leases in memory; a test ends one as the bucket would, by taking it out of `holders`."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.is_down = False
        self.was_refused = asyncio.Event()

    async def take(self, key: str, holder: str) -> bool:
        """Take or renew."""
        self._check()
        if self.holders.setdefault(key, holder) == holder:
            return True
        self.was_refused.set()
        return False

    async def release(self, key: str, holder: str) -> None:
        """Give back."""
        self._check()
        if self.holders.get(key) == holder:
            del self.holders[key]

    def _check(self) -> None:
        if self.is_down:
            raise StoreUnavailable("NATS does not answer")


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time


class CountingIds:
    """Identifiers that count up."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

    def new(self) -> str:
        """Return the next one."""
        return f"{next(self._numbers):032x}"
