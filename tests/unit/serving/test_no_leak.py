"""A file that a policy excludes can't be had: by no address, form or cache, in whole or in part."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import given, settings

from libs.common.domain.digest import Digest
from libs.common.domain.mirror import Filters, MirrorMode, MirrorType
from libs.common.domain.policy import Rule
from libs.common.ecosystems.registry import ecosystem
from libs.common.runtime.clock import RandomIds
from services.api.access import Access
from services.api.serving.serving import Serving
from tests.support.choices import PACKAGES, SUBDIRS, rules
from tests.support.conda_index import Form
from tests.support.packages import Package, a_package
from tests.support.records import a_channel, a_mirror, a_rule
from tests.support.world import World
from tests.unit.serving.fakes import FakeLeases
from tests.unit.serving.world import LIMITS, web_app

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TOKEN = "an-administrators-token"
BASE = "/api/repo/main"
FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("alpha", "2.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")


class LaterClock:
    """The time, and as much later as is wanted."""

    def __init__(self) -> None:
        self.later = timedelta()

    def now(self) -> datetime:
        """Return it."""
        return datetime.now(UTC) + self.later


class Site:
    """A world and a server on it that keeps what it ever read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock = LaterClock()
        self.serving = Serving(
            records=world.records,
            blobs=world.blobs,
            upstream=world.upstream,
            seal=world.seal,
            access=Access(TOKEN),
            bus=world.bus,
            leases=FakeLeases(),
            clock=world.clock,
            ids=RandomIds(),
            ecosystems=(ecosystem(MirrorType.CONDA),),
            limits=LIMITS,
        )
        transport = httpx.ASGITransport(app=web_app(self.serving))  # type: ignore[arg-type] # Litestar names its own ASGI types
        self.http = httpx.AsyncClient(transport=transport, base_url="http://tain.example")

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """Send one request, the path as it is written."""
        url = httpx.URL("http://tain.example", raw_path=path.encode())
        return await self.http.request(method, url, headers={key.replace("_", "-"): it for key, it in headers.items()})

    async def apply(self, *rules: Rule) -> None:
        """Put the channel under a policy and publish, as the services do."""
        await self.world.put_policy(*rules)
        await self.world.look_at_rules()
        await self.world.publish()

    async def listed(self, subdir: str) -> dict[str, frozenset[str]]:
        """Return what every file of an index names, by the file."""
        found: dict[str, frozenset[str]] = {}
        repodata = (await self.ask(f"{BASE}/{subdir}/{Form.JSON}")).json()
        found["json"] = _names(repodata)
        packed = (await self.ask(f"{BASE}/{subdir}/{Form.ZST}")).content
        found["zst"] = _names(msgspec.json.decode(zstd.decompress(packed)))
        found["shards"] = await self._listed_in_shards(subdir)
        return found

    async def run_exports(self, subdir: str) -> frozenset[str]:
        """Return the files that run_exports.json names."""
        answer = await self.ask(f"{BASE}/{subdir}/run_exports.json")
        return _names(answer.json()) if answer.status_code == httpx.codes.OK else frozenset()

    async def versions(self) -> Mapping[str, Any]:
        """Return what channeldata.json says of packages."""
        packages: Mapping[str, Any] = (await self.ask(f"{BASE}/channeldata.json")).json()["packages"]
        return packages

    async def shards(self, subdir: str) -> dict[str, str]:
        """Return the addresses of the shards that the index names, by package."""
        index = msgspec.msgpack.decode(zstd.decompress((await self.ask(f"{BASE}/{subdir}/{Form.SHARDS}")).content))
        return {name: f"{BASE}/{subdir}/shards/{it.hex()}.msgpack.zst" for name, it in index["shards"].items()}

    async def _listed_in_shards(self, subdir: str) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for path in (await self.shards(subdir)).values():
            found |= _names(msgspec.msgpack.decode(zstd.decompress((await self.ask(path)).content)))
        return found


