"""What a change of rules does to a mirror's catalogue, without a run."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from libs.common.contracts.message import Message
from libs.common.contracts.messages import ArtifactFetch, MirrorRequested
from libs.common.contracts.policy_messages import CatalogueDecided
from libs.common.domain.errors import StoreUnavailable, UpstreamUnavailable
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, AgeIs, Among, Operator, Rule, Where
from libs.common.domain.run import RunState
from libs.common.ports.blobs import put_bytes
from services.scheduler.start_run import start_run
from tests.support.packages import Package, a_package
from tests.support.records import a_rule, an_event
from tests.support.world import World

FREE = a_package("alpha", "1.0", license_name="MIT")
NEWER = a_package("alpha", "2.0", license_name="GPL-3.0-only")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")
NO_ALPHA = Rule(id="no-alpha", action=Action.EXCLUDE, where=Where(name=("alpha",)))
NOARCH = Filters(subdirs=("noarch",))
ACTIVE = MirrorMode.ACTIVE


class MovableClock:
    """The time as it is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return it."""
        return self.at


async def a_world(*packages: Package, **mirror: Any) -> World:
    """Return a world whose mirror ran once, with nothing said and nothing asked since."""
    world = World(packages or (FREE, NEWER, COPYLEFT), **{"filters": NOARCH, **mirror})
    await world.run()
    world.bus.said.clear()
    world.asked()
    return world


def of(*packages: Package) -> dict[str, str]:
    """Return the paths and digests of packages."""
    return {package.path: package.sha256 for package in packages}


def decided(world: World) -> list[CatalogueDecided]:
    """Return what was said of decisions without a run."""
    return [message for message in world.bus.said if isinstance(message, CatalogueDecided)]


async def test_a_policy_acts_on_a_passive_mirror_without_asking_its_source() -> None:
    """What it drops is gone, what it lets in again is back, and both are told."""
    world = await a_world()

    await world.put_policy(NO_GPL)
    await world.look_at_rules()

    assert await world.listed() == of(FREE)
    head = await world.head()
    assert head.counts is not None
    assert (head.counts.files, head.counts.excluded) == (1, {"channel_filtered.license": 2})
    await world.put_policy()
    await world.look_at_rules()
    assert await world.listed() == of(FREE, NEWER, COPYLEFT)
    assert world.asked() == []
    assert [(it.cause, it.files, it.added, it.removed) for it in decided(world)] == [
        ("policy production, revision 1", 1, 0, 2),
        ("no policy any more", 3, 2, 0),
    ]
    assert world.said(MirrorRequested) == []


async def test_where_nothing_changed_nothing_is_written_or_said() -> None:
    """The look goes on for ever, over all mirrors."""
    world = await a_world()
    await world.put_policy(NO_GPL)
    await world.look_at_rules()
    world.bus.said.clear()
    before = await world.head()

    await world.look_at_rules()
    await world.put_policy(NO_GPL, name="same-rules")
    await world.assign("id-of-production")
    await world.look_at_rules()

    assert (await world.head(), world.bus.said) == (before, [])


async def test_the_mirrors_own_policy_overrides_the_channels() -> None:
    """It is counted as the mirror's."""
    world = await a_world()
    await world.put_policy(NO_GPL)
    own = await world.put_policy(NO_ALPHA, name="own")
    await world.assign("id-of-production")
    await world.edit(policy_id=own.id)

    await world.look_at_rules()

    assert await world.listed() == of(COPYLEFT)
    counts = (await world.head()).counts
    assert counts is not None
    assert counts.excluded == {"mirror_filtered.exclude_specs": 2}


