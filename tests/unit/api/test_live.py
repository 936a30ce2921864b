"""GET /api/live: events, to whom they are sent, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import msgspec
import pytest

from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.adapters.memory.news import MemoryNews
from libs.common.contracts.message import Message
from libs.common.contracts.messages import (
    ChannelDeleted,
    ChannelFrozen,
    ChannelUpdated,
    MirrorDeleted,
    MirrorFinished,
    MirrorProgress,
    MirrorRejected,
)
from libs.common.contracts.policy_messages import ReportReady
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.channel import Channel, ChannelKey, Privacy
from libs.common.domain.errors import NotAuthenticated, StoreUnavailable
from libs.common.domain.report import ReportHead
from libs.common.ports.news import NewsItem
from libs.common.version import VERSION
from services.api.live.live import Live, Pace, keep_telling
from tests.support.identities import FakeAccess, a_stranger, an_identity
from tests.support.live import Looker, Told
from tests.support.records import NOON, a_channel
from tests.unit.api.gate import Gate

ROOT, BOB = an_identity("root", ADMIN), an_identity("bob")
HELLO = Told("hello", {"version": VERSION, "resumed": False})
RESYNC = Told("resync", {})
QUICK = Pace(heartbeat_s=0.01, recheck_s=0.01, stuck_s=0.01)


class MoodyChannels(MemoryChannels):
    """Channels whose database is away for as many looks as `away` says."""

    away = 0

    async def get(self, key: ChannelKey) -> Channel | None:
        """Return a channel, or fail."""
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return await super().get(key)


class Stage:
    """The application, what is said, and who looks on."""

    def __init__(self, gate: Gate, **options: object) -> None:
        self.channels = MoodyChannels()
        self.gate = gate
        self.gate.identities |= {"root": ROOT, "bob": BOB}
        self.live = Live(channels=self.channels, reports=gate.records.kept_reports, **options)  # type: ignore[arg-type]
        self.gate.ports.live = self.live
        self.gate.ports.access = FakeAccess(self.gate.identities)
        self.news = MemoryNews()

    async def has(self, *channels: Channel) -> None:
        """Store channels."""
        for channel in channels:
            assert await self.channels.add(channel)

    def say(self, *messages: Message | None) -> None:
        """Say messages, one after the other; None is a gap."""
        for message in messages:
            self.news.said.put_nowait(None if message is None else NewsItem(message=message, at=NOON))

    def look(self, who: str = "root") -> Looker:
        """Return somebody who is about to look on."""
        return Looker(self.gate.app, X_Auth=who)


@cache
def the_gate() -> Gate:
    """Return one application for all, for putting it together takes longer than any of these tests."""
    return Gate({})


@asynccontextmanager
async def a_stage(**options: object) -> AsyncIterator[Stage]:
    """Run an application with an open channel and a private one of root's."""
    stage = Stage(the_gate(), **options)
    await stage.has(a_channel("open"), a_channel("secret", privacy=Privacy.PRIVATE, owners=("root",)))

    async def pause(_: float) -> None:
        await asyncio.sleep(0)

    telling = asyncio.create_task(keep_telling(stage.live, stage.news, pause=pause))
    # The gap at the beginning is nobody's yet.
    await asyncio.sleep(0)
    try:
        yield stage
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


def frozen(channel: str) -> ChannelFrozen:
    """Return that a channel was frozen."""
    return ChannelFrozen(channel=channel, channel_id=f"id-of-{channel}", by="ann", by_address="192.0.2.1")


def told_frozen(channel: str) -> Told:
    """Return what is told of that."""
    facts = {"channel": channel, "channel_id": f"id-of-{channel}", "at": NOON.isoformat().replace("+00:00", "Z")}
    return Told("channel.frozen", facts)


async def test_what_happens_is_told_in_order_to_who_may_see_it() -> None:
    """A hidden channel's events are not, and no answer is kept by anybody on the way."""
    async with a_stage() as stage, stage.look() as root, stage.look("bob") as bob:
        assert (await root.next(), await bob.next()) == (HELLO, HELLO)
        finished = MirrorFinished(
            channel="open",
            channel_id="id-of-open",
            mirror="m",
            mirror_id="m",
            run_id="r",
            run_number=1,
            state="completed",
        )
        stage.say(frozen("open"), frozen("secret"), finished, frozen("open"))

        assert [await bob.next() for _ in range(2)] == [told_frozen("open"), told_frozen("open")]
        told = [await root.next() for _ in range(4)]
        assert [one.name for one in told if one] == [
            "channel.frozen",
            "channel.frozen",
            "mirror.finished",
            "channel.frozen",
        ]
        assert told[1] == told_frozen("secret")
        assert root.headers["content-type"] == "text/event-stream"
        assert root.headers["cache-control"] == "no-store"
        assert root.headers["x-accel-buffering"] == "no"


