"""Previews of policies, held against what the scheduler then does."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.policy_messages import ReportReady, ReportRequested
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.domain.report import ReportHead, ReportState
from libs.common.ports.blobs import read_all
from libs.common.reporting.policy_preview import PolicyPreview, PreviewWish, Uninstallable, decode_preview
from services.reporter.make_report import make_report
from tests.support.choices import SUBDIRS, rules, sources
from tests.support.packages import Package, a_package
from tests.support.records import a_mirror, a_rule
from tests.support.world import World
from tests.unit.reporter.report_world import AwayForTheWhole, report_ports

ALL_SUBDIRS = Filters(subdirs=SUBDIRS)
FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")


async def preview_of(world: World, *rules: Rule, report_id: str = "preview", **wish: object) -> PolicyPreview:
    """Ask for a preview, and return it."""
    head = await _head(world, rules, report_id=report_id, wish={"channel": "main", **wish})
    assert head.error is None, head.error
    assert head.blob is not None
    return decode_preview(await read_all(world.blobs, head.blob))


def found(preview: PolicyPreview) -> tuple[Uninstallable, ...]:
    """Return what could not be installed any more; it has been looked for."""
    assert preview.uninstallable is not None
    return preview.uninstallable


async def refusal_of(world: World, *rules: Rule, **wish: object) -> str:
    """Ask for a preview that can't be made, and return why not."""
    head = await _head(world, rules, report_id=f"refused-{sorted(wish.items())}-{len(rules)}", wish=wish)
    assert head.error is not None
    return head.error


async def _head(world: World, rules: Sequence[Rule], *, report_id: str, wish: dict[str, object]) -> ReportHead:
    wished = PreviewWish(rules=tuple(rules), **wish)  # type: ignore[arg-type]
    message = ReportRequested(report_id=report_id, kind="policy_preview", wish=msgspec.json.encode(wished).decode())
    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=world.bus))
    head = await world.records.kept_reports.get(report_id)
    assert head is not None
    return head


async def a_world(*packages: Package, **mirror: object) -> World:
    """Return a world whose mirror ran once."""
    world = World(**{"filters": ALL_SUBDIRS, **mirror})  # type: ignore[arg-type]
    world.offer(packages, subdirs=SUBDIRS)
    await world.run()
    return world


async def test_files_and_packages_that_would_go_are_named_with_their_rule() -> None:
    """With bytes, per mirror and in sum, and how many files each rule leaves out."""
    world = await a_world(FREE, COPYLEFT)

    preview = await preview_of(world, NO_GPL, policy_name="strict")

    (mirror,) = preview.mirrors
    assert (preview.title, mirror.mirror) == ("What policy strict would change in main", "forge")
    assert (mirror.before.files, mirror.after.files) == (2, 1)
    assert (
        (mirror.lost.files, mirror.lost.size_bytes)
        == (1, len(COPYLEFT.data))
        == (
            preview.lost.files,
            preview.lost.size_bytes,
        )
    )
    assert (mirror.packages_lost, mirror.packages_gained, mirror.gained.files) == (("beta",), (), 0)
    (file,) = mirror.files_lost
    assert (file.ckey, file.rule, file.reason) == (COPYLEFT.path, "no-gpl", "channel_filtered.license")
    assert [(rule.rule, rule.before, rule.after) for rule in mirror.rules] == [("no-gpl", 0, 1)]


async def test_a_preview_writes_nothing() -> None:
    """Neither shards nor a head; the report is all there is of it."""
    world = await a_world(FREE, a_package("alpha", "2.0", license_name="GPL-3.0-only"))
    shards = {digest async for digest in world.records.shards.digests()}
    head = await world.head()

    await preview_of(world, NO_GPL)

    assert {digest async for digest in world.records.shards.digests()} == shards
    assert await world.head() == head


async def test_an_edit_is_previewed_wherever_the_policy_is_in_force() -> None:
    """A mirror with a policy of its own is not touched by its channel's."""
    world = await a_world(FREE, COPYLEFT)
    policy = await world.put_policy(NO_GPL)
    await world.look_at_rules()

    preview = await preview_of(world, channel=None, policy_id=policy.id, policy_name=policy.name)

    assert (preview.gained.files, preview.lost.files) == (1, 0)
    await world.edit(policy_id="id-of-another")
    assert "nowhere" in await refusal_of(world, policy_id=policy.id)
    assert "no mirror that its policy" in await refusal_of(world, channel="main")
    own = await preview_of(world, NO_GPL, mirror_id=world.mirror.id, report_id="own")
    assert own.mirrors[0].rules[0].reason == "mirror_filtered.license"


