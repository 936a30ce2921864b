"""Files that belong to package files, in runs."""

import asyncio

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.mirror import MirrorMode, UpstreamRemovals
from libs.common.domain.run import RunState
from libs.common.ports.blobs import put_bytes
from tests.support.python_index import Habits, Metadata
from tests.support.python_packages import a_wheel
from tests.support.python_world import PYTHON, SERIALS, PythonWorld


async def test_companions_are_fetched_and_never_counted() -> None:
    """They come in batches of their own."""
    files = [a_wheel("alpha", has_provenance=True), a_wheel("beta")]
    world = PythonWorld(files, mode=MirrorMode.ACTIVE)
    run = await world.run()
    asked = [file.ckey for message in world.said(ArtifactFetch) for file in message.files]  # type: ignore[attr-defined]

    assert sorted(asked) == sorted(
        [
            *(file.ckey for file in files),
            *(f"{file.ckey}.metadata" for file in files),
            f"{files[0].ckey}.provenance",
        ]
    )
    assert run.counts.active == run.counts.active_planned == 2
    assert run.counts.removed == 0


async def test_of_a_companion_that_is_not_there_nothing_is_said_any_more() -> None:
    """The file it belongs to is listed, and the next run does not ask for it again."""
    world = PythonWorld([a_wheel("alpha", has_provenance=True)], mode=MirrorMode.ACTIVE, habits=SERIALS)
    world.broken = frozenset({f"{a_wheel('alpha').ckey}.provenance"})
    run = await world.run()
    entry = (await world.catalogue()).parts["simple"].entries["alpha"]

    assert run.counts.active == 1
    assert (entry.files, entry.missing) == (1, 0)
    world.bus.said.clear()
    await world.run()
    assert not world.said(ArtifactFetch)


async def test_what_stands_in_stored_wheels_is_taken_out_where_the_source_serves_none() -> None:
    """Clients are served it then."""
    file = a_wheel("alpha")
    world = PythonWorld([file], mode=MirrorMode.ACTIVE, habits=Habits(metadata=Metadata.ABSENT))
    await world.run()
    digests = [digest async for digest in world.records.extracted.files()]

    assert [digest.hex for digest in digests] == [file.sha256]
    assert await world.records.extracted.get(digests[0]) == file.metadata


async def test_of_what_upstream_removed_only_stored_companions_are_spoken_of() -> None:
    """Nobody could fetch the others any more."""
    old, new = a_wheel("alpha", "1.0", has_provenance=True), a_wheel("alpha", "2.0")
    world = PythonWorld([old, new], upstream_removals=UpstreamRemovals.KEEP)
    await world.run()
    for data in (old.data, old.metadata):
        await put_bytes(world.blobs, data)
    world.offer_files([new])
    await world.run()
    shard = (await world.catalogue()).parts["simple"].entries["alpha"].shard
    assert shard is not None
    payload = (await world.records.shards.get([shard]))[shard]

    assert set(await world.listed()) == {old.ckey, new.ckey}
    assert [ref.ckey for ref in PYTHON.companions(payload, partition="simple")] == [
        f"{old.ckey}.metadata",
        f"{new.ckey}.metadata",
    ]


async def test_what_a_stopped_run_left_in_wheels_is_taken_out_by_the_next_one() -> None:
    """It is listed by then, and no file of it is planned."""
    files = [a_wheel(f"project-{number}") for number in range(70)]
    world = PythonWorld(files, mode=MirrorMode.ACTIVE, habits=Habits(metadata=Metadata.ABSENT))
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 3)
    first = world.said(ArtifactFetch)[0]
    assert isinstance(first, ArtifactFetch)
    await world.fetch(first)
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await work
    assert len(await world.listed()) == len(first.files)
    world.holds_fetching = False
    await world.run()
    looked_into = [digest.hex async for digest in world.records.extracted.files()]

    assert sorted(looked_into) == sorted(file.sha256 for file in files)
