"""The peers on the same files: a plain parallel download, and py-rattler's index function.

Run as `python -m tests.benchmarks.peers plain|fsync URL FOLDER`, or `… index FOLDER`.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import aiohttp
import msgspec
import rattler.index

from tests.benchmarks.measure import Stopwatch
from tests.support.conda_index import Form

_CONNECTIONS = 16
BENCHMARK = "active mirror"


class Durability(StrEnum):
    """Whether a file is safe on disk before it counts."""

    PLAIN = "plain"
    FSYNC = "fsync"


class Listed(msgspec.Struct, frozen=True):
    """What a download needs to know of a file."""

    sha256: str
    size: int


async def download(url: str, folder: Path, *, watch: Stopwatch, durability: Durability) -> None:
    """Fetch all files of a channel's noarch, hash them, write them."""
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"{url}/noarch/{Form.JSON}") as answer:
            repodata = msgspec.json.decode(await answer.read())
        wanted = msgspec.convert({**repodata["packages"], **repodata["packages.conda"]}, dict[str, Listed])
        queue = iter(wanted.items())

        async def fetch_some() -> None:
            for filename, file in queue:
                await _fetch(session, f"{url}/noarch/{filename}", folder / filename, file, durability)

        size_bytes = sum(file.size for file in wanted.values())
        with watch.step("download, sha256, write", items=len(wanted), unit="files", size_bytes=size_bytes):
            async with asyncio.TaskGroup() as group:
                for _ in range(_CONNECTIONS):
                    group.create_task(fetch_some())


async def _fetch(session: aiohttp.ClientSession, url: str, path: Path, file: Listed, durability: Durability) -> None:
    digest = hashlib.sha256()
    async with session.get(url) as answer:
        with path.open("wb") as out:
            async for piece in answer.content.iter_any():
                digest.update(piece)
                out.write(piece)
            if durability is Durability.FSYNC:
                out.flush()
                os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        raise ValueError(url)


def main(arguments: Sequence[str]) -> None:
    """Measure one peer, and leave without py-rattler's own clean-up, which can crash."""
    what, *rest = arguments
    if what == "index":
        watch = Stopwatch(BENCHMARK, who="py-rattler index_fs")
        folder = Path(rest[0])
        files = sum(path.suffix == ".conda" for path in (folder / "noarch").iterdir())
        with watch.step("index files that are there", items=files, unit="files", note="json, zst, shards"):
            asyncio.run(rattler.index.index_fs(folder))
    else:
        durability = Durability(what)
        watch = Stopwatch(BENCHMARK, who=f"aiohttp, {_CONNECTIONS} connections, {durability}")
        asyncio.run(download(rest[0], Path(rest[1]), watch=watch, durability=durability))
    watch.print()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
