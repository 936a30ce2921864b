"""The scheduler's and the indexer's use cases in one process, with real MongoDB and files.

Run as `python -m tests.benchmarks.pipeline_use_cases FOLDER MONGO_URL`.
"""

import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import structlog

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.seal import JweSeal
from libs.common.adapters.upstream.open import open_upstream
from libs.common.adapters.upstream.settings import UpstreamSettings
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType
from libs.common.domain.policy import Action, Among, Policy, Rule, Where
from libs.common.domain.run import Run, RunId, RunState
from libs.common.runtime.clock import RandomIds, SystemClock
from services.indexer.publish_channel import PublishPorts, publish_channel
from services.scheduler.ask_rules import RulePorts, ask_rules
from services.scheduler.decide_again import decide_again
from services.scheduler.decide_stored import AgainPorts
from services.scheduler.execute_run import Execution
from services.scheduler.run_ports import Ports, Task
from tests.benchmarks.measure import Stopwatch
from tests.benchmarks.pipeline import BENCHMARK
from tests.benchmarks.pipeline_steps import filters_for
from tests.support.conda_index import Form

_CHANNEL = ChannelKey("bench")
_OWNER = "benchmark"
_LIMIT_BYTES = 2 * 1024**3
_NAME = re.compile(rb'"name":"([^"]+)"')


class NoQueue:
    """No work is queued: the mirror is passive."""

    async def discard(self, run_id: str) -> None:
        """Have nothing to drop."""

    async def has_work(self, run_id: str) -> bool:  # noqa: ARG002 - the port's shape
        """Tell that there is none."""
        return False


class World:
    """One channel with one passive mirror of a folder, and all the ports that it takes."""

    def __init__(self, source: Path, names: list[str], *, mongo_url: str, blobs: Path) -> None:
        self._clock, self._ids = SystemClock(), RandomIds()
        self._records = MongoRecords(connect(mongo_url))
        self._blobs = open_blob_store(blobs.as_uri())
        self._source = source
        now = self._clock.now()
        self._channel = Channel(id="c", key=_CHANNEL, created_at=now)
        self._mirror = Mirror(
            id="m",
            name="bench",
            channel=_CHANNEL,
            channel_id="c",
            source_root=(source / "source").as_uri(),
            type=MirrorType.CONDA,
            mode=MirrorMode.PASSIVE,
            filters=filters_for(names),
            created_at=now,
        )

    async def prepare(self) -> None:
        """Store the channel and its mirror."""
        await self._records.prepare()
        await self._records.channels.add(self._channel)
        await self._records.mirrors.add(self._mirror)

    async def run(self) -> None:
        """Read, decide and save, as the scheduler does.

        Raises:
            RuntimeError: when the run does not complete.
        """
        now = self._clock.now()
        asked = Run(
            id=RunId(self._ids.new()),
            mirror_id="m",
            channel=_CHANNEL,
            number=0,
            state=RunState.PENDING,
            requested_at=now,
        )
        await self._records.runs.add(asked)
        run = await self._records.runs.claim(asked.id, owner=_OWNER, at=now, unseen_since=now - timedelta(seconds=60))
        if run is None:
            raise RuntimeError("the run could not be claimed")
        async with open_upstream(UpstreamSettings(file_sources=(str(self._source),))) as upstream:
            ports = Ports(
                runs=self._records.runs,
                batches=self._records.batches,
                heads=self._records.catalogue_heads,
                shards=self._records.shards,
                pages=self._records.read_pages,
                extracted=self._records.extracted,
                blobs=self._blobs,
                upstream=upstream,
                seal=JweSeal(os.urandom(32)),
                bus=MemoryBus(),
                queue=NoQueue(),
                clock=self._clock,
                rules=self._rules(),
                index_limit_bytes=_LIMIT_BYTES,
            )
            task = Task(run=run, mirror=self._mirror, channel=self._channel, owner=_OWNER)
            await Execution(task, ports=ports).execute()
        ended = await self._records.runs.get(run.id)
        if ended is None or ended.state is not RunState.COMPLETED:
            raise RuntimeError(f"the run ended {ended}")

    def _rules(self) -> RulePorts:
        return RulePorts(
            channels=self._records.channels,
            mirrors=self._records.mirrors,
            policies=self._records.policies,
            books=self._records.advisory_books,
            removals=self._records.removals,
            clock=self._clock,
        )

    async def decide_again(self, *rules: Rule) -> None:
        """Put the channel under a policy of these rules, and decide anew, as the scheduler does.

        Raises:
            RuntimeError: when nothing is decided.
        """
        now = self._clock.now()
        policies = self._records.policies
        old = await policies.get("p")
        new = Policy(id="p", name="p", number=old.number + 1 if old else 1, rules=rules, created_at=now, saved_at=now)
        await (policies.save(new) if old else policies.add(new))
        await self._records.channels.set_policy("c", "p", was="p" if old else None, at=now)
        asked, head = await ask_rules("m", ports=self._rules()), await self._records.catalogue_heads.get("m")
        heads, shards = self._records.catalogue_heads, self._records.shards
        ports = AgainPorts(rules=self._rules(), heads=heads, shards=shards, blobs=self._blobs)
        if asked is None or head is None or await decide_again(head, asked=asked, ports=ports) is None:
            raise RuntimeError("nothing was decided")

    async def publish(self) -> None:
        """Merge, render and publish, as the indexer does."""
        ports = PublishPorts(
            channels=self._records.channels,
            mirrors=self._records.mirrors,
            heads=self._records.catalogue_heads,
            revisions=self._records.revisions,
            shards=self._records.shards,
            rendered=self._records.rendered_shards,
            blobs=self._blobs,
            bus=MemoryBus(),
            clock=self._clock,
            ids=self._ids,
        )
        await publish_channel(_CHANNEL, "c", ports=ports)

    async def close(self) -> None:
        """Close the connections."""
        await self._records.close()