async def test_who_did_not_sign_in_is_told_nothing() -> None:
    """Not even that there is something to tell."""
    async with a_stage() as stage, Looker(stage.gate.app) as nobody:
        assert nobody.status == 401


async def test_progress_is_told_with_the_channels_id() -> None:
    """The bus does not have it."""
    progress = MirrorProgress(
        channel="open",
        mirror="m",
        mirror_id="m",
        run_id="r",
        run_number=1,
        state="active",
        step="fetch",
        step_number=1,
        step_percent=2,
    )
    async with a_stage() as stage, stage.look() as root:
        await root.next()
        stage.say(progress)

        told = await root.next()
        assert told is not None
        assert (told.name, told.data["channel_id"], told.data["step_percent"]) == ("mirror.progress", "id-of-open", 2)


async def test_a_channel_that_goes_out_of_sight_is_told_by_resync() -> None:
    """Who saw it reads anew; who still sees it is told what changed."""
    updated = ChannelUpdated(channel="open", channel_id="id-of-open", fields=("privacy",))
    async with a_stage() as stage, stage.look() as root, stage.look("bob") as bob:
        await root.next(), await bob.next()
        stage.say(frozen("open"))
        assert [await root.next(), await bob.next()] == [told_frozen("open")] * 2
        await stage.channels.update(ChannelKey("open"), {"privacy": Privacy.PRIVATE})
        stage.say(updated, frozen("open"))

        assert await bob.next() == RESYNC
        told = await root.next()
        assert told is not None
        assert told.name == "channel.updated"


async def test_that_a_channel_is_gone_is_told_to_who_saw_it() -> None:
    """Its rights went with it, so that those count that were known before."""
    async with a_stage() as stage, stage.look() as root, stage.look("bob") as bob:
        await root.next(), await bob.next()
        stage.say(frozen("secret"), frozen("open"))
        await root.next(), await root.next(), await bob.next()
        await stage.channels.delete(ChannelKey("secret"))
        stage.say(ChannelDeleted(channel="secret", channel_id="id-of-secret"), frozen("open"))

        told = await root.next()
        assert told is not None
        assert told.name == "channel.deleted"
        assert await bob.next() == told_frozen("open")


@pytest.mark.parametrize(
    "message",
    [
        ChannelDeleted(channel="lost", channel_id="id-of-lost"),
        MirrorDeleted(channel="lost", channel_id="id-of-lost", mirror="m", mirror_id="m"),
        # Another channel has its name by now.
        ChannelDeleted(channel="open", channel_id="id-of-one-before"),
    ],
    ids=["a channel", "a mirror of one", "one of the same name"],
)
async def test_that_something_unknown_is_gone_names_it_to_nobody(message: Message) -> None:
    """All read anew."""
    async with a_stage() as stage, stage.look("bob") as bob:
        await bob.next()
        stage.say(message)

        assert await bob.next() == RESYNC


async def test_of_what_is_gone_or_in_no_channel_nothing_more_is_told() -> None:
    """Words of runs that go on a little, and what other systems call a channel."""
    lost = MirrorRejected(event_id="e", on="mirror.requested", code="not_found", reason="no", channel=None, mirror="m")
    async with a_stage() as stage, stage.look() as root:
        await root.next()
        stage.say(frozen("lost"), lost, msgspec.structs.replace(lost, channel="lost"), frozen("open"))

        assert await root.next() == told_frozen("open")


async def test_a_report_is_told_of_by_the_rules_of_reports() -> None:
    """It may be one of a channel that one does not see."""
    head = ReportHead(id="r1", kind="dependencies", title="t", channel="secret", made_at=NOON, expires_at=NOON)
    own = msgspec.structs.replace(head, id="r2", channel=None, requested_by="bob")
    async with a_stage() as stage, stage.look("bob") as bob:
        await bob.next()
        await stage.gate.records.kept_reports.put(head)
        await stage.gate.records.kept_reports.put(own)
        stage.say(*(ReportReady(report_id=report_id, kind="dependencies") for report_id in ("r0", "r1", "r2")))

        told = await bob.next()
        assert told is not None
        assert (told.name, told.data["report_id"]) == ("report.ready", "r2")