async def test_edited_filters_act_at_once() -> None:
    """The mirror's and the channel's, both of which must let a file in."""
    world = await a_world()
    await world.edit(filters=Filters(subdirs=("noarch",), exclude_licenses=("gpl",)))
    await world.look_at_rules()
    assert await world.listed() == of(FREE)

    await world.edit(filters=NOARCH)
    filters = {"exclude_specs": msgspec.Raw(b'["alpha"]')}
    await world.records.channels.update(world.mirror.channel, {"filters": filters})
    await world.look_at_rules()

    assert await world.listed() == of(COPYLEFT)
    assert [it.cause for it in decided(world)] == ["filters", "filters"]


async def test_an_active_mirror_drops_at_once_and_has_the_rest_fetched() -> None:
    """What is newly let in and not stored is missing until the run that is asked for."""
    world = World((FREE, NEWER, COPYLEFT), filters=NOARCH, mode=ACTIVE)
    execution = await world.begin()
    await world.put_policy(NO_GPL)
    await execution.execute()
    assert await world.listed() == of(FREE)

    await world.put_policy(NO_ALPHA)
    await world.look_at_rules()

    head = await world.head()
    assert (await world.listed(), head.wants_run) == ({}, True)
    (wanted,) = world.said(MirrorRequested)
    assert isinstance(wanted, MirrorRequested)
    assert (wanted.channel, wanted.mirror, wanted.trigger) == ("main", "forge", "event")
    run = await world.run()
    assert run.state is RunState.COMPLETED
    assert (await world.listed(), (await world.head()).wants_run) == (of(COPYLEFT), False)


async def test_what_an_active_mirror_has_stored_is_listed_at_once() -> None:
    """A policy that is taken back costs no download and no run."""
    world = await a_world(mode=ACTIVE)
    await world.put_policy(NO_GPL)
    await world.look_at_rules()
    assert await world.listed() == of(FREE)

    await world.assign(None)
    await world.look_at_rules()

    assert await world.listed() == of(FREE, NEWER, COPYLEFT)
    assert not (await world.head()).wants_run
    assert (world.said(MirrorRequested), world.asked()) == ([], [])


async def test_a_wanted_run_is_asked_for_when_none_is_active_and_not_again_when_it_was() -> None:
    """A source that is away is not asked again by every look."""
    world = World((FREE, COPYLEFT), filters=NOARCH, mode=ACTIVE)
    execution = await world.begin()
    await world.put_policy(NO_GPL)
    await execution.execute()
    other = await world.begin()
    await world.put_policy()
    await world.look_at_rules()
    assert (await world.head()).wants_run
    assert world.said(MirrorRequested) == []

    await other.fail("on purpose")
    await world.look_at_rules()
    (wanted,) = world.said(MirrorRequested)
    assert isinstance(wanted, MirrorRequested)
    run = await start_run(
        wanted,
        event=an_event("wanted"),
        at=datetime.now(UTC),
        channels=world.records.channels,
        mirrors=world.records.mirrors,
        runs=world.records.runs,
        bus=world.bus,
    )
    execution = await world.claim(run.id)
    await execution.fail("on purpose again")
    world.bus.said.clear()
    await world.look_at_rules()

    assert (await world.head()).wants_run
    assert world.said(MirrorRequested) == []


async def test_two_schedulers_that_decide_at_once_say_one_thing() -> None:
    """One of them moves the head."""
    world = await a_world()
    await world.put_policy(NO_GPL)

    await asyncio.gather(*(world.look_at_rules() for _ in range(3)))

    assert await world.listed() == of(FREE)
    assert len(decided(world)) == 1


