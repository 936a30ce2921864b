"""one run's source -> the mirror's catalogue, and for active mirrors its files in the store.

Reads in the order of the run: check and read the source, filter, compare, plan, fetch,
save. It may be cut off at any line.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from libs.common.contracts.messages import ArtifactFetch
from libs.common.contracts.messages import Origin as FileOrigin
from libs.common.domain.catalogue import Catalogue, CatalogueHead, counts_of, encode_catalogue
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import (
    ContentMismatch,
    SourceNotAllowed,
    StoreUnavailable,
    UpstreamMissing,
    UpstreamRefused,
)
from libs.common.domain.evaluation import encode_evaluation
from libs.common.domain.manifest import encode_manifest
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.run import Step
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import put_bytes
from libs.common.runtime.together import together
from services.scheduler.decide_run import Decision, RunDecider, asked_in_run
from services.scheduler.extract_companions import extract_companions
from services.scheduler.leave_unstored import leave_unstored
from services.scheduler.locate_index import Origin, origin_of
from services.scheduler.plan_fetch import Batch, FetchPlan, without_missing
from services.scheduler.progress import Progress
from services.scheduler.read_source import SourceReader
from services.scheduler.run_ports import Ports, Task
from services.scheduler.watch_queue import QueueWatch

_LOG = structlog.get_logger()
_LOOK_S = 0.5
_LAST_WORDS_S = 1.0
_SAY_AT_ONCE = 64
_LONG_AGO = timedelta(days=36500)
_HOPELESS = frozenset({UpstreamMissing.code, UpstreamRefused.code, ContentMismatch.code, SourceNotAllowed.code})


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The blobs that a run is known by afterwards."""

    manifest: Sha256
    evaluation: Sha256
    catalogue: Sha256