async def test_a_gap_is_told_to_everybody() -> None:
    """NATS was away: something may have been said meanwhile."""
    async with a_stage() as stage, stage.look() as root, stage.look("bob") as bob:
        await root.next(), await bob.next()
        stage.say(None)

        assert [await root.next(), await bob.next()] == [RESYNC, RESYNC]


async def test_while_the_database_is_away_events_wait() -> None:
    """Whom they concern is not known."""
    async with a_stage() as stage, stage.look() as root:
        await root.next()
        stage.channels.away = 3
        stage.say(frozen("open"), frozen("secret"))

        assert [await root.next(), await root.next()] == [told_frozen("open"), told_frozen("secret")]
        assert stage.channels.away == 0


async def test_who_reads_slowly_is_told_to_read_anew() -> None:
    """What waits for them is bounded."""
    async with a_stage() as stage, stage.look("bob") as slow, stage.look() as quick:
        await slow.next(), await quick.next()
        slow.hold()
        stage.say(*(frozen("open") for _ in range(2000)))
        for _ in range(2000):
            assert await quick.next() == told_frozen("open")
        slow.release()
        told = [await slow.next()]
        while told[-1] != RESYNC:
            told.append(await slow.next())
        stage.say(frozen("open"))

        assert len(told) < 1000
        assert await slow.next() == told_frozen("open")


async def test_who_takes_nothing_is_cut_off() -> None:
    """A client that stopped reading holds its place no longer."""
    async with a_stage(pace=QUICK, most=1) as stage, stage.look() as stuck:
        await stuck.next()
        stuck.hold()
        await stuck.end()

        async with stage.look() as next_one:
            assert next_one.status == 200


async def test_something_is_sent_also_when_nothing_happens() -> None:
    """So that proxies keep the connection, and clients know that it is there."""
    async with a_stage(pace=Pace(heartbeat_s=0.01)) as stage, stage.look() as root:
        assert [await root.next() for _ in range(3)] == [HELLO, Told(""), Told("")]


class Ended(dict[str, Identity]):
    """People whose sign-in has ended."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getitem__(self, name: str) -> Identity:
        raise self._error


@pytest.mark.parametrize("error", [NotAuthenticated("ended"), StoreUnavailable("away")], ids=["ended", "not known"])
async def test_the_stream_ends_with_the_sign_in(error: Exception) -> None:
    """And when it can't be found out whether that goes on; a client comes again by itself."""
    async with a_stage(pace=Pace(recheck_s=0.01)) as stage, stage.look("bob") as bob:
        await bob.next()
        stage.gate.ports.access = FakeAccess(Ended(error))

        assert await bob.next() is None
        await bob.end()


async def test_the_stream_ends_when_another_one_shows_what_was_shown() -> None:
    """Such as a name that is somebody else's by now."""
    async with a_stage(pace=Pace(recheck_s=0.01)) as stage, stage.look("bob") as bob:
        await bob.next()
        stage.gate.identities["bob"] = an_identity("eve")

        assert await bob.next() is None


async def test_other_rights_count_and_are_told_by_resync() -> None:
    """Also while the stream goes on."""
    async with a_stage(pace=Pace(recheck_s=0.01)) as stage, stage.look("bob") as bob:
        await bob.next()
        stage.gate.identities["bob"] = msgspec.structs.replace(a_stranger("bob"), rights=ROOT.rights)
        assert await bob.next() == RESYNC
        stage.say(frozen("secret"))

        assert await bob.next() == told_frozen("secret")


async def test_one_may_have_some_streams_and_a_server_many() -> None:
    """Each refusal says why, and when to come again; a place that is left is free."""
    async with a_stage(most_of_one=2, most=3) as stage, stage.look() as first:
        async with stage.look() as _, stage.look() as third:
            assert third.status == 429
            assert b"too_many_streams" in third.body
            assert "retry-after" in third.headers
            async with stage.look("bob") as bob, stage.look("bob") as full:
                assert (bob.status, full.status) == (200, 503)
                assert b"too_many_watchers" in full.body
        async with stage.look() as again:
            assert (first.status, again.status) == (200, 200)


async def test_at_the_servers_end_all_streams_end_and_none_begins() -> None:
    """Nobody waits for them."""
    async with a_stage() as stage, stage.look() as root:
        await root.next()
        stage.live.end()

        assert await root.next() is None
        await root.end()
        async with stage.look() as late:
            assert late.status == 503


async def test_who_leaves_is_forgotten_at_once() -> None:
    """A closed tab takes no place."""
    async with a_stage(most=1) as stage:
        async with stage.look() as root:
            await root.next()
        async with stage.look("bob") as bob:
            assert bob.status == 200
