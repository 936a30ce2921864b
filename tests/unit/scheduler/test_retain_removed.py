"""What upstream removed: followed, or kept as the mirror says."""

import pytest

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.catalogue import CatalogueEntry
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import put_bytes
from tests.support.conda_index import Form
from tests.support.packages import Package, a_package
from tests.support.world import World

KEEP = UpstreamRemovals.KEEP
FOLLOW = UpstreamRemovals.FOLLOW

OLD, NEW = a_package("alpha", "1.0"), a_package("alpha", "2.0")
GONE = a_package("beta", "1.0")
OTHER = a_package("gamma", "1.0")


async def a_world(
    *packages: Package, mode: MirrorMode = MirrorMode.ACTIVE, form: Form = Form.ZST, **mirror: object
) -> World:
    """Return a world whose mirror keeps what upstream removes, and ran once."""
    changes: dict[str, object] = {"upstream_removals": KEEP, "filters": Filters(subdirs=("noarch",)), **mirror}
    world = World(packages, forms=(form,), mode=mode, **changes)
    await world.run()
    world.bus.said.clear()
    return world


async def entries(world: World) -> dict[str, CatalogueEntry]:
    """Return what the mirror holds, by name."""
    return (await world.catalogue()).parts["noarch"].entries


async def digests(world: World) -> dict[str, str]:
    """Return the files that the mirror lists, by path, and their digests."""
    catalogue = await world.catalogue()
    found: dict[str, str] = {}
    for partition, part in catalogue.parts.items():
        shards = [entry.shard for entry in part.entries.values() if entry.shard is not None]
        for payload in (await world.records.shards.get(shards)).values():
            for artifact in ecosystem(catalogue.type).artifacts(payload, partition=partition):
                found[artifact.ckey] = artifact.expected.digest.hex
    return found


def of(*packages: Package) -> dict[str, str]:
    """Return the paths and digests of packages."""
    return {package.path: package.sha256 for package in packages}


def asked_for(world: World) -> list[str]:
    """Return the files that fetchers were asked for."""
    return [file.ckey for message in world.said(ArtifactFetch) for file in message.files]  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST])
async def test_a_file_and_a_name_that_upstream_removed_stay_as_they_were(form: Form) -> None:
    """Beside what is new; nothing is counted as removed, nor asked for again."""
    world = await a_world(OLD, GONE, OTHER, form=form)
    world.offer([NEW, OTHER])
    run = await world.run()

    assert await digests(world) == of(OLD, NEW, GONE, OTHER)
    assert (run.counts.removed, run.counts.active) == (0, 4)
    assert asked_for(world) == [NEW.path]
    assert {name: entry.retained for name, entry in (await entries(world)).items()} == {
        "alpha": 1,
        "beta": 1,
        "gamma": 0,
    }


async def test_a_mirror_that_follows_lets_it_go() -> None:
    """The default."""
    world = await a_world(OLD, GONE, upstream_removals=FOLLOW)
    world.offer([NEW])
    run = await world.run()

    assert await digests(world) == of(NEW)
    assert run.counts.removed == 2


async def test_an_edit_applies_from_the_next_run() -> None:
    """A run that goes on is of the mirror as it was when it began."""
    world = await a_world(OLD, GONE, OTHER)
    world.offer([NEW, OTHER])
    going = await world.begin()
    await world.edit(upstream_removals=FOLLOW, name="renamed")
    await going.execute()
    assert await digests(world) == of(OLD, NEW, GONE, OTHER)

    await world.run()
    assert await digests(world) == of(NEW, OTHER)


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST])
async def test_a_run_without_news_leaves_what_is_kept_as_it_is(form: Form) -> None:
    """No new catalogue, so nothing is published."""
    world = await a_world(OLD, GONE, OTHER, form=form)
    world.offer([NEW, OTHER])
    await world.run()
    before = await world.records.catalogue_heads.get(world.mirror.id)
    world.bus.said.clear()
    run = await world.run()

    assert await world.records.catalogue_heads.get(world.mirror.id) == before
    assert (run.counts.removed, run.counts.active, asked_for(world)) == (0, 4, [])


async def test_what_is_kept_lasts_through_further_changes() -> None:
    """Each run takes it over from the last."""
    world = await a_world(OLD, OTHER)
    third = a_package("alpha", "3.0")
    world.offer([NEW, OTHER])
    await world.run()
    world.offer([third, OTHER])
    run = await world.run()

    assert await digests(world) == of(OLD, NEW, third, OTHER)
    assert run.counts.removed == 0


