"""A whole installation in memory: a source, a channel, a mirror, and runs of it.

The scheduler's and the indexer's use cases run for real, on memory adapters; a fetcher
that answers at once stands in for the fetchers.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.flags import MemoryStopFlags, MemoryWorkQueue
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.message import Message
from libs.common.contracts.messages import (
    ArtifactFetch,
    ArtifactFetched,
    FailedFile,
    Origin,
    StoredFile,
)
from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue
from libs.common.domain.digest import Digest, Expected
from libs.common.domain.errors import TainError
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy, Rule
from libs.common.domain.run import Run, RunId
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import read_all
from libs.common.ports.clock import Clock
from libs.common.runtime.clock import RandomIds, SystemClock
from services.indexer.garbage_ports import GarbagePorts
from services.indexer.publish_channel import PublishPorts, publish_channel
from services.scheduler.ask_rules import RulePorts
from services.scheduler.decide_stored import AgainPorts
from services.scheduler.execute_run import Execution
from services.scheduler.fill_uploads import FillPorts, UploadsWatch
from services.scheduler.run_ports import Ports, Task
from services.scheduler.settle_batch import settle_batch
from services.scheduler.tell_end import tell_end
from services.scheduler.watch_rules import RuleWatch
from tests.support.conda_index import Form, render_channel
from tests.support.packages import Package
from tests.support.records import a_channel, a_mirror, a_policy, a_run

ROOT = "http://source.example/conda"
OWNER = "scheduler-1"


class FetchingBus(MemoryBus):
    """A bus with a fetcher on it that takes every batch at once, unless it is held."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self.news = asyncio.Condition()
        self._world = world

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message, and do what it asks of a fetcher."""
        await super().say(message, event_id=event_id, at=at)
        async with self.news:
            self.news.notify_all()
        if isinstance(message, ArtifactFetch) and not self._world.holds_fetching:
            await self._world.fetch(message)


class World:
    """One source, one channel `main`, and its mirror."""

    def __init__(
        self, packages: Iterable[Package] = (), *, forms: Sequence[Form] = (Form.ZST,), **mirror: object
    ) -> None:
        self.records = MemoryRecords()
        self.blobs = MemoryBlobStore()
        self.upstream = MemoryUpstream()
        self.bus = FetchingBus(self)
        self.queue = MemoryWorkQueue()
        self.flags = MemoryStopFlags()
        self.seal = JweSeal(b"k" * 32)
        self.clock: Clock = SystemClock()
        self.holds_fetching = False
        self.broken: frozenset[str] = frozenset()
        self.mirror: Mirror = msgspec.structs.replace(a_mirror(), source_root=ROOT, **mirror)
        self._forms = forms
        self._runs = 0
        self.offer(packages)

    def offer(
        self,
        packages: Iterable[Package],
        *,
        forms: Sequence[Form] | None = None,
        subdirs: Sequence[str] = ("noarch",),
    ) -> None:
        """Let the source have these packages from now on."""
        self._forms = forms or self._forms
        packages = tuple(packages)
        files = render_channel(packages, self._forms, subdirs=subdirs)
        self.upstream.files = {f"{ROOT}/{path}": data for path, data in files.items()}
        self.upstream.files |= {f"{ROOT}/{package.path}": package.data for package in packages}

    async def open(self) -> None:
        """Make the channel and its mirror, unless they are there."""
        if await self.records.channels.get(self.mirror.channel) is None:
            await self.records.channels.add(a_channel())
            await self.records.mirrors.add(self.mirror)

    async def begin(self) -> Execution:
        """Make a run and its execution, claimed and ready to go."""
        await self.open()
        self._runs += 1
        await self.records.runs.add(a_run(f"run-{self._runs}", mirror_id=self.mirror.id))
        return await self.claim(f"run-{self._runs}")

    async def claim(self, run_id: str, *, owner: str = OWNER) -> Execution:
        """Take a run up, as its first or its next owner."""
        now = self.clock.now()
        run = await self.records.runs.claim(RunId(run_id), owner=owner, at=now, unseen_since=now + timedelta(days=1))
        channel = await self.records.channels.get(self.mirror.channel)
        mirror = await self.records.mirrors.get(self.mirror.id)
        assert run is not None
        assert channel is not None
        assert mirror is not None
        return Execution(Task(run=run, mirror=mirror, channel=channel, owner=owner), ports=self.ports())

    def ports(self) -> Ports:
        """Return what the scheduler needs to execute runs."""
        return Ports(
            runs=self.records.runs,
            batches=self.records.batches,
            heads=self.records.catalogue_heads,
            shards=self.records.shards,
            pages=self.records.read_pages,
            extracted=self.records.extracted,
            blobs=self.blobs,
            upstream=self.upstream,
            seal=self.seal,
            bus=self.bus,
            queue=self.queue,
            clock=self.clock,
            rules=self.rule_ports(),
            index_limit_bytes=10**9,
        )

    def rule_ports(self) -> RulePorts:
        """Return where it stands what mirrors are under."""
        return RulePorts(
            channels=self.records.channels,
            mirrors=self.records.mirrors,
            policies=self.records.policies,
            books=self.records.advisory_books,
            removals=self.records.removals,
            clock=self.clock,
        )

    def rule_watch(self) -> RuleWatch:
        """Return a scheduler's watch over the rules; the tests tell runs themselves."""
        return RuleWatch(ports=self.again_ports(), runs=self.records.runs, bus=self.bus, tell_runs=lambda: None)

    def again_ports(self) -> AgainPorts:
        """Return what deciding without a run needs."""
        return AgainPorts(
            rules=self.rule_ports(), heads=self.records.catalogue_heads, shards=self.records.shards, blobs=self.blobs
        )

    def uploads_watch(self) -> UploadsWatch:
        """Return a scheduler's watch over what people put into channels."""
        return UploadsWatch(FillPorts(uploads=self.records.uploads, again=self.again_ports(), bus=self.bus))

    async def tell_end(self, run: Run) -> None:
        """Say how a run ended."""
        await tell_end(run, runs=self.records.runs, batches=self.records.batches, queue=self.queue, bus=self.bus)

    async def run(self) -> Run:
        """Run the mirror once, and return the run as it ended."""
        execution = await self.begin()
        await execution.execute()
        return await self.ended(execution)

    async def ended(self, execution: Execution) -> Run:
        """Return an execution's run as it is stored."""
        run = await self.records.runs.get(execution.run.id)
        assert run is not None
        return run

    async def edit(self, **changes: Any) -> None:
        """Edit the mirror."""
        was = self.mirror.policy_id
        self.mirror = msgspec.structs.replace(self.mirror, **changes)
        await self.records.mirrors.replace(self.mirror, policy_was=was)

    async def put_policy(self, *rules: Rule, name: str = "production") -> Policy:
        """Put the channel under a policy of these rules, or save the policy anew."""
        newest = await self.records.policies.get(f"id-of-{name}")
        number = newest.number + 1 if newest is not None else 1
        policy = msgspec.structs.replace(a_policy(name), rules=rules, number=number)
        assert await (self.records.policies.add(policy) if newest is None else self.records.policies.save(policy))
        await self.assign(policy.id)
        return policy

    async def assign(self, policy_id: str | None) -> None:
        """Put the channel under another policy, or under none."""
        channel = await self.records.channels.get(self.mirror.channel)
        assert channel is not None
        await self.records.channels.set_policy(channel.id, policy_id, was=channel.policy_id, at=self.clock.now())

    async def look_at_rules(self) -> None:
        """Do what a scheduler does when it hears that rules changed."""
        await self.rule_watch().look()

    async def head(self) -> CatalogueHead:
        """Return the mirror's head."""
        head = await self.records.catalogue_heads.get(self.mirror.id)
        assert head is not None
        return head

    async def listed(self) -> dict[str, str]:
        """Return the files that the mirror lists, by path, and their digests."""
        catalogue = await self.catalogue()
        found: dict[str, str] = {}
        for partition, part in catalogue.parts.items():
            shards = [entry.shard for entry in part.entries.values() if entry.shard is not None]
            for payload in (await self.records.shards.get(shards)).values():
                for artifact in ecosystem(catalogue.type).artifacts(payload, partition=partition):
                    found[artifact.ckey] = artifact.expected.digest.hex
        return found

    async def fetch(self, message: ArtifactFetch) -> None:
        """Do a fetcher's work on a batch, and let the scheduler hear of it."""
        origin = msgspec.json.decode(self.seal.unseal(message.origin), type=Origin)
        stored: list[StoredFile] = []
        failed: list[FailedFile] = []
        for file in message.files:
            if file.ckey in self.broken:
                failed.append(FailedFile(ckey=file.ckey, code="content_mismatch", reason="broken on purpose"))
                continue
            spool = self.blobs.spool()
            async with self.upstream.open(join_url(origin.base_url, file.url)) as download:
                async for piece in download.pieces():
                    spool.write(piece)
            expected = Expected(digest=Digest.parse(file.digest), size_bytes=file.size_bytes)
            try:
                blob = await self.blobs.commit(spool, expected=expected)
            except TainError as exc:
                failed.append(FailedFile(ckey=file.ckey, code=exc.code, reason=exc.message))
            else:
                stored.append(StoredFile(file.ckey, blob.sha256, blob.size_bytes, blob.size_bytes))
        await settle_batch(
            ArtifactFetched(
                run_id=message.run_id,
                mirror_id=message.mirror_id,
                attempt=message.attempt,
                batch=message.batch,
                stored=tuple(stored),
                failed=tuple(failed),
            ),
            batches=self.records.batches,
        )

    async def catalogue(self) -> Catalogue:
        """Return what the mirror holds now."""
        head = await self.records.catalogue_heads.get(self.mirror.id)
        assert head is not None
        return decode_catalogue(await read_all(self.blobs, head.catalogue))

    async def files(self) -> int:
        """Count the files that the mirror holds now."""
        catalogue = await self.catalogue()
        return sum(entry.files for part in catalogue.parts.values() for entry in part.entries.values())

    def publish_ports(self) -> PublishPorts:
        """Return what the indexer needs."""
        return PublishPorts(
            channels=self.records.channels,
            mirrors=self.records.mirrors,
            heads=self.records.catalogue_heads,
            revisions=self.records.revisions,
            shards=self.records.shards,
            rendered=self.records.rendered_shards,
            blobs=self.blobs,
            bus=self.bus,
            clock=self.clock,
            ids=RandomIds(),
        )

    def garbage_ports(self) -> GarbagePorts:
        """Return what a sweep and a verification need."""
        return GarbagePorts(
            channels=self.records.channels,
            mirrors=self.records.mirrors,
            heads=self.records.catalogue_heads,
            revisions=self.records.revisions,
            runs=self.records.runs,
            books=self.records.advisory_books,
            batches=self.records.batches,
            shards=self.records.shards,
            rendered=self.records.rendered_shards,
            read_pages=self.records.read_pages,
            extracted=self.records.extracted,
            uploads=self.records.uploads,
            removals=self.records.removals,
            attachments=self.records.attachments,
            reports=self.records.reports,
            kept_reports=self.records.kept_reports,
            mirror_previews=self.records.mirror_previews,
            blobs=self.blobs,
            bus=self.bus,
            clock=self.clock,
        )

    async def publish(self) -> int:
        """Publish the channel, and return the number of its revision (0 for none)."""
        channel = await self.records.channels.get(self.mirror.channel)
        assert channel is not None
        await publish_channel(channel.key, channel.id, ports=self.publish_ports())
        channel = await self.records.channels.get(self.mirror.channel)
        assert channel is not None
        return channel.published.number if channel.published else 0

    def said(self, kind: type[Message]) -> list[Message]:
        """Return the messages of one kind."""
        return [message for message in self.bus.said if isinstance(message, kind)]

    async def until_said(self, kind: type[Message], count: int) -> None:
        """Wait until so many messages of one kind were said."""
        async with asyncio.timeout(30), self.bus.news:
            await self.bus.news.wait_for(lambda: len(self.said(kind)) >= count)

    async def until(self, is_it: Callable[[Message], bool]) -> Message:
        """Wait for a message, and return it."""
        async with asyncio.timeout(30), self.bus.news:
            await self.bus.news.wait_for(lambda: any(is_it(message) for message in self.bus.said))
        return next(message for message in self.bus.said if is_it(message))

    def asked(self) -> list[str]:
        """Return the paths that the source was asked for, and forget them."""
        paths = [url.removeprefix(f"{ROOT}/") for url, _ in self.upstream.requests]
        self.upstream.requests.clear()
        return paths
