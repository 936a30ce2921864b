"""The one policy for every handler, against a real NATS."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import pytest
from nats.aio.client import Client

from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.dead_letters import NatsDeadLetters
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.messages import ArtifactFetch, ChannelUpdated, MirrorRequested, MirrorStop
from libs.common.contracts.subjects import EVENTS, WORK
from libs.common.domain.errors import InvalidInput, NotFound, StoreUnavailable
from libs.common.ports.dead_letters import DeadLetter
from libs.common.runtime.bus import DELIVERIES_OF_A_BUG, Route
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.health import who_is_up
from libs.common.runtime.service import Service, Wiring, running

Handler = Callable[..., Awaitable[None]]


@asynccontextmanager
async def hearing(
    url: str, *routes: Route, reject: Callable[[EventInfo, str, bytes, InvalidInput], Awaitable[None]] | None = None
) -> AsyncIterator[tuple[Client, NatsBus]]:
    """Run a service with these routes."""

    async def wire(nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:  # noqa: ARG001 - the shape of `Wire`
        return Wiring(routes=routes, reject=reject)

    async with running(Service(name="indexer", nats_url=url, wire=wire)) as nc:
        yield nc, NatsBus(nc, source="test", clock=SystemClock(), ids=RandomIds())


def a_route(handler: Handler, *, message: type = ChannelUpdated, slots: int = 1, ack_wait_s: float = 30) -> Route:
    """Return a route with a consumer of its own."""
    return Route(message=message, handler=handler, durable=f"t{uuid.uuid4().hex}", slots=slots, ack_wait_s=ack_wait_s)


class Heard:
    """Remembers what a handler got, and fails as planned first."""

    def __init__(self, *errors: Exception) -> None:
        self.channels: list[str] = []
        self.events: list[EventInfo] = []
        self._errors = list(errors)
        self._news = asyncio.Condition()
        self.tag = uuid.uuid4().hex

    async def __call__(self, message: ChannelUpdated, *, event: EventInfo) -> None:
        """Take a message of this test; others' messages in the shared stream are passed over."""
        if not message.channel.startswith(self.tag):
            return
        if self._errors:
            raise self._errors.pop(0)
        self.channels.append(message.channel.removeprefix(self.tag))
        self.events.append(event)
        async with self._news:
            self._news.notify_all()

    async def until(self, count: int) -> list[str]:
        """Wait until so many messages were taken."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.channels) >= count)
        return self.channels

    def said(self, name: str) -> ChannelUpdated:
        """Return a message of this test."""
        return ChannelUpdated(channel=self.tag + name, channel_id="x")


async def buried(nc: Client, tag: str) -> DeadLetter:
    """Return the dead letter whose event's id has this in it, once it is there."""
    dead = await nc.jetstream().subscribe("dead.channel.updated", ordered_consumer=True)
    async with asyncio.timeout(30):
        while tag not in ((await dead.next_msg(timeout=30)).headers or {})["ce-id"]:
            continue
    _, letters = await NatsDeadLetters(nc.jetstream()).list(offset=0, limit=9)
    return next(letter for letter in letters if tag in letter.event_id)


async def test_a_message_reaches_its_handler_with_its_envelope(nats_url: str) -> None:
    """Id and source travel in the headers."""
    heard = Heard()
    async with hearing(nats_url, a_route(heard)) as (_, bus):
        await bus.say(heard.said("a"), event_id=f"{heard.tag}-1")
        await heard.until(1)

    assert heard.events[0].id == f"{heard.tag}-1"
    assert heard.events[0].source == "/tain/test"


async def test_the_same_event_said_twice_is_heard_once(nats_url: str) -> None:
    """A handler that is repeated does not repeat its words."""
    heard = Heard()
    async with hearing(nats_url, a_route(heard)) as (_, bus):
        for _ in range(2):
            await bus.say(heard.said("a"), event_id=f"{heard.tag}-1")
        await bus.say(heard.said("b"))

        assert await heard.until(2) == ["a", "b"]


async def test_a_service_that_was_down_catches_up(nats_url: str) -> None:
    """Events are kept, and the consumer remembers its place."""
    heard = Heard()
    route = a_route(heard)
    async with hearing(nats_url, route) as (_, bus):
        await bus.say(heard.said("before"))
        await heard.until(1)
    async with hearing(nats_url) as (_, bus):
        await bus.say(heard.said("meanwhile"))
    async with hearing(nats_url, route):
        assert await heard.until(2) == ["before", "meanwhile"]


async def test_a_transient_failure_brings_the_message_again(nats_url: str) -> None:
    """The store comes back, and nothing was lost."""
    heard = Heard(StoreUnavailable("away"))
    async with hearing(nats_url, a_route(heard)) as (_, bus):
        await bus.say(heard.said("a"))

        assert await heard.until(1) == ["a"]


