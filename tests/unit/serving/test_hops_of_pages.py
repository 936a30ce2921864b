"""Names that no run has read, of channels that mirror each other through one server."""

import asyncio
from typing import Any

import httpx
import msgspec

from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.domain.errors import UpstreamMissing, UpstreamRefused
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.ports.blobs import put_bytes
from libs.common.ports.upstream import Fetched, NotModified
from services.api.serving.source_pages import PageLimits
from tests.unit.serving.fakes import FileRecord, TinyEcosystem, encode_payload
from tests.unit.serving.world import LIMITS, SOURCE, World

OURS = "http://tain.example/api/repo"


class ThroughUs(MemoryUpstream):
    """A source whose URLs of our own host are answered by the server itself, as a payload of the page's files."""

    world: World

    async def get(self, url: str, **given: Any) -> Fetched | NotModified:
        """Ask ourselves, or return a whole file; see the port."""
        if url.startswith(OURS):
            self.files[url] = await self._ask(url, hops=given["hops"])
        return await super().get(url, **given)

    async def _ask(self, url: str, *, hops: int) -> bytes:
        async with self.world.client() as client:
            got = await client.get(url, headers={"CDN-Loop": ", ".join(["tain"] * (hops + 1))})
        if got.status_code == httpx.codes.NOT_FOUND:
            raise UpstreamMissing("404")
        if got.status_code != httpx.codes.OK:
            raise UpstreamRefused(f"{got.status_code}")
        names = got.json()["files"]
        return encode_payload(FileRecord(filename=name, digest=f"md5:{'a' * 32}", url=name) for name in names)


async def a_world(sources: dict[str, str]) -> World:
    """Return a world with channels that list the name `a`, each with a source of its own."""
    upstream = ThroughUs()
    limits = msgspec.structs.replace(LIMITS, pages=PageLimits(look_s=0, at_once=1))
    world = upstream.world = World(upstream=upstream, ecosystem=TinyEcosystem(), limits=limits)
    record = FileRecord(filename="a-1.whl", digest=f"md5:{'a' * 32}", url="a-1.whl")
    upstream.files[f"{SOURCE}/a/"] = encode_payload([record])
    rules = (await put_bytes(world.blobs, encode_evaluation(Evaluation()))).sha256
    for channel, source in sources.items():
        await world.add_mirror(channel, source_root=source, channel=channel)
        await world.publish({}, key=channel, mirror=f"id-of-{channel}", unread=("noarch/a",), rules=rules)
    return world


async def test_a_channel_may_mirror_another_of_ours() -> None:
    """Its pages are read through us once more, and do not wait for themselves; also where one may be read at a time."""
    world = await a_world({"first": SOURCE, "second": f"{OURS}/first/simple", "third": f"{OURS}/second/simple"})
    async with asyncio.timeout(10), world.client() as client:
        got = await client.get("/api/repo/third/simple/a/")

    assert got.json()["files"] == ["a-1.whl"]


async def test_a_circle_of_mirrors_comes_to_an_end() -> None:
    """Nobody has the name; nobody waits for ever to learn so."""
    world = await a_world({"first": f"{OURS}/second/simple", "second": f"{OURS}/first/simple"})
    async with asyncio.timeout(10), world.client() as client:
        got = await client.get("/api/repo/first/simple/a/")

    assert got.status_code == 502
