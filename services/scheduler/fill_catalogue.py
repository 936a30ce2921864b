"""one run's source -> the mirror's catalogue, and for active mirrors its files in the store.

Reads in the order of the run: check and read the source, filter, compare, plan, fetch,
save. It may be cut off at any line.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from libs.common.contracts.messages import ArtifactFetch
from libs.common.contracts.messages import Origin as FileOrigin
from libs.common.deciding.decide_manifest import decide_manifest, entries_held
from libs.common.deciding.retain_removed import retain_removed
from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue, encode_catalogue
from libs.common.domain.channel import Channel
from libs.common.domain.errors import NotFound
from libs.common.domain.manifest import Manifest, decode_manifest, encode_manifest
from libs.common.domain.mirror import Filters, Mirror, MirrorMode
from libs.common.domain.rules import Rule, rules_digest, rules_of
from libs.common.domain.run import Step
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.runtime.together import together
from services.scheduler.locate_index import Origin
from services.scheduler.plan_fetch import Batch, FetchPlan, plan_fetch, without_missing
from services.scheduler.progress import Progress
from services.scheduler.read_source import SourceReader
from services.scheduler.run_ports import Ports, Task
from services.scheduler.watch_queue import QueueWatch

_LOG = structlog.get_logger()
_LOOK_S = 0.5
_LAST_WORDS_S = 1.0
_SAY_AT_ONCE = 64


class CatalogueFiller:
    """The work of one attempt of a run."""

    def __init__(self, task: Task, *, ports: Ports, progress: Progress) -> None:
        self._run = task.run
        self._mirror = task.mirror
        self._channel = task.channel
        self._ports = ports
        self._progress = progress
        self._ecosystem = ecosystem_of(task.mirror.type)
        self._has_news = asyncio.Event()
        self._draft: tuple[Manifest, Catalogue, FetchPlan] | None = None

    def batch_settled(self) -> None:
        """Look at the batches again: one more has its outcome."""
        self._has_news.set()

    async def fill(self) -> None:
        """Take the source to the mirror's catalogue.

        Raises:
            TainError: why it can't be done.
        """
        manifest, catalogue, plan = await self._decide()
        self._draft = (manifest, catalogue, plan)
        if self._mirror.mode is MirrorMode.ACTIVE:
            plan = await self._fetch(plan, catalogue)
            catalogue = await self._settled(catalogue, plan)
        await self._save(manifest, catalogue)

    async def keep_what_is_stored(self) -> None:
        """After a stop: save a catalogue of what the fetchers stored until then.

        A mirror that was deleted meanwhile keeps the catalogue that it has.
        """
        if self._draft is None or self._progress.step not in (Step.PLAN, Step.DOWNLOAD):
            return
        manifest, catalogue, plan = self._draft
        await self._hear_last_words(plan)
        catalogue = await self._settled(catalogue, plan)
        if await self._ports.mirrors.get(self._mirror.id) is not None:
            await self._save(manifest, catalogue)

    async def _decide(self) -> tuple[Manifest, Catalogue, FetchPlan]:
        ports, progress = self._ports, self._progress
        rules = _rules(self._mirror, self._channel)
        deciding = self._ecosystem.compile(rules)
        head = await ports.heads.get(self._mirror.id)
        before, last = await self._last(head)
        reader = SourceReader(
            ecosystem=self._ecosystem,
            origin=self._origin(),
            filters=self._mirror.filters,
            deciding=deciding,
            previous=last,
            held=entries_held(before, mirror=self._mirror, rules=rules_digest(rules)),
            upstream=ports.upstream,
            shards=ports.shards,
            progress=progress,
            index_limit_bytes=ports.index_limit_bytes,
        )
        reading = await reader.read()
        progress.fail(reading.problems)
        progress.begin(Step.FILTER)
        draft = await decide_manifest(
            reading.manifest,
            mirror=self._mirror,
            rules=rules_digest(rules),
            deciding=deciding,
            fresh=reading.decided,
            previous=before,
            shards=ports.shards,
        )
        draft = await retain_removed(
            draft,
            manifest=reading.manifest,
            mirror=self._mirror,
            deciding=deciding,
            ecosystem=self._ecosystem,
            previous=before,
            shards=ports.shards,
            blobs=ports.blobs,
        )
        progress.count(excluded=excluded_of(draft.catalogue))
        progress.begin(Step.COMPARE)
        if self._mirror.mode is MirrorMode.PASSIVE:
            changed = tuple(change for change in draft.changes if change.old is not None)
            plan = await plan_fetch(
                msgspec.structs.replace(draft, changes=changed), ecosystem=self._ecosystem, shards=ports.shards
            )
            progress.count(passive=files_of(draft.catalogue), removed=plan.removed)
            return reading.manifest, draft.catalogue, plan
        plan = await plan_fetch(draft, ecosystem=self._ecosystem, shards=ports.shards)
        planned = len(plan.names)
        progress.count(active=files_of(draft.catalogue) - planned, active_planned=planned, removed=plan.removed)
        return reading.manifest, draft.catalogue, plan

    async def _last(self, head: CatalogueHead | None) -> tuple[Catalogue | None, Manifest | None]:
        if head is None:
            return None, None
        try:
            catalogue = decode_catalogue(await read_all(self._ports.blobs, head.catalogue))
            manifest = decode_manifest(await read_all(self._ports.blobs, head.manifest))
        except NotFound as exc:
            # The blob store lost it: everything is read and decided anew, which makes it again.
            _LOG.warning("catalogue_lost", mirror_id=self._mirror.id, reason=exc.message)
            return None, None
        return catalogue, manifest

    async def _fetch(self, plan: FetchPlan, catalogue: Catalogue) -> FetchPlan:
        """Have every planned file fetched; return the plan with the second wave, if there was one."""
        self._progress.begin(Step.PLAN)
        await self._ports.queue.discard(self._run.id)
        origins = {
            partition: self._ports.seal.seal(self._file_origin(part.files_url))
            for partition, part in catalogue.parts.items()
        }
        stored_before = self._progress.counts.active
        await self._say_batches(plan.batches, origins)
        self._progress.begin(Step.DOWNLOAD)
        await self._wait_for(len(plan.batches), stored_before)
        if not plan.echoes:
            return plan
        _, missing, _ = await self._ports.batches.losses(self._run.id, attempt=self._run.attempt)
        whole = plan.with_second_wave(missing)
        await self._say_batches(whole.batches[len(plan.batches) :], origins)
        await self._wait_for(len(whole.batches), stored_before)
        return whole

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

    async def _wait_for(self, batches: int, stored_before: int) -> None:
        watch = QueueWatch(self._run.id, queue=self._ports.queue)
        while (settled := await self._tally(stored_before)) < batches:
            await watch.look(settled)
            self._has_news.clear()
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._has_news.wait()
            except TimeoutError:
                continue
            # One look serves all batches that settle within a moment.
            await asyncio.sleep(_LOOK_S / 10)

    async def _tally(self, stored_before: int) -> int:
        settled, stored, failed, fetched_bytes, last_ckey = await self._ports.batches.tally(
            self._run.id, attempt=self._run.attempt
        )
        progress = self._progress
        progress.last_ckey = last_ckey or progress.last_ckey
        progress.advance(stored + failed, progress.counts.active_planned)
        progress.count(
            active=stored_before + stored, failed=progress.problems + failed, bytes_transferred=fetched_bytes
        )
        return settled

    async def _settled(self, catalogue: Catalogue, plan: FetchPlan) -> Catalogue:
        failures, missing, settled = await self._ports.batches.losses(self._run.id, attempt=self._run.attempt)
        whole = await without_missing(
            catalogue,
            plan.not_stored(missing, settled),
            plan=plan,
            ecosystem=self._ecosystem,
            shards=self._ports.shards,
        )
        self._progress.fail(failures)
        self._progress.count(active=files_of(whole))
        return whole

    async def _save(self, manifest: Manifest, catalogue: Catalogue) -> None:
        self._progress.begin(Step.SAVE)
        ports = self._ports
        manifest_blob = await put_bytes(ports.blobs, encode_manifest(manifest))
        catalogue_blob = await put_bytes(ports.blobs, encode_catalogue(catalogue))
        head = await ports.heads.get(self._mirror.id)
        if head is None or (head.catalogue, head.manifest) != (catalogue_blob.sha256, manifest_blob.sha256):
            await ports.heads.move(
                CatalogueHead(
                    mirror_id=self._mirror.id,
                    channel_id=self._channel.id,
                    catalogue=catalogue_blob.sha256,
                    manifest=manifest_blob.sha256,
                    run_id=self._run.id,
                    run_number=self._run.number,
                )
            )
        self._progress.begin(Step.FINISH)
        self._progress.advance(1, 1)

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
        mirror, seal = self._mirror, self._ports.seal
        root = seal.unseal(mirror.sealed_source) if mirror.sealed_source else mirror.source_root
        proxy = seal.unseal(mirror.sealed_proxy) if mirror.sealed_proxy else mirror.proxy
        return Origin(root=root, proxy=proxy)

    def _file_origin(self, files_url: str) -> str:
        origin = self._origin()
        base_url = join_url(origin.root, files_url)
        return msgspec.json.encode(FileOrigin(base_url=base_url, proxy=origin.proxy)).decode()


def _rules(mirror: Mirror, channel: Channel) -> tuple[Rule, ...]:
    channel_filters = msgspec.convert(
        {key: msgspec.json.decode(value) for key, value in channel.filters.items()}, Filters
    )
    return (*rules_of(mirror.filters), *rules_of(channel_filters, scope="channel_filtered"))


def files_of(catalogue: Catalogue) -> int:
    """Count the files that a catalogue lists."""
    return sum(entry.files for part in catalogue.parts.values() for entry in part.entries.values())


def excluded_of(catalogue: Catalogue) -> dict[str, int]:
    """Count the files that the rules excluded, by `scope.reason`."""
    totals: dict[str, int] = {}
    for part in catalogue.parts.values():
        for entry in part.entries.values():
            for reason, count in entry.excluded.items():
                totals[reason] = totals.get(reason, 0) + count
    return totals
