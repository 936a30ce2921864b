"""A fetcher killed inside a large file: another one on the same folder goes on where it was."""

import asyncio
import base64
import uuid
from pathlib import Path

import msgspec
import nats
from nats.aio.client import Client

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import prepare_nats
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.messages import ArtifactFetch, ArtifactFetched, FileToFetch, Origin
from libs.common.domain.digest import sha256_of
from libs.common.ports.blobs import read_all
from libs.common.runtime.clock import RandomIds, SystemClock
from tests.support.eventually import eventually
from tests.support.metered_source import metered_source
from tests.support.processes import running_services
from tests.support.servers import running_nats

KEY = bytes(range(32))
SIZE_BYTES = 24_000_000
BYTES_PER_S = 6_000_000
LOST_WITH_THE_PROCESS = 2_000_000
"""What was on its way: in buffers of the network, of the client, and of the file."""


async def test_a_file_is_gone_on_with_by_range_after_a_kill(tmp_path: Path) -> None:
    """Counted at the source: hardly a byte is sent twice."""
    data = uuid.uuid4().bytes * (SIZE_BYTES // 16)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large.conda").write_bytes(data)
    (tmp_path / "key").write_bytes(base64.b64encode(KEY))
    blobs = tmp_path / "blobs"
    with (
        running_nats(tmp_path / "nats") as nats_url,
        metered_source(tmp_path / "source", bytes_per_s=BYTES_PER_S) as source,
    ):
        settings = {
            "TAIN_NATS_URL": nats_url,
            "TAIN_BLOBS_URL": blobs.as_uri(),
            "TAIN_SECRET_KEY_FILE": str(tmp_path / "key"),
        }
        client = await nats.connect(nats_url)
        await prepare_nats(client)
        heard = await client.subscribe(ArtifactFetched.subject)
        with running_services("fetcher", tmp_path / "killed", settings=settings) as (killed,):
            await _ask(client, source.url, data)
            await asyncio.to_thread(
                eventually,
                lambda: "large.conda" in (sent := source.sent()) and sent["large.conda"].size_bytes > SIZE_BYTES // 2,
                within_s=30,
                what="half of the file to be sent",
            )
            killed.kill()
            killed.wait()
        assert not list((blobs / "sha256").rglob("*/*"))
        with running_services("fetcher", tmp_path / "other", settings=settings):
            result = msgspec.json.decode((await heard.next_msg(timeout=60)).data, type=ArtifactFetched)
        sent = source.sent()["large.conda"]
        await client.close()

    assert [(file.sha256, file.size_bytes) for file in result.stored] == [(sha256_of(data), len(data))]
    assert await read_all(FileBlobStore(blobs), sha256_of(data)) == data
    assert (sent.requests, sent.size_bytes) == (2, SIZE_BYTES + sent.again_bytes)
    assert sent.again_bytes < LOST_WITH_THE_PROCESS
    assert result.stored[0].fetched_bytes < SIZE_BYTES // 2 + LOST_WITH_THE_PROCESS
    assert list((blobs / "partial").iterdir()) == []


async def _ask(client: Client, url: str, data: bytes) -> None:
    """Queue a batch of this one file."""
    bus = NatsBus(client, source="test", clock=SystemClock(), ids=RandomIds())
    origin = JweSeal(KEY).seal(msgspec.json.encode(Origin(base_url=url)).decode())
    file = FileToFetch("noarch/large.conda", "large.conda", f"sha256:{sha256_of(data)}", len(data))
    await bus.say(ArtifactFetch(run_id="run", mirror_id="mirror", attempt=1, batch=0, origin=origin, files=(file,)))