def _names(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({**document.get("packages", {}), **document.get("packages.conda", {})})


@asynccontextmanager
async def a_site(*packages: Package, mode: MirrorMode = MirrorMode.PASSIVE) -> AsyncIterator[Site]:
    """Yield a server of a published channel, everything of which was asked for once."""
    world = World(mode=mode, filters=Filters(subdirs=SUBDIRS))
    world.offer(packages, subdirs=SUBDIRS)
    await world.run()
    await world.publish()
    site = Site(world)
    try:
        for package in packages:
            assert (await site.ask(f"{BASE}/{package.path}")).content == package.data
        for subdir in SUBDIRS:
            await site.listed(subdir)
        yield site
    finally:
        await site.http.aclose()
        await site.serving.stop()


def spellings(path: str) -> list[str]:
    """Return other ways to write an address."""
    subdir, _, filename = path.partition("/")
    everything = "".join(f"%{ord(character):02x}" for character in filename)
    return [
        f"{BASE}/{path}",
        f"{BASE}/{subdir}/{everything}",
        f"{BASE}/{subdir}%2F{filename}",
        f"{BASE}/{quote(quote(path))}",
        f"{BASE}/{path.upper()}",
        f"{BASE}/{subdir}/{filename.title()}",
        f"{BASE}//{path}",
        f"{BASE}/./{path}",
        f"{BASE}/other/../{path}",
        f"{BASE}/{path}/",
        f"{BASE}/{path}?x=1",
        f"{BASE}/{path}%00",
        f"{BASE}/label/main/{path}",
        f"/api/repo/t/{TOKEN}/main/{path}",
        f"/t/{TOKEN}/api/repo/main/{path}",
    ]


@pytest.mark.parametrize("mode", MirrorMode)
async def test_no_address_and_no_kind_of_request_has_it(mode: MirrorMode) -> None:
    """Also not what clients know of it: its ETag, a part of it; and although its blob is stored."""
    async with a_site(FREE, COPYLEFT, mode=mode) as site:
        known = await site.ask(f"{BASE}/{COPYLEFT.path}")
        await site.apply(NO_GPL)
        assert await site.world.blobs.find(Digest.parse(f"sha256:{COPYLEFT.sha256}")) is not None

        for path in spellings(COPYLEFT.path):
            for method in ("GET", "HEAD"):
                for headers in (
                    {},
                    {"range": "bytes=0-9"},
                    {"range": "bytes=-9", "if_range": known.headers["etag"]},
                    {"if_none_match": known.headers["etag"]},
                    {"if_none_match": "*"},
                    {"if_modified_since": "Sun, 06 Nov 2044 08:49:37 GMT"},
                    {"x_auth": TOKEN},
                ):
                    answer = await site.ask(path, method=method, **headers)
                    assert answer.status_code == httpx.codes.NOT_FOUND, (method, path, headers)
                    assert COPYLEFT.data[:64] not in answer.content
        assert (await site.ask(f"{BASE}/{FREE.path}")).content == FREE.data


async def test_a_download_that_goes_on_is_joined_by_no_one_new() -> None:
    """Whoever asks after the policy came does not get in by the transfer of one who asked before."""
    world = World(filters=Filters(subdirs=SUBDIRS))
    large = a_package("alpha", "2.0", license_name="GPL-3.0-only", padding_bytes=200_000)
    world.offer([FREE, large], subdirs=SUBDIRS)
    await world.run()
    await world.publish()
    site = Site(world)
    begun, gate = asyncio.Event(), asyncio.Event()
    pass_through = world.upstream.open

    @asynccontextmanager
    async def slow(url: str, **wish: Any) -> AsyncIterator[Any]:
        async with pass_through(url, **wish) as download:
            begun.set()
            await gate.wait()
            yield download

    world.upstream.open = slow  # type: ignore[method-assign]
    first = asyncio.create_task(site.ask(f"{BASE}/{large.path}"))
    await begun.wait()
    await site.apply(NO_GPL)

    second = await site.ask(f"{BASE}/{large.path}")

    assert second.status_code == httpx.codes.NOT_FOUND
    gate.set()
    assert (await first).content == large.data
    assert (await site.ask(f"{BASE}/{large.path}")).status_code == httpx.codes.NOT_FOUND
    await site.serving.stop()
    await site.http.aclose()


async def test_a_shard_that_names_it_is_gone_with_it() -> None:
    """Whoever reads the index in that moment reads it to its end; the shards of other names stay."""
    other = a_package("other")
    async with a_site(FREE, COPYLEFT, other) as site:
        before = await site.shards("noarch")

        await site.apply(NO_GPL)

        assert (await site.ask(before["alpha"])).status_code == httpx.codes.OK
        assert (await site.ask(f"{BASE}/{COPYLEFT.path}")).status_code == httpx.codes.NOT_FOUND
        site.clock.later = timedelta(minutes=1)
        assert (await site.ask(before["alpha"])).status_code == httpx.codes.NOT_FOUND
        assert (await site.ask(before["other"])).status_code == httpx.codes.OK
        assert (await site.ask((await site.shards("noarch"))["alpha"])).status_code == httpx.codes.OK


async def test_a_file_whose_record_came_to_break_a_rule_is_gone_at_once() -> None:
    """The rules are the same: an older revision, where it broke none, does not serve it any more."""
    patched = msgspec.structs.replace(FREE, record={**FREE.record, "license": "GPL-3.0-only"})
    other = a_package("other")
    async with a_site(FREE, other) as site:
        await site.apply(NO_GPL)
        shard = (await site.shards("noarch"))["alpha"]
        assert (await site.ask(f"{BASE}/{FREE.path}")).status_code == httpx.codes.OK

        site.world.offer([patched], subdirs=SUBDIRS)
        await site.world.run()
        await site.world.publish()

        assert (await site.ask(f"{BASE}/{FREE.path}")).status_code == httpx.codes.NOT_FOUND
        site.clock.later = timedelta(minutes=1)
        assert (await site.ask(shard)).status_code == httpx.codes.NOT_FOUND
        # What upstream took away goes on for a while.
        assert (await site.ask(f"{BASE}/{other.path}")).status_code == httpx.codes.OK


async def test_another_channel_that_may_have_it_lets_nobody_else_in() -> None:
    """Both channels share the blob, and the shard."""
    async with a_site(FREE, COPYLEFT) as site:
        world = site.world
        first = world.mirror
        await world.records.channels.add(a_channel("open"))
        world.mirror = a_mirror("open", channel="open", source_root=first.source_root, filters=first.filters)
        await world.records.mirrors.add(world.mirror)
        await world.run()
        await world.publish()
        world.mirror = first
        await site.apply(NO_GPL)

        assert (await site.ask(f"/api/repo/open/{COPYLEFT.path}")).content == COPYLEFT.data
        assert (await site.ask(f"{BASE}/{COPYLEFT.path}")).status_code == httpx.codes.NOT_FOUND
        assert COPYLEFT.filename not in (await site.listed("noarch"))["json"]


@settings(max_examples=25, deadline=None)
@given(new=rules())
def test_every_form_of_the_index_is_what_was_decided(new: tuple[Rule, ...]) -> None:
    """repodata.json, .zst and shards list just what is kept; run_exports and channeldata name nothing else."""

    async def check() -> None:
        async with a_site(*PACKAGES) as site:
            await site.apply(*new)
            kept = await site.world.listed()
            for subdir in SUBDIRS:
                names = {ckey.partition("/")[2] for ckey in kept if ckey.startswith(f"{subdir}/")}
                assert await site.listed(subdir) == dict.fromkeys(("json", "zst", "shards"), names)
                assert await site.run_exports(subdir) <= names
            said = await site.versions()
            assert said.keys() == {ckey.partition("/")[2].split("-")[0] for ckey in kept}
            for name, facts in said.items():
                assert any(f"/{name}-{facts['version']}-" in ckey for ckey in kept)
            for package in PACKAGES:
                answer = await site.ask(f"{BASE}/{package.path}")
                is_kept = package.path in kept
                assert answer.status_code == (httpx.codes.OK if is_kept else httpx.codes.NOT_FOUND)

    asyncio.run(check())
