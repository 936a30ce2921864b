"""Partial files: who owns them, whatever is killed, and when they go."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.partials import taken
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.blobs import read_all
from tests.support.eventually import eventually
from tests.support.real_data import ROOT

DATA = bytes(range(256)) * 4096
DIGEST = Digest("sha256", sha256_of(DATA))
EXPECTED = Expected(digest=DIGEST, size_bytes=len(DATA))

_KILLED_IN_THE_MIDDLE = """
import asyncio, os, signal, sys
from pathlib import Path
from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.domain.digest import Digest

async def main():
    spool = await FileBlobStore(Path(sys.argv[1])).resume(Digest.parse(sys.argv[2]))
    spool.write(bytes(range(256)) * 1000)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def _be_killed_in_the_middle(root: Path) -> None:
    command = [sys.executable, "-c", _KILLED_IN_THE_MIDDLE, str(root), str(DIGEST)]
    subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _partial(root: Path) -> Path:
    return root / "partial" / f"sha256-{DIGEST.hex}"


async def test_a_killed_process_leaves_its_part(tmp_path: Path) -> None:
    """Neither the bytes nor the name are lost with who held them."""
    await asyncio.to_thread(_be_killed_in_the_middle, tmp_path)
    store = FileBlobStore(tmp_path)

    spool = await store.resume(DIGEST)
    assert spool.size_bytes == 256_000
    spool.write(DATA[spool.size_bytes :])
    blob = await store.commit(spool, expected=EXPECTED)

    assert await read_all(store, blob.sha256) == DATA
    assert list((tmp_path / "partial").iterdir()) == []


async def test_another_process_waits_for_nothing(tmp_path: Path) -> None:
    """While one holds the part another begins its own, and takes nothing from it."""
    first, second = FileBlobStore(tmp_path), FileBlobStore(tmp_path)
    holder = await first.resume(DIGEST)
    holder.write(DATA[:1000])

    other = await second.resume(DIGEST)
    assert other.size_bytes == 0
    other.write(DATA)
    await second.commit(other, expected=EXPECTED)
    holder.write(DATA[1000:])

    assert (await first.commit(holder, expected=EXPECTED)).size_bytes == len(DATA)
    assert list((tmp_path / "partial").iterdir()) == []


async def test_a_cancelled_look_does_not_keep_the_part(tmp_path: Path) -> None:
    """A run may be stopped while what was left is read; whoever comes next gets it."""
    store = FileBlobStore(tmp_path)
    spool = await store.resume(DIGEST)
    spool.write(DATA)
    spool.keep()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> object:
        begun.set()
        await go_on.wait()
        return await store.resume(DIGEST)

    looking = asyncio.create_task(taken(slowly()))  # type: ignore[arg-type]
    await begun.wait()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    go_on.set()

    async with asyncio.timeout(10):
        while (again := await store.resume(DIGEST)).size_bytes == 0:
            again.keep()
    again.close()


async def test_a_disk_that_fails_at_the_end_does_not_cost_the_part(tmp_path: Path) -> None:
    """The bytes are good: when the disk works again, nothing is fetched again."""
    store = FileBlobStore(tmp_path)
    spool = await store.resume(DIGEST)
    spool.write(DATA)
    (tmp_path / "sha256").write_bytes(b"in the way")

    with pytest.raises(StoreUnavailable):
        await store.commit(spool, expected=EXPECTED)
    (tmp_path / "sha256").unlink()

    again = await store.resume(DIGEST)
    assert again.size_bytes == len(DATA)
    assert (await store.commit(again, expected=EXPECTED)).size_bytes == len(DATA)


async def test_parts_that_nobody_came_back_for_are_swept(tmp_path: Path) -> None:
    """After a week; what is held stays, however old."""
    store = FileBlobStore(tmp_path)
    held = await store.resume(DIGEST)
    held.write(DATA)
    old, fresh = tmp_path / "partial" / f"sha256-{'1' * 64}", tmp_path / "partial" / f"sha256-{'2' * 64}"
    for path in (old, fresh):
        path.write_bytes(b"half a pack")
    for path in (old, _partial(tmp_path)):
        long_ago = time.time() - 8 * 24 * 3600
        os.utime(path, (long_ago, long_ago))

    another = await FileBlobStore(tmp_path).resume(Digest("sha256", "3" * 64))
    another.close()

    eventually(lambda: not old.exists(), within_s=5, what="the old part to go")
    assert sorted((tmp_path / "partial").iterdir()) == sorted([fresh, _partial(tmp_path)])
    held.close()


async def test_the_oldest_parts_go_where_they_are_too_much(tmp_path: Path) -> None:
    """Whatever their age; what is held, and what is asked for now, counts and stays."""
    parts = [tmp_path / "partial" / f"sha256-{number:064x}" for number in range(5)]
    held = await FileBlobStore(tmp_path).resume(Digest("sha256", f"{0:064x}"))
    held.write(bytes(1000))
    for age_s, path in enumerate(reversed(parts)):
        with path.open("ab") as file:
            file.truncate(1000)
        os.utime(path, (time.time() - 60 * age_s,) * 2)

    asked = await FileBlobStore(tmp_path, partial_limit_bytes=3500).resume(Digest("sha256", f"{1:064x}"))

    assert asked.size_bytes == 1000
    assert sorted((tmp_path / "partial").iterdir()) == [parts[0], parts[1], parts[4]]
    for spool in (held, asked):
        spool.close()
