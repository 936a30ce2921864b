"""Previews of mirrors: they say what the run then brings, and change nothing else."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.mirror_previews import MemoryMirrorPreviews
from libs.common.adapters.memory.shards import MemoryShards
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.contracts.policy_messages import MirrorPreview as PreviewWish
from libs.common.deciding.explain_files import DecisionWish, open_explainer
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.catalogue import decode_catalogue
from libs.common.domain.errors import StoreUnavailable, UpstreamRefused
from libs.common.domain.evaluation import FileDecision, decode_evaluation
from libs.common.domain.manifest import decode_manifest
from libs.common.domain.mirror import Filters, Mirror, MirrorMode, MirrorType, UpstreamRemovals
from libs.common.domain.mirror_preview import MirrorPreview, PreviewProblem, PreviewResult, PreviewState
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import read_all
from libs.common.ports.upstream import Fetched, NotModified
from libs.common.runtime.clock import RandomIds
from services.scheduler.preview_mirror import PreviewPorts, preview_mirror
from tests.support.cran_packages import an_r_package
from tests.support.cran_source import IndexFile, render_repository
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld
from tests.support.records import NOON, a_channel
from tests.support.world import ROOT, World

PACKAGES = (
    a_package("alpha", "1.0", license_name="MIT"),
    a_package("alpha", "2.0", license_name="GPL-3.0-only"),
    a_package("beta", "1.0", license_name="MIT", depends=("alpha >=2",)),
    a_package("gamma", "1.0", license_name="GPL-3.0-only"),
)
WHEELS = (
    a_wheel("alpha", "1.0", license_expression="MIT"),
    a_wheel("alpha", "2.0", license_expression="GPL-3.0-only"),
    a_wheel("beta", "1.0", license_expression="MIT"),
)
R_PACKAGES = (
    an_r_package("alpha", License="MIT + file LICENSE"),
    an_r_package("beta", License="GPL-3"),
    an_r_package("gamma", License="Apache License 2.0", Imports="alpha"),
)
NO_GPL = Filters(exclude_licenses=("GPL",))


def conda(**mirror: Any) -> World:
    """Return a world of a conda channel."""
    return World(PACKAGES, **mirror)


def python(**mirror: Any) -> World:
    """Return a world of a Python index."""
    return PythonWorld(WHEELS, **mirror)


def r(**mirror: Any) -> World:
    """Return a world of an R repository."""
    world = World((), **{"type": MirrorType.CRAN, **mirror})
    files = render_repository(R_PACKAGES, (IndexFile.GZ,))
    world.upstream.files = {f"{ROOT}/{path}": data for path, data in files.items()}
    world.upstream.files |= {f"{ROOT}/{package.path}": package.data for package in R_PACKAGES}
    return world


def ports_of(world: World, **changes: Any) -> PreviewPorts:
    """Return what a preview needs."""
    ports = PreviewPorts(previews=world.records.mirror_previews, run=world.ports(), ids=RandomIds())
    return msgspec.structs.replace(ports, **changes)


async def ask(world: World, *, mirror: Mirror | None = None, is_new: bool = True) -> PreviewWish:
    """Ask for a preview of a mirror that is not there yet, or of the world's as it would be edited."""
    if await world.records.channels.get(world.mirror.channel) is None:
        await world.records.channels.add(a_channel())
    wished = mirror or world.mirror
    preview = MirrorPreview(
        id="p1",
        mirror=msgspec.structs.replace(wished, id="p1") if is_new else wished,
        is_new=is_new,
        requested_at=NOON,
        expires_at=NOON,
    )
    assert await world.records.mirror_previews.add(preview)
    return PreviewWish(preview_id="p1", channel=wished.channel, channel_id=wished.channel_id)


async def preview_of(world: World, *, mirror: Mirror | None = None, is_new: bool = True) -> PreviewResult:
    """Make a preview, and return what came of it."""
    await preview_mirror(await ask(world, mirror=mirror, is_new=is_new), ports=ports_of(world))
    made = await world.records.mirror_previews.get("p1")
    assert made is not None
    assert made.state is PreviewState.DONE, made.problem
    assert made.result is not None
    return made.result


async def problem_of(world: World, **changes: Any) -> PreviewProblem:
    """Make a preview that fails, and return why."""
    await preview_mirror(await ask(world), ports=ports_of(world, **changes))
    made = await world.records.mirror_previews.get("p1")
    assert made is not None
    assert (made.state, made.result) == (PreviewState.FAILED, None)
    assert made.problem is not None
    return made.problem