async def test_what_can_not_be_previewed_is_told_in_words() -> None:
    """No such channel or mirror, no run yet, rules that make no sense."""
    world = await a_world(FREE)
    bad = Rule(id="bad", action=Action.EXCLUDE, where=Where(spec=("alpha >=>2",)))

    assert await refusal_of(world, channel="other") == "there is no channel other"
    assert "no mirror nothing" in await refusal_of(world, channel="main", mirror_id="nothing")
    assert "alpha >=>2" in await refusal_of(world, bad, channel="main")


async def test_mirrors_that_have_not_run_are_named() -> None:
    """Nothing is known of their sources."""
    world = await a_world(FREE)
    await world.records.mirrors.add(a_mirror("second", position=1))

    assert (await preview_of(world, NO_GPL)).not_yet_run == ("second",)


@settings(max_examples=60, deadline=None)
@given(
    source=st.tuples(sources(), sources()),
    old=rules(),
    new=rules(),
    mode=st.sampled_from(MirrorMode),
    removals=st.sampled_from(UpstreamRemovals),
)
def test_a_preview_is_what_the_scheduler_then_does_file_for_file(
    source: tuple[tuple[Package, ...], tuple[Package, ...]],
    old: tuple[Rule, ...],
    new: tuple[Rule, ...],
    mode: MirrorMode,
    removals: UpstreamRemovals,
) -> None:
    """For any source that changes, any policies, active and passive; an active mirror once it has fetched."""
    first, later = source

    async def check() -> None:
        world = World(mode=mode, upstream_removals=removals, filters=ALL_SUBDIRS)
        world.offer(first, subdirs=SUBDIRS)
        execution = await world.begin()
        await world.put_policy(*old)
        await execution.execute()
        world.offer(later, subdirs=SUBDIRS)
        await world.run()
        before = await world.listed()

        preview = await preview_of(world, *new, solves=False, policy_id="id-of-production")
        await world.put_policy(*new)
        await world.look_at_rules()
        if (await world.head()).wants_run:
            await world.run()

        after, (mirror,) = await world.listed(), preview.mirrors
        told = {file.ckey for file in mirror.files_gained}, {file.ckey for file in mirror.files_lost}
        assert told == (after.keys() - before.keys(), before.keys() - after.keys())
        assert (mirror.before.files, mirror.after.files) == (len(before), len(after))
        assert (mirror.gained.files, mirror.lost.files) == tuple(map(len, told))
        sizes = {package.path: len(package.data) for package in (*first, *later)}
        assert (mirror.gained.size_bytes, mirror.lost.size_bytes) == tuple(sum(map(sizes.get, each)) for each in told)  # type: ignore[arg-type] # all are there
        excluded = (await world.head()).counts
        assert excluded is not None
        assert sum(rule.after for rule in mirror.rules) == sum(excluded.excluded.values())

    asyncio.run(check())


async def test_packages_that_lose_a_dependency_are_told_by_a_solve() -> None:
    """What needs them goes, too; what has another version left stays."""
    world = await a_world(
        a_package("app", depends=["lib >=2"]),
        a_package("suite", depends=["app"]),
        a_package("lib", "1.0"),
        a_package("lib", "2.0", license_name="GPL-3.0-only"),
        a_package("modest", depends=["lib"]),
        a_package("other"),
    )

    preview = await preview_of(world, NO_GPL)

    assert [(one.name, one.goes, one.rule) for one in found(preview)] == [
        ("app", "lib >=2", "no-gpl"),
        ("suite", "lib >=2", "no-gpl"),
    ]
    assert all("lib >=2" in " ".join(one.reasons) for one in found(preview))
    assert preview.unsolved == 0


