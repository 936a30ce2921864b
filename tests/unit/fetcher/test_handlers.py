"""What the fetcher hears, and what it says."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.flags import MemoryStopFlags
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.messages import (
    ArtifactDelayed,
    ArtifactFetch,
    ArtifactFetched,
    FileToFetch,
    Origin,
    StoredFile,
)
from libs.common.domain.digest import Blob, Digest, sha256_of
from libs.common.domain.errors import StoreUnavailable
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.handlers import FetcherHandlers
from services.fetcher.received import ReceivedBytes
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
    use_case = FetchArtifacts(
        files=files, seal=seal, stops=StopWatch(MemoryStopFlags()), room=room, received=ReceivedBytes(fetcher="one")
    )
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
            fetcher="one",
            received_bytes=len(DATA),
        )
    ]


class FullBlobStore(MemoryBlobStore):
    """A store without room."""

    async def find(self, digest: Digest) -> Blob | None:
        """Fail as a full disk does."""
        raise StoreUnavailable(f"no room for {digest.algorithm}")


async def test_a_batch_that_the_store_does_not_take_says_why_it_waits() -> None:
    """The message comes again later; until then people see the reason."""
    seal, bus = JweSeal(bytes(32)), MemoryBus()
    files = FileStore(upstream=MemoryUpstream({}), blobs=FullBlobStore(), slots=asyncio.Semaphore(1), retries=Retries())
    room = FileRoom(files_at_once=3)
    use_case = FetchArtifacts(
        files=files, seal=seal, stops=StopWatch(MemoryStopFlags()), room=room, received=ReceivedBytes(fetcher="one")
    )
    handlers = FetcherHandlers(fetch_artifacts=use_case, bus=bus, room=room)
    origin = seal.seal(msgspec.json.encode(Origin(base_url="https://host/main")).decode())
    file = FileToFetch("a.conda", "a.conda", f"sha256:{sha256_of(DATA)}", len(DATA))
    message = ArtifactFetch(run_id="run", mirror_id="m", attempt=1, batch=2, origin=origin, files=(file,))

    with pytest.raises(StoreUnavailable):
        await handlers.on_artifact_fetch(
            message, event=EventInfo(id="event", time=datetime(2026, 1, 1, tzinfo=UTC), source="scheduler")
        )

    assert bus.said == [ArtifactDelayed(run_id="run", mirror_id="m", attempt=1, batch=2, reason="no room for sha256")]