class CatalogueFiller:
    """The work of one attempt of a run; `saved` is what the run left, once it did."""

    def __init__(self, task: Task, *, ports: Ports, progress: Progress) -> None:
        self.saved: Saved | None = None
        self._run = task.run
        self._owner = task.owner
        self._mirror = task.mirror
        self._channel = task.channel
        self._ports = ports
        self._progress = progress
        self._ecosystem = ecosystem_of(task.mirror.type)
        self._decider = RunDecider(
            task.mirror,
            asks=partial(asked_in_run, task, ports=ports.rules),
            origin=self._origin(),
            ports=ports,
            progress=progress,
        )
        self._has_news = asyncio.Event()
        self._asks_again = False
        self._received_before = 0
        self._source: SourceReader | None = None
        self._decision: Decision | None = None

    def batch_settled(self) -> None:
        """Look at the batches again: one more has its outcome."""
        self._has_news.set()

    def look_at_rules(self) -> None:
        """Look at once whether what is fetched is still asked for."""
        self._asks_again = True
        self._has_news.set()

    async def count_received(self) -> int:
        """Show what came in for the run so far, in earlier attempts, too, and return it.

        Raises:
            StoreUnavailable: when the database does not answer.
        """
        received = await self._ports.batches.received(self._run.id)
        self._progress.count(bytes_transferred=received)
        return received

    async def fill(self) -> None:
        """Take the source to the mirror's catalogue.

        Where the rules change meanwhile, what was read is decided anew, and what is no longer
        let in is fetched no more.

        Raises:
            TainError: why it can't be done.
        """
        self._source = source = await self._decider.read()
        while True:
            self._decision = decision = await self._decider.decide(source)
            catalogue: Catalogue | None = decision.draft.catalogue
            if self._mirror.mode is MirrorMode.ACTIVE:
                catalogue = await self._fetched(decision)
            if catalogue is not None and await self._decider.holds(decision):
                break
            await self._begin_anew()
        await self._save(decision, catalogue)

    async def keep_what_is_stored(self) -> None:
        """After a stop: save a catalogue of what the fetchers stored until then, beside what the last one has.

        A mirror that was deleted with its packages has no use for one.
        """
        decision, source, step = self._decision, self._source, self._progress.step
        is_saving = step in (Step.SAVE, Step.FINISH)
        if decision is None or source is None or is_saving or self._mirror.mode is MirrorMode.PASSIVE:
            return
        is_fetching = step in (Step.PLAN, Step.DOWNLOAD)
        if is_fetching:
            await self._hear_last_words(decision.plan)
            await self.count_received()
        stored = await self._ports.runs.get(self._run.id)
        if stored is None or stored.is_discarded:
            return
        if is_fetching and await self._decider.holds(decision) and not await self._decider.has_lost_last():
            catalogue = await self._settled(decision.draft.catalogue, decision.plan)
        else:
            decision = await self._decider.decide(source, reads_on=False)
            catalogue, _ = await leave_unstored(
                decision.draft.catalogue,
                decision.plan,
                ecosystem=self._ecosystem,
                shards=self._ports.shards,
                blobs=self._ports.blobs,
            )
        await self._save(decision, await self._decider.with_last(decision, catalogue))

    async def _begin_anew(self) -> None:
        """Begin another attempt, whose batches are not mixed up with those of the last."""
        _LOG.info("rules_changed_in_run", run_id=self._run.id, attempt=self._run.attempt)
        now = self._ports.clock.now()
        claimed = await self._ports.runs.claim(self._run.id, owner=self._owner, at=now, unseen_since=now - _LONG_AGO)
        if claimed is None:
            raise StoreUnavailable("another scheduler took this run over")
        self._run = claimed

    async def _fetched(self, decision: Decision) -> Catalogue | None:
        """Have every planned file fetched, and return what is stored; None where the rules changed meanwhile."""
        catalogue = decision.draft.catalogue
        plan = await self._fetch(decision)
        if plan is None:
            return None
        stored = await self._settled(catalogue, plan)
        if self._ecosystem.has_pages:
            await extract_companions(
                stored,
                None if await self._decider.was_stopped() else frozenset(plan.names.values()),
                ecosystem=self._ecosystem,
                shards=self._ports.shards,
                blobs=self._ports.blobs,
                extracted=self._ports.extracted,
            )
        return stored

    async def _fetch(self, decision: Decision) -> FetchPlan | None:
        """Have files fetched; return the plan with the second wave, if there was one."""
        plan = decision.plan
        self._progress.begin(Step.PLAN)
        self._received_before = await self.count_received()
        await self._ports.queue.discard(self._run.id)
        origins = {
            partition: self._ports.seal.seal(self._file_origin(part.files_url))
            for partition, part in decision.draft.catalogue.parts.items()
        }
        stored_before = self._progress.counts.active
        await self._say_batches(plan.batches, origins)
        self._progress.begin(Step.DOWNLOAD)
        if not await self._wait_for(plan, stored_before, decision):
            return None
        if not plan.echoes:
            return plan
        _, missing, _ = await self._ports.batches.losses(self._run.id, attempt=self._run.attempt)
        whole = plan.with_second_wave(missing)
        await self._say_batches(whole.batches[len(plan.batches) :], origins)
        return whole if await self._wait_for(whole, stored_before, decision) else None

    async def _say_batches(self, batches: Sequence[Batch], origins: Mapping[str, str]) -> None:
        for start in range(0, len(batches), _SAY_AT_ONCE):
            await together(
                self._ports.bus.say(
                    ArtifactFetch(
                        run_id=self._run.id,
                        mirror_id=self._mirror.id,
                        attempt=self._run.attempt,
                        batch=batch.number,
                        origin=origins[batch.partition],
                        files=batch.files,
                    ),
                    event_id=f"{self._run.id}-{self._run.attempt}-{batch.number}",
                )
                for batch in batches[start : start + _SAY_AT_ONCE]
            )
            self._progress.advance(start + _SAY_AT_ONCE, len(batches))

    async def _wait_for(self, plan: FetchPlan, stored_before: int, decision: Decision) -> bool:
        """Wait until all its batches are settled; False where that is no longer worth it, since the rules changed."""
        watch = QueueWatch(self._run.id, queue=self._ports.queue)
        size_bytes = plan.size_bytes
        while (settled := await self._tally(stored_before, size_bytes)) < len(plan.batches):
            await watch.look(settled)
            self._has_news.clear()
            if self._asks_again:
                self._asks_again = False
                if not await self._decider.holds(decision):
                    return False
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._has_news.wait()
            except TimeoutError:
                continue
            # One look serves all batches that settle within a moment.
            await asyncio.sleep(_LOOK_S / 10)
        return True

    async def _tally(self, stored_before: int, size_bytes: int) -> int:
        settled, stored, failed, last_ckey = await self._ports.batches.tally(self._run.id, attempt=self._run.attempt)
        received = await self.count_received()
        progress = self._progress
        progress.last_ckey = last_ckey or progress.last_ckey
        progress.advance(stored + failed, progress.counts.active_planned)
        # Large files are long on their way: until one ends, its bytes tell how far it is.
        progress.advance_at_least(received - self._received_before, size_bytes)
        progress.count(active=stored_before + stored, failed=progress.problems + failed)
        return settled

    async def _settled(self, catalogue: Catalogue, plan: FetchPlan) -> Catalogue:
        failures, missing, settled = await self._ports.batches.losses(self._run.id, attempt=self._run.attempt)
        whole = await without_missing(
            catalogue,
            plan.not_stored(missing, settled),
            plan=plan,
            ecosystem=self._ecosystem,
            shards=self._ports.shards,
            hopeless={failure.ckey for failure in failures if failure.code in _HOPELESS},
        )
        self._progress.fail(failures)
        self._progress.count(active=counts_of(whole).files)
        return whole

    async def _save(self, decision: Decision, catalogue: Catalogue) -> None:
        self._progress.begin(Step.SAVE)
        ports = self._ports
        manifest = await put_bytes(ports.blobs, encode_manifest(decision.manifest))
        evaluation = await put_bytes(ports.blobs, encode_evaluation(decision.evaluation))
        blob = await put_bytes(ports.blobs, encode_catalogue(catalogue))
        head = await ports.heads.get(self._mirror.id)
        new = CatalogueHead(
            mirror_id=self._mirror.id,
            channel_id=self._channel.id,
            catalogue=blob.sha256,
            manifest=manifest.sha256,
            run_id=self._run.id,
            run_number=self._run.number,
            evaluation=evaluation.sha256,
            asked=decision.asked,
            counts=counts_of(catalogue),
            unsaid=head.unsaid if head is not None else None,
        )
        if head is None or _content_of(head) != _content_of(new):
            await ports.heads.move(new)
        await self._forget_gone(decision.manifest.source_digest)
        self.saved = Saved(manifest=manifest.sha256, evaluation=evaluation.sha256, catalogue=blob.sha256)
        self._progress.begin(Step.FINISH)
        self._progress.advance(1, 1)

    async def _forget_gone(self, source: str) -> None:
        """Forget what clients asked for and the source has no more; a frozen channel shows it still."""
        if self._source is None or self._channel.is_frozen:
            return
        for partition, names in self._source.gone().items():
            await self._ports.pages.forget(self._mirror.id, source=source, partition=partition, names=names)

    async def _hear_last_words(self, plan: FetchPlan) -> None:
        """Give the fetchers a moment to say what they stored of the batches they dropped."""
        deadline = asyncio.get_running_loop().time() + _LAST_WORDS_S
        settled = -1
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            now_settled = len((await self._ports.batches.losses(self._run.id, attempt=self._run.attempt))[2])
            if now_settled in (settled, len(plan.batches)):
                return
            settled = now_settled
            self._has_news.clear()
            try:
                async with asyncio.timeout(min(left, _LAST_WORDS_S / 2)):
                    await self._has_news.wait()
            except TimeoutError:
                continue

    def _origin(self) -> Origin:
        return origin_of(self._mirror, seal=self._ports.seal)

    def _file_origin(self, files_url: str) -> str:
        origin = self._origin()
        base_url = join_url(origin.root, files_url)
        return msgspec.json.encode(FileOrigin(base_url=base_url, proxy=origin.proxy, home=origin.root)).decode()


def _content_of(head: CatalogueHead) -> tuple[object, ...]:
    return head.catalogue, head.manifest, head.evaluation, head.asked, head.counts, head.wants_run