async def test_the_difference_is_kept_before_it_is_solved_and_made_again_where_the_reporter_is_killed() -> None:
    """Ready is said once, of the whole, which is then in its place."""
    world = await a_world(a_package("app", depends=["beta"]), COPYLEFT)
    ports = report_ports(world.records, blobs=world.blobs, bus=world.bus)
    breaking = msgspec.structs.replace(ports, kept_reports=AwayForTheWhole(ports.kept_reports))
    wish = msgspec.json.encode(PreviewWish(rules=(NO_GPL,), channel="main")).decode()
    message = ReportRequested(report_id="preview", kind="policy_preview", wish=wish)
    said = len(world.bus.said)

    with pytest.raises(StoreUnavailable):
        await make_report(message, ports=breaking)

    solving = await world.records.kept_reports.get("preview")
    assert solving is not None
    assert solving.blob is not None
    known = decode_preview(await read_all(world.blobs, solving.blob))
    assert (solving.state, known.lost.files, known.uninstallable) == (ReportState.SOLVING, 1, None)
    assert world.bus.said[said:] == []

    await make_report(message, ports=ports)
    await make_report(message, ports=ports)

    whole = await world.records.kept_reports.get("preview")
    assert whole is not None
    assert whole.blob is not None
    preview = decode_preview(await read_all(world.blobs, whole.blob))
    assert (whole.state, preview.lost, [one.name for one in found(preview)]) == (ReportState.DONE, known.lost, ["app"])
    assert {type(it) for it in world.bus.said[said:]} == {ReportReady}


@pytest.mark.parametrize(
    ("rules", "solves"), [((), True), ((NO_GPL,), False)], ids=["nothing is lost", "it is not wanted"]
)
async def test_where_nothing_is_to_be_solved_the_difference_is_the_whole(
    rules: tuple[Rule, ...], *, solves: bool
) -> None:
    """It is never told to be solved."""
    world = await a_world(FREE, COPYLEFT)
    ports = report_ports(world.records, blobs=world.blobs, bus=world.bus)
    breaking = msgspec.structs.replace(ports, kept_reports=AwayForTheWhole(ports.kept_reports))
    wish = msgspec.json.encode(PreviewWish(rules=rules, channel="main", solves=solves)).decode()

    with pytest.raises(StoreUnavailable):
        await make_report(ReportRequested(report_id="p", kind="policy_preview", wish=wish), ports=breaking)

    assert await world.records.kept_reports.get("p") is None
    assert found(await preview_of(world, *rules, solves=solves)) == ()


async def test_a_clash_that_only_a_solver_sees_is_seen() -> None:
    """Each dependency can still be met, but no longer all of them together."""
    world = await a_world(
        a_package("app", "1.0", depends=["left", "right"]),
        a_package("left", "1.0", depends=["core 1.0.*"]),
        a_package("left", "2.0", depends=["core 2.0.*"], license_name="GPL-3.0-only"),
        a_package("right", "1.0", depends=["core 2.0.*"]),
        a_package("core", "1.0"),
        a_package("core", "2.0"),
    )

    preview = await preview_of(world, NO_GPL)

    assert [one.name for one in found(preview)] == ["app"]


async def test_what_another_mirror_brings_is_no_loss() -> None:
    """The channel is looked at as a whole."""
    world = await a_world(a_package("app", depends=["lib"]), a_package("lib", license_name="GPL-3.0-only"))
    second = a_mirror("second", position=1, source_root=world.mirror.source_root, filters=ALL_SUBDIRS)
    await world.records.mirrors.add(msgspec.structs.replace(second, policy_id="id-of-own"))
    head = await world.head()
    await world.records.catalogue_heads.move(msgspec.structs.replace(head, mirror_id=second.id))

    preview = await preview_of(world, NO_GPL)

    assert preview.mirrors[0].packages_lost == ("lib",)
    assert preview.uninstallable == ()


async def test_a_package_that_could_not_be_installed_before_is_no_loss() -> None:
    """It needs something that no source has."""
    world = await a_world(a_package("app", depends=["lib", "nowhere"]), a_package("lib", license_name="GPL-3.0-only"))

    assert (await preview_of(world, NO_GPL)).uninstallable == ()


async def test_platforms_are_told_apart() -> None:
    """What goes on one platform may stay on another."""
    world = await a_world(
        a_package("app", depends=["lib"]),
        a_package("lib", subdir="linux-64"),
        a_package("lib", subdir="win-64"),
        filters=Filters(subdirs=("noarch", "linux-64", "win-64")),
    )
    world.offer(
        [a_package("app", depends=["lib"]), a_package("lib", subdir="linux-64"), a_package("lib", subdir="win-64")],
        subdirs=("noarch", "linux-64", "win-64"),
    )
    await world.run()
    no_windows = Rule(id="no-windows", action=Action.REQUIRE, where=Where(platform=Among(not_in=("win-64",))))

    (only,) = found(await preview_of(world, no_windows))

    assert msgspec.structs.replace(only, reasons=()) == Uninstallable(
        name="app", channel="main", platform="win-64", goes="lib", rule="no-windows", policy="preview"
    )
