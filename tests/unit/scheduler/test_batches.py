"""How the files of a run are dealt out to fetchers."""

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.mirror import MirrorMode
from tests.support.packages import Package, a_package, many_packages
from tests.support.world import World

LARGE = tuple(a_package(f"large-{number}", padding_bytes=8_400_000) for number in range(2))
MIDDLE = tuple(a_package(f"middle-{number}", padding_bytes=2_500_000) for number in range(4))
SMALL = many_packages(70, padding_bytes=100)


async def _batches(*packages: Package) -> list[list[str]]:
    """Return the names of the files in each batch, as they were said."""
    world = World(packages, mode=MirrorMode.ACTIVE)
    await world.run()
    said = [message for message in world.said(ArtifactFetch) if isinstance(message, ArtifactFetch)]
    assert [message.batch for message in said] == list(range(len(said)))
    return [[file.ckey.removeprefix("noarch/") for file in message.files] for message in said]


async def test_a_large_file_is_a_batch_of_its_own() -> None:
    """Who has it has enough to do; no other file waits for it."""
    batches = await _batches(*SMALL[:1], *LARGE, *SMALL[1:2])

    assert batches == [[LARGE[0].filename], [LARGE[1].filename], [SMALL[0].filename, SMALL[1].filename]]


async def test_large_files_go_first() -> None:
    """What takes longest must not begin last."""
    batches = await _batches(*SMALL, *MIDDLE, *LARGE)

    assert [len(batch) for batch in batches[:3]] == [1, 1, 3]
    assert batches[2] == [package.filename for package in MIDDLE[:3]]
    assert batches[3][0] == MIDDLE[3].filename


async def test_small_files_share_messages() -> None:
    """One message for each of a million files would cost more than the files."""
    batches = await _batches(*SMALL)

    assert [len(batch) for batch in batches] == [32, 32, 6]
    assert [name for batch in batches for name in batch] == [package.filename for package in SMALL]
