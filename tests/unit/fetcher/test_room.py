"""How many batches a fetcher takes."""

import asyncio

from libs.common.contracts.messages import ArtifactFetch, FileToFetch
from services.fetcher.room import FileRoom


def a_batch(files: int) -> ArtifactFetch:
    """Return a batch of so many files."""
    wanted = tuple(FileToFetch(str(number), str(number), "sha256:0") for number in range(files))
    return ArtifactFetch(run_id="run", mirror_id="m", attempt=0, batch=0, origin="", files=wanted)


async def _has_room(room: FileRoom) -> bool:
    waiting = asyncio.create_task(room.wait())
    await asyncio.sleep(0)
    is_open = waiting.done()
    waiting.cancel()
    return is_open


async def test_batches_are_taken_until_files_wait() -> None:
    """One file in four may wait, so that none that comes in waits for the bus."""
    room = FileRoom(files_at_once=4)

    with room.hold(a_batch(1)), room.hold(a_batch(1)), room.hold(a_batch(1)), room.hold(a_batch(1)):
        assert await _has_room(room)
        with room.hold(a_batch(1)):
            assert not await _has_room(room)
        assert await _has_room(room)


async def test_a_batch_makes_room_file_by_file() -> None:
    """The next batch is there before the last file of this one is done."""
    room = FileRoom(files_at_once=4)
    batch = a_batch(6)

    with room.hold(batch):
        assert not await _has_room(room)
        room.done(batch)
        assert not await _has_room(room)
        room.done(batch)
        assert await _has_room(room)


async def test_a_batch_that_broke_holds_nothing() -> None:
    """Whatever became of its files, they are not in hand any more."""
    room = FileRoom(files_at_once=1)
    batch = a_batch(9)

    with room.hold(batch):
        room.done(batch)
    room.done(batch)

    assert await _has_room(room)