async def test_what_was_decided_is_said_by_the_next_look_where_the_bus_was_away() -> None:
    """So it is where the process died between storing and saying."""
    world = await a_world()
    await world.put_policy(NO_GPL)
    say = world.bus.say

    async def fail(message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:  # noqa: ARG001
        raise StoreUnavailable(f"no bus for {message.subject} {event_id}")

    world.bus.say = fail  # type: ignore[method-assign]
    await world.look_at_rules()
    assert await world.listed() == of(FREE)
    world.bus.say = say  # type: ignore[method-assign]
    await world.look_at_rules()
    await world.look_at_rules()

    assert [(it.files, it.removed) for it in decided(world)] == [(1, 2)]


async def test_a_new_day_is_a_change_where_a_rule_asks_for_ages() -> None:
    """A quarantine of two days ends on the third; nothing was asked of the source."""
    clock = MovableClock(datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    world = World((FREE,), filters=NOARCH)
    world.clock = clock
    await world.run()
    rested = Where(age=AgeIs(op=Operator.AT_LEAST, days=2, by="first_seen"))
    await world.put_policy(Rule(id="rested", action=Action.REQUIRE, where=rested))
    await world.look_at_rules()
    assert await world.listed() == {}
    world.asked()

    clock.at += timedelta(days=1)
    await world.look_at_rules()
    assert await world.listed() == {}
    clock.at += timedelta(days=1)
    await world.look_at_rules()

    assert await world.listed() == of(FREE)
    assert decided(world)[-1].cause == "a new day"
    assert world.asked() == []


async def test_a_file_that_came_later_has_its_own_day() -> None:
    """One that its source takes away and brings back is new again; the others keep their days."""
    clock = MovableClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    world = World((FREE,), filters=NOARCH)
    world.clock = clock
    rested = Where(age=AgeIs(op=Operator.AT_LEAST, days=2, by="first_seen"))
    await world.run()
    await world.put_policy(Rule(id="rested", action=Action.REQUIRE, where=rested))
    clock.at += timedelta(days=1)
    world.offer((FREE, NEWER))
    await world.run()

    clock.at += timedelta(days=1)
    await world.look_at_rules()
    assert await world.listed() == of(FREE)
    world.offer((NEWER,))
    await world.run()
    world.offer((FREE, NEWER))
    await world.run()
    assert await world.listed() == {}
    clock.at += timedelta(days=1)
    await world.look_at_rules()

    assert await world.listed() == of(NEWER)


@pytest.mark.parametrize("mode", list(MirrorMode))
async def test_what_upstream_removed_and_the_mirror_keeps_is_under_the_new_rules_too(mode: MirrorMode) -> None:
    """By name and by record; what is let in stays."""
    world = await a_world(FREE, NEWER, COPYLEFT, mode=mode, upstream_removals=UpstreamRemovals.KEEP)
    for package in (FREE, NEWER, COPYLEFT):
        await put_bytes(world.blobs, package.data)
    world.offer((a_package("gamma"),))
    await world.run()
    assert await world.listed() == of(FREE, NEWER, COPYLEFT, a_package("gamma"))

    await world.put_policy(NO_GPL)
    await world.look_at_rules()

    assert await world.listed() == of(FREE, a_package("gamma"))


async def test_what_is_kept_against_its_source_keeps_its_days() -> None:
    """No manifest tells any more when it came."""
    clock = MovableClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    world = World((FREE, NEWER), filters=NOARCH, upstream_removals=UpstreamRemovals.KEEP)
    world.clock = clock
    for package in (FREE, NEWER):
        await put_bytes(world.blobs, package.data)
    await world.run()
    clock.at += timedelta(days=5)
    world.offer((NEWER,))
    await world.run()
    world.offer((COPYLEFT,))
    await world.run()
    rested = Where(age=AgeIs(op=Operator.AT_LEAST, days=5, by="first_seen"))

    await world.put_policy(Rule(id="rested", action=Action.REQUIRE, where=rested))
    await world.look_at_rules()

    assert await world.listed() == of(FREE, NEWER)


async def test_a_policy_that_is_gone_lets_nothing_in_and_drops_nothing() -> None:
    """The catalogue stays, and a run fails with what to do; other mirrors go on."""
    world = await a_world()
    await world.assign("id-of-nothing")

    await world.look_at_rules()
    run = await world.run()

    assert await world.listed() == of(FREE, NEWER, COPYLEFT)
    assert run.state is RunState.FAILED
    assert "assign another one" in (run.reason or "")


@pytest.mark.parametrize("is_garbled", [False, True], ids=["lost", "garbled"])
async def test_a_mirror_that_cannot_be_decided_leaves_others_as_they_should_be(*, is_garbled: bool) -> None:
    """Its catalogue is lost until its next run, or is what no error of ours foresees."""
    world = await a_world()
    garbled = await put_bytes(world.blobs, b"no catalogue at all")
    lost = msgspec.structs.replace(
        world.mirror, id="id-of-anvil", name="anvil", source_root="http://source.example/lost"
    )
    await world.records.mirrors.add(lost)
    head = msgspec.structs.replace(
        await world.head(), mirror_id=lost.id, catalogue=garbled.sha256 if is_garbled else "f" * 64
    )
    await world.records.catalogue_heads.move(head)
    await world.put_policy(NO_GPL)

    await world.look_at_rules()

    assert await world.listed() == of(FREE)
    assert await world.records.catalogue_heads.get(lost.id) == head


async def test_a_catalogue_of_before_evaluations_were_kept_is_decided_by_what_is_in_force() -> None:
    """An installation that was updated needs no run for that."""
    world = await a_world()
    old = msgspec.structs.replace(await world.head(), evaluation=None, asked=None, counts=None)
    await world.records.catalogue_heads.move(old)

    await world.look_at_rules()

    head = await world.head()
    assert await world.listed() == of(FREE, NEWER, COPYLEFT)
    assert head.asked is not None
    assert head.counts is not None
    assert head.counts.files == 3


async def test_a_run_saves_by_the_rules_of_its_end() -> None:
    """A policy that came while it read its source is not published past."""
    world = World((FREE, NEWER, COPYLEFT), filters=NOARCH)
    execution = await world.begin()
    put, changed = world.records.shards.put, False

    async def put_late(payloads: dict[bytes, bytes]) -> None:
        nonlocal changed
        if not changed:
            changed = True
            await world.put_policy(NO_GPL)
        await put(payloads)

    world.records.shards.put = put_late  # type: ignore[method-assign,assignment]
    await execution.execute()

    run = await world.ended(execution)
    assert await world.listed() == of(FREE)
    assert (run.state, run.counts.passive) == (RunState.COMPLETED, 1)
    assert run.counts.excluded == {"channel_filtered.license": 2}
    assert world.asked().count("noarch/repodata.json.zst") == 1


async def test_a_run_that_fetches_drops_what_is_no_longer_let_in_and_goes_on() -> None:
    """It reads its source once, and what it stored already counts."""
    world = World((FREE, NEWER, COPYLEFT), filters=NOARCH, mode=ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 1)
    await world.put_policy(NO_GPL)
    world.holds_fetching = False

    execution.look_at_rules()
    await work

    run = await world.ended(execution)
    assert await world.listed() == of(FREE)
    assert (run.state, run.attempt, run.counts.active) == (RunState.COMPLETED, 2, 1)
    asked = [message for message in world.said(ArtifactFetch) if isinstance(message, ArtifactFetch)]
    assert [file.ckey for message in asked if message.attempt == 2 for file in message.files] == [FREE.path]
    assert world.asked().count("noarch/repodata.json.zst") == 1


async def test_a_run_whose_rules_are_the_same_is_not_disturbed_by_a_look() -> None:
    """Other mirrors' policies change all the time."""
    world = World((FREE,), filters=NOARCH, mode=ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 1)

    execution.look_at_rules()
    (message,) = world.said(ArtifactFetch)
    assert isinstance(message, ArtifactFetch)
    await world.fetch(message)
    execution.batch_settled()
    await work

    assert (await world.ended(execution)).attempt == 1
    assert await world.listed() == of(FREE)


async def test_a_stopped_run_keeps_nothing_that_is_no_longer_let_in() -> None:
    """What it stored of it meanwhile included."""
    world = World((FREE, COPYLEFT), filters=NOARCH, mode=ACTIVE)
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 1)
    for message in world.said(ArtifactFetch):
        assert isinstance(message, ArtifactFetch)
        await world.fetch(message)
    await world.put_policy(NO_GPL)
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await work

    assert (await world.ended(execution)).state is RunState.STOPPED
    assert await world.listed() == of(FREE)


async def test_a_run_is_known_by_what_it_was_decided_on() -> None:
    """Its decisions can be computed again; one that failed has none."""
    world = await a_world()
    run = await world.records.runs.latest([world.mirror.id])
    ended, head = run[world.mirror.id], await world.head()
    assert (ended.manifest, ended.evaluation, ended.catalogue) == (head.manifest, head.evaluation, head.catalogue)

    world.upstream.errors = {url: [UpstreamUnavailable("away")] * 9 for url in world.upstream.files}
    execution = await world.begin()
    with pytest.raises(UpstreamUnavailable):
        await execution.execute()
    await execution.fail("away for too long")

    failed = await world.ended(execution)
    assert (failed.state, failed.manifest, failed.evaluation) == (RunState.FAILED, None, None)


async def test_what_dependencies_let_in_is_decided_when_all_is_read() -> None:
    """And only names that others reach now are decided anew when the source grows."""
    needs = a_package("app", depends=("alpha >=1.5",))
    world = World((needs, FREE, NEWER, COPYLEFT), filters=NOARCH)
    execution = await world.begin()
    only = Rule(id="only", action=Action.REQUIRE, where=Where(name=("app",)), include_dependencies=True)
    await world.put_policy(only)
    await execution.execute()
    assert await world.listed() == of(needs, NEWER)

    newest = a_package("alpha", "3.0", depends=("beta",))
    world.offer((needs, FREE, NEWER, COPYLEFT, newest))
    await world.run()

    assert await world.listed() == of(needs, NEWER, newest, COPYLEFT)
    await world.put_policy(only, a_rule("no-gpl", where=Where(license=Among(in_=("GPL",)))))
    await world.look_at_rules()
    assert await world.listed() == of(needs, newest)


@pytest.mark.parametrize("mode", list(MirrorMode))
async def test_packages_of_a_deleted_mirror_are_under_the_channels_rules_of_now(mode: MirrorMode) -> None:
    """And under its own as they were; nobody can be asked for what it did not store."""
    world = World((FREE, NEWER, COPYLEFT), mode=mode, filters=Filters(subdirs=("noarch",), exclude_specs=("beta",)))
    await world.run()
    await world.records.mirrors.delete(world.mirror.id)
    world.bus.said.clear()

    await world.put_policy(NO_GPL)
    await world.look_at_rules()
    await world.look_at_rules()
    assert await world.listed() == of(FREE)
    await world.assign(None)
    await world.look_at_rules()

    assert await world.listed() == of(FREE, NEWER)
    assert [(it.cause, it.added, it.removed) for it in decided(world)] == [
        ("policy production, revision 1", 0, 1),
        ("no policy any more", 1, 0),
    ]
    assert world.said(MirrorRequested) == []


async def test_a_deleted_mirrors_own_policy_goes_on_overriding_the_channels() -> None:
    """So what it let in stays; a channel that is deleted, too, is left alone."""
    world = await a_world()
    own = await world.put_policy(NO_ALPHA, name="own")
    await world.assign(None)
    await world.edit(policy_id=own.id)
    await world.look_at_rules()
    await world.records.mirrors.delete(world.mirror.id)
    await world.put_policy(NO_GPL)
    await world.look_at_rules()
    assert await world.listed() == of(COPYLEFT)

    await world.records.channels.delete(world.mirror.channel)
    before = await world.head()
    await world.look_at_rules()

    assert await world.head() == before