async def main(folder: Path, mongo_url: str) -> None:
    """Measure a first run, decisions by other rules, a run without news, and one with one name in a thousand changed.

    The names that are denied, and the licenses, come as a policy of the channel.
    """
    data = (folder / "today" / "linux-64" / Form.JSON).read_bytes()
    records, names = data.count(b'"name":'), [name.decode() for name in sorted(set(_NAME.findall(data)))]
    del data
    source = folder / "source"
    source.symlink_to(folder / "today")
    world = World(folder, names, mongo_url=mongo_url, blobs=folder / "blobs")
    await world.prepare()
    watch = Stopwatch(f"{BENCHMARK}, {records:,} records", who="Tain, use cases with MongoDB and files")
    with watch.step("first run: read, decide, store", items=records, unit="records"):
        await world.run()
    with watch.step("publish: merge, render all forms, store", items=records, unit="records"):
        await world.publish()
    denied = Rule(id="denied", action=Action.EXCLUDE, where=Where(name=tuple(names[:: max(len(names) // 2_000, 1)])))
    with watch.step("decide anew: a policy that denies 2,000 names", items=records, unit="records"):
        await world.decide_again(denied)
    with watch.step("publish that", items=records, unit="records"):
        await world.publish()
    licenses = Rule(id="licenses", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT", "BSD", "APACHE"))))
    with watch.step("decide anew: a license rule", items=records, unit="records"):
        await world.decide_again(licenses)
    with watch.step("decide anew: no policy", items=records, unit="records"):
        await world.decide_again()
    with watch.step("run without news", items=records, unit="records"):
        await world.run()
    source.unlink()
    source.symlink_to(folder / "tomorrow")
    with watch.step("run with 0.1 % of names changed", items=records, unit="records"):
        await world.run()
    with watch.step("publish 0.1 % of names changed", items=records, unit="records"):
        await world.publish()
    await world.close()
    watch.print()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