async def test_a_permanent_failure_goes_to_the_dead_letters_and_blocks_nothing(nats_url: str) -> None:
    """The next message is handled; the dead one is kept with its error."""
    heard = Heard(NotFound("there is no such thing"))
    route = a_route(heard)
    async with hearing(nats_url, route) as (nc, bus):
        dead = await nc.jetstream().subscribe("dead.channel.updated", ordered_consumer=True)
        await bus.say(heard.said("a"), event_id=f"{heard.tag}-dead")
        await bus.say(heard.said("b"))

        assert await heard.until(1) == ["b"]
        while True:
            letter = await dead.next_msg(timeout=10)
            if heard.tag.encode() in letter.data:
                break
        assert letter.headers is not None
        assert "there is no such thing" in letter.headers["tain-error"]
        assert letter.headers["tain-service"] == route.durable


async def test_a_bug_is_tried_again_and_then_buried_without_its_words(nats_url: str) -> None:
    """It may be gone the next time; its own words could hold a secret, so only its place is told."""
    secret = uuid.uuid4().hex
    heard = Heard(*[RuntimeError(secret)] * DELIVERIES_OF_A_BUG)
    async with hearing(nats_url, msgspec.structs.replace(a_route(heard), bug_pause_s=0.1)) as (nc, bus):
        await bus.say(heard.said("a"), event_id=f"{heard.tag}-bug")
        letter = await buried(nc, heard.tag)
        await bus.say(heard.said("b"))

        assert await heard.until(1) == ["b"]
    assert letter.subject == "channel.updated"
    assert letter.error.startswith("RuntimeError in test_hearing.py:")
    assert secret not in letter.error


async def letters_of(nc: Client, tag: str, *, count: int) -> list[tuple[str, str, str]]:
    """Return event id, channel and error of a test's first dead letters, once so many are there."""
    dead = await nc.jetstream().subscribe("dead.channel.updated", ordered_consumer=True)
    found: list[tuple[str, str, str]] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            letter = await dead.next_msg(timeout=30)
            channel = msgspec.json.decode(letter.data, type=ChannelUpdated).channel
            if channel.startswith(tag):
                headers = letter.headers or {}
                found.append((headers["ce-id"], channel.removeprefix(tag), headers["tain-error"]))
    return found


async def test_what_several_services_give_up_is_buried_by_each(nats_url: str) -> None:
    """Their failures are two; to lose one is to believe that service well."""
    one, other = Heard(NotFound("one")), Heard(NotFound("other"))
    one.tag = other.tag
    async with hearing(nats_url, a_route(one), a_route(other)) as (nc, bus):
        await bus.say(one.said("a"), event_id=f"{one.tag}-1")
        letters = await letters_of(nc, one.tag, count=2)

    assert {error for _, _, error in letters} == {"NotFound: one", "NotFound: other"}


async def test_events_that_share_an_id_are_buried_each_and_one_that_comes_again_once(nats_url: str) -> None:
    """Systems choose their ids as they like; Tain's letters are neither lost by that nor doubled."""
    heard = Heard(*[NotFound("gone")] * 5)
    ids = [{"ce-id": "1"}, {"ce-id": "1"}, {"ce-id": "1"}, {"ce-id": "1", "ce-source": "ci"}, {"ce-id": heard.tag}]
    async with hearing(nats_url, a_route(heard)) as (nc, _):
        for name, headers in zip("abaaz", ids, strict=True):
            await nc.jetstream().publish("channel.updated", msgspec.json.encode(heard.said(name)), headers=headers)
        letters = await letters_of(nc, heard.tag, count=4)

    assert [letter[:2] for letter in letters] == [("1", "a"), ("1", "b"), ("1", "a"), (heard.tag, "z")]


async def test_a_letter_has_the_id_that_its_event_was_known_by(nats_url: str) -> None:
    """Where the event's own system named it in the header of NATS alone, in any letters, or nowhere."""
    heard = Heard(*[NotFound("gone")] * 2)
    async with hearing(nats_url, a_route(heard)) as (nc, _):
        for name, headers in (("a", {"Nats-Msg-Id": f"{heard.tag} é"}), ("b", None)):
            await nc.jetstream().publish("channel.updated", msgspec.json.encode(heard.said(name)), headers=headers)
        (first, _, _), (second, _, _) = await letters_of(nc, heard.tag, count=2)
        _, letters = await NatsDeadLetters(nc.jetstream()).list(offset=0, limit=9)

    assert first == f"{heard.tag}%20%C3%A9"
    assert second.startswith(f"{EVENTS.name}-")
    assert f"{heard.tag} é" in {letter.event_id for letter in letters}


