"""The whole fetcher on a real NATS: work in, results out, stop flags in between."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.nats.flags import NatsStopFlags
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.messages import ArtifactFetch, ArtifactFetched, FileToFetch, Origin
from libs.common.domain.digest import sha256_of
from libs.common.ports.blobs import read_all
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.service import running
from services.fetcher.app import create_app
from services.fetcher.handlers import ACK_WAIT_S
from services.fetcher.settings import FetcherSettings
from tests.support.http_source import Answer, HttpSource, http_source

KEY = bytes(range(32))
DATA = b"package bytes " * 5000


class Stage(msgspec.Struct, kw_only=True):
    """A running fetcher, and what stands around it."""

    nc: Client
    bus: NatsBus
    source: HttpSource
    blobs: FileBlobStore
    results: "asyncio.Queue[ArtifactFetched]"

    async def say(self, run_id: str, *names: str) -> None:
        """Queue a batch of files, all with the same content."""
        origin = msgspec.json.encode(Origin(base_url=f"{self.source.url}/t/TOPSECRET/main")).decode()
        files = tuple(FileToFetch(f"noarch/{name}", name, f"sha256:{sha256_of(DATA)}", len(DATA)) for name in names)
        batch = ArtifactFetch(
            run_id=run_id, mirror_id="mirror", attempt=0, batch=0, origin=JweSeal(KEY).seal(origin), files=files
        )
        await self.bus.say(batch)

    async def result_of(self, run_id: str) -> ArtifactFetched:
        """Wait for what became of a run's batch."""
        while True:
            result = await self.results.get()
            if result.run_id == run_id:
                return result


@pytest.fixture
def settings(nats_url: str, tmp_path: Path) -> FetcherSettings:
    """Return the settings of fetchers that share a store."""
    key_file = tmp_path / "key"
    key_file.write_bytes(base64.b64encode(KEY))
    return FetcherSettings(nats_url=nats_url, blobs_url=(tmp_path / "blobs").as_uri(), secret_key_file=str(key_file))


@asynccontextmanager
async def staged(settings: FetcherSettings, source: HttpSource) -> AsyncIterator[Stage]:
    """Run a fetcher while the block runs."""
    results: asyncio.Queue[ArtifactFetched] = asyncio.Queue()
    setter = await connect_nats(settings.nats_url, name="test")
    await prepare_nats(setter)
    await setter.close()
    async with running(create_app(settings)) as nc:
        bus = NatsBus(nc, source="test", clock=SystemClock(), ids=RandomIds())
        listening = await nc.subscribe(ArtifactFetched.subject)

        async def listen() -> None:
            async for message in listening.messages:
                results.put_nowait(msgspec.json.decode(message.data, type=ArtifactFetched))

        listener = asyncio.create_task(listen())
        blobs = FileBlobStore(Path(settings.blobs_url.removeprefix("file://")))
        yield Stage(nc=nc, bus=bus, source=source, blobs=blobs, results=results)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


@pytest.fixture
async def stage(settings: FetcherSettings) -> AsyncIterator[Stage]:
    """Return a running fetcher with its own store and source."""
    async with http_source() as source, staged(settings, source) as stage:
        yield stage


async def test_a_queued_batch_is_fetched(stage: Stage) -> None:
    """From the work queue to the blob store, and the answer on the bus."""
    run_id = uuid.uuid4().hex
    stage.source.put("/t/TOPSECRET/main/a.conda", DATA)

    await stage.say(run_id, "a.conda")
    result = await stage.result_of(run_id)

    assert [(file.ckey, file.sha256) for file in result.stored] == [("noarch/a.conda", sha256_of(DATA))]
    assert await read_all(stage.blobs, sha256_of(DATA)) == DATA
    assert "TOPSECRET" not in msgspec.json.encode(result).decode()


async def test_a_stop_flag_ends_a_batch(stage: Stage) -> None:
    """A person who stops a run does not wait for a slow source."""
    run_id = uuid.uuid4().hex
    stage.source.put("/t/TOPSECRET/main/slow.conda", Answer(body=DATA, gate=asyncio.Event()))

    await stage.say(run_id, "slow.conda")
    await stage.source.at_gate.wait()
    await NatsStopFlags(stage.nc).raise_flag(run_id, reason="stopped by a person")
    result = await stage.result_of(run_id)

    assert result.is_stopped
    assert result.not_tried == ("noarch/slow.conda",)


async def test_a_fetcher_that_ends_hands_its_work_on(settings: FetcherSettings) -> None:
    """Another one has it at once, long before the silence of a fetcher that was killed is noticed."""
    run_id, gate = uuid.uuid4().hex, asyncio.Event()
    async with http_source() as source:
        source.put("/t/TOPSECRET/main/slow.conda", Answer(body=DATA, gate=gate))
        async with staged(settings, source) as stage:
            await stage.say(run_id, "slow.conda")
            await source.at_gate.wait()
        gate.set()

        async with staged(settings, source) as stage, asyncio.timeout(ACK_WAIT_S / 2):
            result = await stage.result_of(run_id)

    assert [file.sha256 for file in result.stored] == [sha256_of(DATA)]
