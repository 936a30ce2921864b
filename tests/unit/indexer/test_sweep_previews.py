"""Sweeping beside previews of mirrors: what one was decided on stays as long as it is kept."""

import random
from datetime import UTC, datetime, timedelta

import msgspec

from libs.common.contracts.policy_messages import MirrorPreview as PreviewWish
from libs.common.deciding.explain_files import DecisionWish, open_explainer
from libs.common.deciding.read_stored import Stored
from libs.common.domain.catalogue import decode_catalogue
from libs.common.domain.evaluation import decode_evaluation
from libs.common.domain.garbage import Kind
from libs.common.domain.manifest import decode_manifest
from libs.common.domain.mirror_preview import MirrorPreview, PreviewResult
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import read_all
from libs.common.runtime.clock import RandomIds
from services.scheduler.preview_mirror import PreviewPorts, preview_mirror
from tests.support.packages import a_package
from tests.support.records import a_channel
from tests.unit.indexer.swept_world import SweptWorld

PACKAGES = (a_package("alpha"), a_package("beta"), a_package("gamma"))


async def begin(world: SweptWorld) -> PreviewWish:
    """Ask for a preview of a mirror that is not there yet."""
    now = datetime.now(UTC)
    await world.records.channels.add(a_channel())
    mirror = msgspec.structs.replace(world.mirror, id="p1")
    asked = MirrorPreview(id="p1", mirror=mirror, is_new=True, requested_at=now, expires_at=now + timedelta(days=1))
    await world.records.mirror_previews.add(asked)
    return PreviewWish(preview_id="p1", channel=mirror.channel, channel_id=mirror.channel_id)


def ports_of(world: SweptWorld) -> PreviewPorts:
    """Return what a preview needs."""
    return PreviewPorts(previews=world.records.mirror_previews, run=world.ports(), ids=RandomIds())


async def result_of(world: SweptWorld) -> PreviewResult:
    """Return what came of the preview."""
    made = await world.records.mirror_previews.get("p1")
    assert made is not None
    assert made.result is not None, made.problem
    return made.result


async def readable(world: SweptWorld, result: PreviewResult) -> list[str]:
    """Return the names of the files that the preview tells of."""
    stored = Stored(
        manifest=decode_manifest(await read_all(world.blobs, result.manifest)),
        evaluation=decode_evaluation(await read_all(world.blobs, result.evaluation)),
        catalogue=decode_catalogue(await read_all(world.blobs, result.catalogue)),
    )
    explainer = await open_explainer(
        stored, ecosystem=ecosystem(world.mirror.type), shards=world.records.shards, blobs=world.blobs
    )
    page = await explainer.page(DecisionWish(), after=None, limit=100)
    return [decision.name for decision in page.decisions]


async def test_what_a_preview_was_decided_on_stays_while_it_is_kept() -> None:
    """However old it is; once the preview has expired it goes."""
    world = SweptWorld(PACKAGES)
    await preview_mirror(await begin(world), ports=ports_of(world))
    result = await result_of(world)

    kept = await world.sweep()
    assert {kind: amount.count for kind, amount in kept.found.items() if amount.count} == {}
    assert await readable(world, result) == ["alpha", "beta", "gamma"]

    world.records.mirror_previews = type(world.records.mirror_previews)()
    gone = await world.sweep()
    assert gone.found[Kind.SHARDS].count == len(PACKAGES)
    assert gone.found[Kind.BLOBS].count == 3


async def test_a_preview_that_is_being_made_loses_nothing() -> None:
    """Wherever a sweep meets it."""
    for seed in range(5):
        world = SweptWorld(PACKAGES, dice=random.Random(seed))  # noqa: S311 - dice, no secret

        await world.swept_meanwhile(preview_mirror(await begin(world), ports=ports_of(world)))

        assert await readable(world, await result_of(world)) == ["alpha", "beta", "gamma"]