async def test_a_dead_letter_obeys_no_orders_of_the_message(nats_url: str) -> None:
    """A header for the server that stored the message must not keep it out of the dead letters."""
    tag = uuid.uuid4().hex

    async def handler(message: ChannelUpdated, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        if message.channel == tag:
            raise NotFound("there is no such thing")

    async with hearing(nats_url, a_route(handler)) as (nc, _):
        headers = {"Nats-Expected-Stream": EVENTS.name, "ce-id": tag}
        body = msgspec.json.encode(ChannelUpdated(channel=tag, channel_id="x"))
        await nc.jetstream().publish("channel.updated", body, headers=headers)
        assert (await buried(nc, tag)).error == "NotFound: there is no such thing"


async def test_a_long_handler_is_not_run_twice(nats_url: str) -> None:
    """While it works the server is told so, though it takes longer than the wait for its answer."""
    started = 0
    is_done = asyncio.Event()
    tag = uuid.uuid4().hex

    async def slow(message: ChannelUpdated, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        nonlocal started
        if message.channel == tag:
            started += 1
            await asyncio.sleep(2.5)
            is_done.set()

    async with hearing(nats_url, a_route(slow, slots=2, ack_wait_s=1)) as (_, bus):
        await bus.say(ChannelUpdated(channel=tag, channel_id="x"))
        async with asyncio.timeout(30):
            await is_done.wait()

    assert started == 1


async def test_a_lane_is_heard_in_the_order_in_which_it_was_said(nats_url: str) -> None:
    """A stop never overtakes its request, also with two processes and a slow first handler."""
    tag = uuid.uuid4().hex
    heard: list[str] = []
    is_done = asyncio.Event()

    async def requested(message: MirrorRequested, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        if message.channel == tag:
            await asyncio.sleep(0.3)
            heard.append("request")

    async def stop(message: MirrorStop, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        if message.channel == tag:
            heard.append("stop")
            is_done.set()

    durable = f"t{uuid.uuid4().hex}"
    routes = (
        Route(message=MirrorRequested, handler=requested, durable=durable, lane="runs"),
        Route(message=MirrorStop, handler=stop, durable=durable, lane="runs"),
    )
    async with hearing(nats_url, *routes), hearing(nats_url, *routes) as (_, bus):
        await bus.say(MirrorRequested(channel=tag, mirror="m"))
        await bus.say(MirrorStop(channel=tag, mirror="m"))
        async with asyncio.timeout(30):
            await is_done.wait()

    assert heard == ["request", "stop"]


async def test_a_public_message_that_cannot_be_read_is_answered(nats_url: str) -> None:
    """What other systems get wrong is never dropped in silence."""
    tag = uuid.uuid4().hex
    answers: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def handler(message: MirrorRequested, *, event: EventInfo) -> None:  # noqa: ARG001 - the shape of handlers
        if message.channel == tag:
            raise InvalidInput("there is no such channel", field="channel")

    async def reject(event: EventInfo, subject: str, data: bytes, error: InvalidInput) -> None:
        if tag in event.id:
            assert data
            await answers.put((subject, error.message))

    async with hearing(nats_url, a_route(handler, message=MirrorRequested), reject=reject) as (nc, bus):
        headers = {"Nats-Msg-Id": f"{tag}-broken"}
        await nc.jetstream().publish("mirror.requested", b"{not json", headers=headers)
        await bus.say(MirrorRequested(channel=tag, mirror="m"), event_id=f"{tag}-unknown")
        async with asyncio.timeout(30):
            broken, unknown = await answers.get(), await answers.get()

    assert "can't be read" in broken[1]
    assert unknown == ("mirror.requested", "there is no such channel")


async def test_queued_work_of_one_run_is_discarded_and_no_other(nats_url: str) -> None:
    """A stop drops the run's batches before any fetcher sees them."""
    stopped, going = uuid.uuid4().hex, uuid.uuid4().hex
    async with hearing(nats_url) as (nc, bus):
        for run_id in (stopped, going):
            for batch in range(3):
                await bus.say(ArtifactFetch(run_id=run_id, mirror_id="m", attempt=1, batch=batch, origin="-", files=()))
        assert await bus.has_work(stopped)
        await bus.discard(stopped)
        await bus.discard(stopped)
        assert (await bus.has_work(stopped), await bus.has_work(going)) == (False, True)
        info = await nc.jetstream().stream_info(WORK.name, subjects_filter="artifact.fetch.*")

    subjects = info.state.subjects or {}
    assert subjects.get(f"artifact.fetch.{going}") == 3
    assert f"artifact.fetch.{stopped}" not in subjects


async def test_a_running_service_answers_pings(nats_url: str) -> None:
    """Readiness asks on the bus who is up."""
    async with hearing(nats_url) as (nc, _):
        assert "indexer" in await who_is_up(nc, wait_s=5, expect={"indexer"})


async def test_who_is_not_there_is_not_up(nats_url: str) -> None:
    """And the answer comes after the wait, not never."""
    async with hearing(nats_url) as (nc, _):
        assert "nobody" not in await who_is_up(nc, wait_s=0.1, expect={"nobody"})


@pytest.mark.parametrize("subject", ["mirror.requested", "artifact.fetched", "channel.published"])
async def test_what_is_said_is_kept_by_a_stream(nats_url: str, subject: str) -> None:
    """A publish without a stream behind it would be lost on the way."""
    async with hearing(nats_url) as (nc, _):
        assert await nc.jetstream().find_stream_name_by_subject(subject)