async def files_of(world: World, result: PreviewResult) -> tuple[FileDecision, ...]:
    """Return what a preview says of every file."""
    stored = Stored(
        manifest=decode_manifest(await read_all(world.blobs, result.manifest)),
        evaluation=decode_evaluation(await read_all(world.blobs, result.evaluation)),
        catalogue=decode_catalogue(await read_all(world.blobs, result.catalogue)),
    )
    return await _explained(world, stored)


async def files_now(world: World) -> tuple[FileDecision, ...]:
    """Return what is decided of every file of the mirror."""
    head = await world.head()
    return await _explained(world, await read_head(head, blobs=world.blobs))


async def _explained(world: World, stored: Stored) -> tuple[FileDecision, ...]:
    explainer = await open_explainer(
        stored, ecosystem=ecosystem(world.mirror.type), shards=world.records.shards, blobs=world.blobs
    )
    return (await explainer.page(DecisionWish(), after=None, limit=1000)).decisions


NEEDED = Rule(id="needed", action=Action.REQUIRE, where=Where(name=("beta",)), include_dependencies=True)
FREE = Rule(id="free", action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))

MIRRORS: dict[str, Any] = {
    "conda, all": (conda, {}, ()),
    "conda, filtered": (conda, {"filters": NO_GPL}, ()),
    "conda, active": (conda, {"mode": MirrorMode.ACTIVE, "filters": Filters(only_specs=("alpha",))}, ()),
    "conda, a policy with what packages need": (conda, {}, (NEEDED,)),
    "Python, all": (python, {}, ()),
    "Python, a policy on licenses": (python, {}, (FREE,)),
    "Python, active": (python, {"mode": MirrorMode.ACTIVE, "filters": Filters(only_specs=("alpha>=2",))}, ()),
    "Python, named projects": (python, {"filters": Filters(projects=("beta",))}, ()),
    "R, all": (r, {}, ()),
    "R, filtered": (r, {"filters": NO_GPL}, ()),
    "R, active with a policy": (r, {"mode": MirrorMode.ACTIVE}, (FREE,)),
}


@pytest.mark.parametrize(("make", "mirror", "rules"), MIRRORS.values(), ids=MIRRORS)
async def test_a_preview_says_what_the_run_then_brings(
    make: Any, mirror: dict[str, Any], rules: tuple[Rule, ...]
) -> None:
    """File for file, with the same reasons; the run stores no shard that is not there already."""
    world = make(**mirror)
    await world.records.channels.add(a_channel())
    if rules:
        await world.put_policy(*rules)

    result = await preview_of(world)
    told = await files_of(world, result)
    left = [await world.records.catalogue_heads.all(), await world.records.mirrors.list(), tuple(world.bus.said)]
    shards = {digest async for digest in world.records.shards.digests()}
    await world.records.mirrors.add(world.mirror)
    await world.run()

    head = await world.head()
    assert left == [[], [], ()]
    assert head.counts is not None
    assert result.counts == head.counts
    assert told == await files_now(world)
    assert (
        result.packages.count
        == len(result.packages.names)
        == len({file.name for file in told if file.decision == "kept"})
    )
    assert sum(rule.excluded for rule in result.rules) == sum(head.counts.excluded.values())
    assert {digest async for digest in world.records.shards.digests()} == shards
    assert result.change is None


async def test_a_preview_of_an_edit_says_what_would_come_and_go() -> None:
    """The mirror has what it had, and its run asks for nothing that the preview asked for."""
    world = conda(filters=Filters(subdirs=("noarch",)))
    await world.run()
    before = await world.head()
    world.asked()

    result = await preview_of(
        world,
        mirror=msgspec.structs.replace(world.mirror, filters=Filters(subdirs=("noarch",), exclude_licenses=("GPL",))),
        is_new=False,
    )

    assert "noarch/repodata.json.zst" in world.asked()
    assert await world.head() == before
    assert result.change is not None
    assert (result.change.gained, result.change.lost, result.change.packages_lost.names) == (0, 2, ("gamma",))
    assert result.counts.files == 2


