"""What the fetcher hears, and what it says."""

import asyncio
from datetime import UTC, datetime

import msgspec

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.flags import MemoryStopFlags
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.messages import ArtifactFetch, ArtifactFetched, FileToFetch, Origin, StoredFile
from libs.common.domain.digest import sha256_of
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.handlers import FetcherHandlers
from services.fetcher.room import FileRoom
from services.fetcher.stop_watch import StopWatch
from services.fetcher.store_file import FileStore, Retries

DATA = b"package"


async def test_a_repeated_batch_is_answered_once() -> None:
    """A message that is delivered twice changes nothing, and is answered with the same event."""
    seal, bus = JweSeal(bytes(32)), MemoryBus()
    upstream = MemoryUpstream({"https://host/main/a.conda": DATA})
    files = FileStore(upstream=upstream, blobs=MemoryBlobStore(), slots=asyncio.Semaphore(1), retries=Retries())
    room = FileRoom(files_at_once=3)
    use_case = FetchArtifacts(files=files, seal=seal, stops=StopWatch(MemoryStopFlags()), room=room)
    handlers = FetcherHandlers(fetch_artifacts=use_case, bus=bus, room=room)
    origin = seal.seal(msgspec.json.encode(Origin(base_url="https://host/main")).decode())
    file = FileToFetch("a.conda", "a.conda", f"sha256:{sha256_of(DATA)}", len(DATA))
    message = ArtifactFetch(run_id="run", mirror_id="m", attempt=0, batch=1, origin=origin, files=(file,))
    event = EventInfo(id="event", time=datetime(2026, 1, 1, tzinfo=UTC), source="scheduler")

    (route,) = handlers.routes()
    await route.handler(message, event=event)
    await route.handler(message, event=event)

    assert (route.message, route.room) == (ArtifactFetch, room)
    assert bus.said == [
        ArtifactFetched(
            run_id="run",
            mirror_id="m",
            attempt=0,
            batch=1,
            stored=(StoredFile("a.conda", sha256_of(DATA), len(DATA), len(DATA)),),
        )
    ]