async def test_a_replaced_file_follows_upstream() -> None:
    """The same name with other bytes is not a removal."""
    replaced = a_package("alpha", "1.0", padding_bytes=99)
    world = await a_world(OLD, GONE)
    world.offer([replaced])
    await world.run()

    assert await digests(world) == of(replaced, GONE)
    assert asked_for(world) == [replaced.path]


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST])
@pytest.mark.parametrize("mode", list(MirrorMode))
async def test_a_name_that_comes_back_follows_upstream(mode: MirrorMode, form: Form) -> None:
    """As it was, in full: also the files that could not be kept meanwhile."""
    world = await a_world(OLD, NEW, OTHER, mode=mode, form=form)
    await put_bytes(world.blobs, OLD.data)
    world.offer([OTHER])
    await world.run()
    world.offer([OLD, NEW, OTHER])
    await world.run()

    assert await digests(world) == of(OLD, NEW, OTHER)
    assert not any(entry.retained for entry in (await entries(world)).values())


async def test_of_a_passive_mirror_only_what_is_stored_is_kept() -> None:
    """A file that nobody has any more would be listed and could not be had."""
    world = await a_world(OLD, NEW, GONE, OTHER, mode=MirrorMode.PASSIVE)
    await put_bytes(world.blobs, OLD.data)
    world.offer([OTHER])
    run = await world.run()

    assert await digests(world) == of(OLD, OTHER)
    assert (run.counts.passive, run.counts.removed) == (2, 2)


async def test_what_the_rules_exclude_goes() -> None:
    """Keeping is about what upstream does; what an administrator excludes is excluded."""
    world = await a_world(OLD, GONE, OTHER)
    world.offer([NEW, OTHER])
    await world.run()
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_specs=("beta", "alpha ==1.0")))
    run = await world.run()

    assert await digests(world) == of(NEW, OTHER)
    assert run.counts.removed == 2
    assert run.counts.excluded == {}


async def test_a_new_rule_that_lets_it_in_keeps_it() -> None:
    """All is decided anew, what upstream removed as well."""
    world = await a_world(OLD, GONE, OTHER)
    world.offer([NEW, OTHER])
    await world.run()
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_specs=("gamma",)))
    run = await world.run()

    assert await digests(world) == of(OLD, NEW, GONE)
    assert (run.counts.removed, run.counts.excluded) == (1, {"mirror_filtered.exclude_specs": 1})


async def test_what_upstream_has_and_the_rules_exclude_is_not_kept() -> None:
    """It was not removed by upstream."""
    world = await a_world(OLD, NEW)
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_specs=("alpha ==1.0",)))
    run = await world.run()

    assert await digests(world) == of(NEW)
    assert run.counts.removed == 1


async def test_a_mirror_that_begins_to_follow_lets_go_what_it_kept() -> None:
    """In its next run, though the source says that nothing changed."""
    world = await a_world(OLD, GONE, OTHER)
    world.offer([NEW, OTHER])
    await world.run()
    await world.edit(upstream_removals=FOLLOW)
    run = await world.run()

    assert await digests(world) == of(NEW, OTHER)
    assert run.counts.removed == 2


async def test_a_subdir_that_upstream_removed_stays_until_it_is_not_chosen_any_more() -> None:
    """`filters.subdirs` is a rule like the others."""
    native = a_package("native", subdir="linux-64")
    world = World([OLD], mode=MirrorMode.ACTIVE, upstream_removals=KEEP)
    world.offer([OLD, native], subdirs=("noarch", "linux-64"))
    await world.run()
    world.offer([OLD])
    await world.run()
    assert await digests(world) == of(OLD, native)

    await world.edit(filters=Filters(subdirs=("noarch",)))
    run = await world.run()
    assert await digests(world) == of(OLD)
    assert run.counts.removed == 1


async def test_a_new_file_that_is_broken_does_not_take_a_kept_one_with_it() -> None:
    """The name is decided and fetched again in the next run, with what was kept."""
    world = await a_world(OLD, OTHER)
    world.broken = frozenset({NEW.path})
    world.offer([NEW, OTHER])
    await world.run()
    assert await digests(world) == of(OLD, OTHER)

    world.broken = frozenset()
    run = await world.run()
    assert await digests(world) == of(OLD, NEW, OTHER)
    assert run.counts.removed == 0