async def test_what_upstream_removed_and_an_edit_would_keep_is_counted() -> None:
    """As the run with that setting counts it."""
    world = conda(mode=MirrorMode.ACTIVE)
    await world.run()
    world.offer(PACKAGES[:2])
    keeping = msgspec.structs.replace(world.mirror, upstream_removals=UpstreamRemovals.KEEP)

    result = await preview_of(world, mirror=keeping, is_new=False)
    await world.edit(upstream_removals=UpstreamRemovals.KEEP)
    await world.run()

    head = await world.head()
    assert head.counts is not None
    assert result.counts.files == head.counts.files == 4


async def test_of_a_whole_index_few_projects_are_read() -> None:
    """What the filters name; the others are counted as unread, of an active mirror, too."""
    world = PythonWorld(WHEELS, eager_names=1, mode=MirrorMode.ACTIVE, filters=Filters(exclude_specs=("beta>=9",)))

    result = await preview_of(world)

    assert (result.counts.unread, result.counts.files) == (2, 0)
    assert result.packages.names == ("alpha", "beta")


async def test_a_source_that_is_wrong_is_an_outcome() -> None:
    """In the words of a run that fails."""
    world = conda()
    world.upstream.files = {}

    problem = await problem_of(world)

    assert problem.code == "upstream_missing"
    assert "no conda channel" in problem.detail


async def test_a_secret_is_used_and_not_told() -> None:
    """The source is asked with it; what it answers is told without."""
    world = conda()
    real = "http://ann:s3cret@source.example/conda"
    world.mirror = msgspec.structs.replace(
        world.mirror, source_root="http://****@source.example/conda", sealed_source=world.seal.seal(real)
    )
    for path in ("repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json", "repodata.json.bz2"):
        world.upstream.errors[f"{real}/noarch/{path}"] = [UpstreamRefused("it may not be read (401)")]

    problem = await problem_of(world)

    assert problem.code == "upstream_refused"
    assert "s3cret" not in repr(await world.records.mirror_previews.get("p1"))


async def test_a_channel_that_is_gone_is_an_outcome() -> None:
    """It may go while the preview is made."""
    world = conda()
    message = await ask(world)
    await world.records.channels.delete(world.mirror.channel)

    await preview_mirror(message, ports=ports_of(world))

    made = await world.records.mirror_previews.get("p1")
    assert made is not None
    assert made.problem is not None
    assert made.problem.code == "not_found"


async def test_a_preview_that_takes_too_long_says_so() -> None:
    """A run has the time."""
    problem = await problem_of(conda(), most_s=0.0)

    assert problem.code == "timeout"


class _Away(MemoryShards):
    """A store that does not answer."""

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Fail."""
        raise StoreUnavailable(f"{len(payloads)} shards were not taken")


async def test_a_store_that_is_away_makes_the_message_come_again() -> None:
    """Then it is made, once; a third time changes nothing."""
    world = conda()
    message = await ask(world)
    ports = ports_of(world)

    broken = msgspec.structs.replace(ports, run=msgspec.structs.replace(ports.run, shards=_Away()))
    with pytest.raises(StoreUnavailable):
        await preview_mirror(message, ports=broken)
    await preview_mirror(message, ports=ports)
    done = await world.records.mirror_previews.get("p1")
    await preview_mirror(message, ports=ports)

    assert done is not None
    assert done.state is PreviewState.DONE
    assert await world.records.mirror_previews.get("p1") == done


class _Stopped(MemoryMirrorPreviews):
    """Previews of which somebody stops each as soon as it is begun."""

    async def claim(self, preview_id: str, *, owner: str) -> MirrorPreview | None:
        """Become the owner, and lose it."""
        claimed = await super().claim(preview_id, owner=owner)
        await self.stop(preview_id, at=NOON, problem=PreviewProblem(code="stopped", detail="stopped"))
        return claimed


class _Silent(MemoryUpstream):
    """A source that never answers."""

    async def get(self, url: str, **_: Any) -> Fetched | NotModified:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError(url)


async def test_a_preview_that_is_stopped_is_given_up() -> None:
    """Also in the middle of reading."""
    world = conda()
    world.records.mirror_previews = _Stopped()
    message = await ask(world)
    silent = msgspec.structs.replace(world.ports(), upstream=_Silent())

    await preview_mirror(message, ports=ports_of(world, run=silent))

    made = await world.records.mirror_previews.get("p1")
    assert made is not None
    assert made.problem is not None
    assert made.problem.code == "stopped"
