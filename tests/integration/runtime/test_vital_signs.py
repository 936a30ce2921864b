"""Who is there and what waits, asked of a real NATS."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest

from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.adapters.nats.vital_signs import NatsVitalSigns
from libs.common.contracts.messages import ChannelCreated, ChannelFrozen
from libs.common.contracts.permissions import USERS
from libs.common.domain.errors import StoreUnavailable
from libs.common.runtime.bus import Route
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import Service, Wiring, running
from libs.common.version import VERSION
from tests.support.servers import running_nats

PASSWORDS = {user: f"{user}-password" for user in USERS}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server on which each user may do no more than its own."""
    with running_nats(tmp_path_factory.mktemp("nats"), passwords=PASSWORDS) as url:
        yield url


def _as(user: str, url: str) -> str:
    return url.replace("://", f"://{user}:{PASSWORDS[user]}@")


async def hear(message: object, *, event: EventInfo) -> None:
    """Do nothing with a message."""


async def wire(*_: object) -> Wiring:
    """Hear one message."""
    return Wiring(routes=(Route(message=ChannelFrozen, handler=hear, durable="reporter"),))


async def test_services_queues_and_streams_are_found_by_what_the_api_may_ask(url: str, tmp_path: Path) -> None:
    """Each process by its own id; queues of others are left out; what nobody hears yet waits."""
    api = await connect_nats(_as("api", url), name="api")
    indexer = Service(name="indexer", nats_url=_as("indexer", url), wire=lambda *_: _nothing())
    reporter = Service(name="reporter", nats_url=_as("reporter", url), wire=wire)
    signs = NatsVitalSigns(api, blobs_url=tmp_path.as_uri())
    async with running(indexer), running(reporter), running(reporter):
        bus = NatsBus(api, source="api", clock=SystemClock(), ids=RandomIds())
        await bus.say(ChannelCreated(channel="main", channel_id="c"))
        operator = await nats.connect(_as("operator", url))
        await operator.jetstream().pull_subscribe("channel.created", durable="mine", stream="TAIN_EVENTS")

        services = await signs.services()
        queues = {one.consumer: one for one in await signs.queues()}
        streams = {one.name: one for one in await signs.streams()}
        disk = await signs.disk()
        await operator.close()

    assert [one.name for one in services] == ["indexer", "reporter", "reporter"]
    assert len({one.id for one in services}) == 3
    assert {(one.host, one.pid, one.version) for one in services} == {(socket.gethostname(), str(os.getpid()), VERSION)}
    assert all(one.started_at is not None for one in services)
    assert list(queues) == ["reporter-channel-frozen"]
    assert streams["TAIN_EVENTS"].messages == 1
    assert streams["TAIN_EVENTS"].size_bytes > 0
    assert disk is not None
    assert 0 < disk.free_bytes <= disk.total_bytes
    await api.close()
    with pytest.raises(StoreUnavailable):
        await signs.services()
    with pytest.raises(StoreUnavailable):
        await signs.queues()


async def test_an_object_store_has_no_disk_and_a_folder_that_is_away_says_so(url: str, tmp_path: Path) -> None:
    """Nothing is made up."""
    api = await connect_nats(_as("api", url), name="api")

    assert await NatsVitalSigns(api, blobs_url="s3://bucket/prefix").disk() is None
    with pytest.raises(StoreUnavailable, match="away"):
        await NatsVitalSigns(api, blobs_url=(tmp_path / "nowhere").as_uri()).disk()
    await api.close()


async def _nothing() -> Wiring:
    return Wiring()
