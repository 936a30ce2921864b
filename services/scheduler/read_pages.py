"""one partition of a source that has a page for each name -> its part of the manifest.

Rules of this file:
1. A name that was read is asked for again unless the source's list says that it is as it was.
   One that the rules of now drop by its name is not: it counts as unread until they let it in.
2. What is wrong with one page is a problem of its name. Of a name that was read what was known
   stays; one that the source has no page of is gone.
3. A list tells that nothing is new only where it tells it of every name, and none was lost.
4. What rules ask for besides a page is asked for once by the same rules: what can't be had then
   is asked for again when the page changes.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from libs.common.domain.errors import Permanent, TainError, UnreadableIndex, UpstreamMissing, UpstreamUnavailable
from libs.common.domain.evaluation import Seen
from libs.common.domain.manifest import NOT_READ, ManifestEntry, ManifestPart
from libs.common.domain.mirror import Filters, MirrorMode
from libs.common.domain.policy import Rule
from libs.common.domain.read_page import ReadPage
from libs.common.domain.run import FileFailure, Step
from libs.common.ecosystems.protocol import Deciding, Ecosystem, Glance, ShardRef, SourceShard
from libs.common.ports.records import Shards
from libs.common.ports.upstream import Fetched, Validators
from libs.common.runtime.one_behind import OneBehind
from libs.common.runtime.together import together
from services.scheduler.ask_source import SourceAsker
from services.scheduler.choose_names import choose_names, named_by
from services.scheduler.enrich_pages import PageEnricher
from services.scheduler.progress import Progress
from services.scheduler.take_shards import ReadShard, ShardTaker

NAMED = "named"
"""The form of a partition whose names the filters tell, so that no list is read."""

_CHUNK_NAMES = 200
_PROBLEMS_KEPT = 1000

Wants = Callable[[str], bool]
"""Whether what rules ask for besides its page is wanted of a name."""


class PageReader:
    """Reads the pages of one partition, some now and more later; `part` has what was read until then.

    `on_request` has what the api read because clients asked; `rules_before` are those that the
    last manifest was read by.
    """

    def __init__(
        self,
        partition: str,
        *,
        previous: ManifestPart | None,
        on_request: Mapping[str, ReadPage],
        rules_before: tuple[Rule, ...] | None,
        asker: SourceAsker,
        taker: ShardTaker,
        ecosystem: Ecosystem,
        shards: Shards,
        progress: Progress,
    ) -> None:
        self._partition = partition
        self._previous = previous
        self._on_request = on_request
        self._rules_before = rules_before
        self._asker = asker
        self._taker = taker
        self._ecosystem = ecosystem
        self._shards = shards
        self._progress = progress
        self._enricher = PageEnricher(partition, asker=asker, ecosystem=ecosystem)
        self._rules: tuple[Rule, ...] | None = None
        self._part = ManifestPart(form="", files_url="")
        self._entries: dict[str, ManifestEntry] = {}
        self._refs: dict[str, ShardRef] = {}
        self._base = asker.origin.root
        self._side_files: Mapping[str, bytes] = {}
        self._is_tagged = True
        self._is_named = False
        self._is_own = False
        self._asked: set[str] = set()
        self._looked: set[str] = set()
        self._lost: set[str] = set()
        self._problems: dict[str, tuple[FileFailure, ...]] = {}

    @property
    def part(self) -> ManifestPart:
        """The partition as far as it was read."""
        if not self._is_own and not self._lost:
            return self._part
        is_whole = self._is_tagged and not self._lost
        problems = [problem for some in self._problems.values() for problem in some]
        return msgspec.structs.replace(
            self._part,
            etag=self._part.etag if is_whole else None,
            last_modified=self._part.last_modified if is_whole else None,
            index_digest=self._part.index_digest if is_whole else None,
            entries=self._entries,
            problems=tuple((one.ckey, one.code, one.reason) for one in problems[:_PROBLEMS_KEPT]),
        )

    def gone(self) -> frozenset[str]:
        """Name what clients asked for once, and the source does not list any more."""
        return frozenset(self._on_request.keys() - self._entries.keys())

    def use(self, rules: tuple[Rule, ...]) -> None:
        """Ask by these rules from now on for what rules ask for besides pages."""
        if self._rules is not None and rules != self._rules:
            # What was read meanwhile was asked for by others.
            self._looked, self._rules_before = set(), None
        self._rules = rules

    def take_over(self, part: ManifestPart) -> None:
        """Begin with a list that is as it was."""
        self._part, self._entries = part, part.entries
        self._problems = _by_name(part, self._partition)

    async def take_list(
        self,
        refs: Sequence[ShardRef],
        *,
        part: ManifestPart,
        base: str,
        side_files: Mapping[str, bytes],
        deciding: Deciding | None,
    ) -> None:
        """Begin with what the source lists now, and read again what was read and may have changed.

        `part` has no entries yet; the URLs of `refs` are relative to `base`. Without
        `deciding` it is not known yet what rules say of a name.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        self._part, self._is_own, self._base, self._side_files = part, True, base, side_files
        self._refs = {ref.name: ref for ref in refs}
        self._is_tagged = all(ref.tag is not None for ref in refs)
        self._is_named = part.form == NAMED
        stale = await asyncio.to_thread(self._begin, deciding)
        if self._previous is not None:
            kept = _by_name(self._previous, self._partition)
            self._problems = {name: some for name, some in kept.items() if name in self._entries}
        await self._ask(stale, wants=self._wants(deciding))

    async def read(self, names: Sequence[str]) -> None:
        """Read names that a closure goes on to, and what it asks for besides their pages.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        await self._ask([name for name in names if self._is_unread(name)], wants=_always)
        await self._look_at(names, wants=_always)

    async def complete(self, deciding: Deciding, *, mode: MirrorMode, eager_names: int) -> None:
        """Read what the rules let in, as far as that is for a run to do.

        Raises:
            UpstreamUnavailable: when the source does not answer.
        """
        named = named_by(self._rules or (), ecosystem=self._ecosystem)
        chosen = await asyncio.to_thread(
            choose_names,
            [name for name in self._entries if self._is_unread(name)],
            partition=self._partition,
            deciding=deciding,
            named=named,
            asked_for=self._on_request.keys(),
            mode=mode,
            eager_names=eager_names,
        )
        wants = self._wants(deciding)
        await self._ask(chosen, wants=wants)
        await self._look_at([name for name, entry in self._entries.items() if entry.shard], wants=wants)

    def _begin(self, deciding: Deciding | None) -> list[str]:
        """Take over what the list says is as it was; return the names to ask for again."""
        stale: list[str] = []
        before = self._previous.entries if self._previous is not None else {}
        for name, ref in self._refs.items():
            known = before.get(name)
            if known is None or not known.shard:
                self._entries[name] = NOT_READ
            elif ref.tag is not None and known.tag == ref.tag:
                self._entries[name] = known
            elif deciding is not None and self._verdict(deciding, name) is Glance.DROP:
                self._entries[name] = NOT_READ
            else:
                self._entries[name] = known
                stale.append(name)
        return stale

    def _is_unread(self, name: str) -> bool:
        entry = self._entries.get(name)
        return entry is not None and not entry.shard and name not in self._asked

    def _verdict(self, deciding: Deciding, name: str) -> Glance:
        return deciding.glance(name, partition=self._partition).verdict

    def _wants(self, deciding: Deciding | None) -> Wants:
        if deciding is None:
            return _never
        return lambda name: self._verdict(deciding, name) is Glance.LOOK

    async def _ask(self, names: Sequence[str], *, wants: Wants) -> None:
        """Ask for pages; while those of one chunk are decided and stored, the next ones come in."""
        if not names:
            return
        self._progress.begin(Step.READ)
        self._own()
        async with OneBehind() as behind:
            for start in range(0, len(names), _CHUNK_NAMES):
                chunk = names[start : start + _CHUNK_NAMES]
                answers = await together(self._answer(name) for name in chunk)
                fresh = {shard.name: shard for shard in answers if shard is not None}
                await behind.do(self._absorb(chunk, fresh, wants=wants))
                self._progress.advance(start + len(chunk), len(names))
        self._asker.check_answers()

    async def _look_at(self, names: Sequence[str], *, wants: Wants) -> None:
        """Ask for what rules want besides the pages of names that were read before."""
        lacking = await asyncio.to_thread(lambda: [name for name in names if self._lacks(name) and wants(name)])
        for start in range(0, len(lacking), _CHUNK_NAMES):
            self._own()
            await self._absorb(lacking[start : start + _CHUNK_NAMES], {}, wants=_always)

    def _lacks(self, name: str) -> bool:
        entry = self._entries.get(name)
        if entry is None or not entry.shard or name in self._looked:
            return False
        return not (entry.has_extras and self._rules == self._rules_before)

    async def _answer(self, name: str) -> ReadShard | None:
        """Ask for a page; None where nothing new came of it."""
        self._asked.add(name)
        known = self._known(name)
        try:
            answer = await self._get(name, known)
        except UpstreamMissing as exc:
            if name in self._refs:
                self._forget(name, exc)
            else:
                # Only guessed where it is: the next run reads the list that says so.
                self._fail(name, exc)
        except Permanent as exc:
            self._fail(name, exc)
            self._drop_unread(name)
        except UpstreamUnavailable as exc:
            self._asker.bear(exc)
            self._fail(name, exc)
        else:
            return self._unless_known(name, known, *answer) if answer is not None else None
        return None

    async def _get(self, name: str, known: ManifestEntry | None) -> tuple[SourceShard, Fetched] | None:
        """Ask for a page under the validators of the last time; None where it is as it was."""
        listed = self._refs.get(name)
        ref, base = (listed, self._base) if listed is not None else self._named_ref(name)
        validators = None
        if known is not None and ref.tag is None and (known.etag or known.last_modified):
            validators = Validators(etag=known.etag, last_modified=known.last_modified)
        return await self._asker.shard_if_changed(
            ref, validators, base=base, partition=self._partition, side_files=self._side_files
        )

    def _named_ref(self, name: str) -> tuple[ShardRef, str]:
        """Return where a page is that no list was read for: the list is as it was."""
        root = self._asker.origin.root
        refs = self._ecosystem.named_shards(self._partition, Filters(projects=(name,)), source_root=root)
        if not refs:
            raise UnreadableIndex(f"nobody knows where the source has {name}")
        return refs[0], root

    def _unless_known(
        self, name: str, known: ManifestEntry | None, shard: SourceShard, fetched: Fetched
    ) -> ReadShard | None:
        """Return a page that is new; one with the same bytes as the last time may have other validators."""
        etag, last_modified = fetched.validators.etag, fetched.validators.last_modified
        self._problems[name] = shard.problems
        if not shard.payload:
            self._lost.add(name)
            self._drop_unread(name)
            return None
        listed = self._refs.get(name)
        tag = (listed.tag if listed is not None else None) or hashlib.sha256(shard.payload).digest()
        if known is not None and known.tag == tag:
            self._entries[name] = msgspec.structs.replace(known, etag=etag, last_modified=last_modified)
            return None
        return ReadShard(name=name, payload=shard.payload, tag=tag, etag=etag, last_modified=last_modified)

    async def _absorb(self, names: Sequence[str], fresh: Mapping[str, ReadShard], *, wants: Wants) -> None:
        """Add to some names what belongs to them, and take them."""
        before = {name: entry for name in names if (entry := self._before(name)) is not None}
        looking = [name for name in names if (name in fresh or self._lacks(name)) and wants(name)]
        needed = {before[name].shard for name in (*fresh, *looking) if name in before}
        payloads = await self._shards.get(sorted(needed)) if needed else {}
        read = await asyncio.to_thread(self._carry, fresh, before, payloads)
        for name in looking:
            if name not in read and (payload := payloads.get(self._entries[name].shard)) is not None:
                entry = self._entries[name]
                read[name] = ReadShard(
                    name=name, payload=payload, tag=entry.tag, etag=entry.etag, last_modified=entry.last_modified
                )
        enriched = await self._enricher.enrich(
            [read[name] for name in looking if name in read], rules=self._rules or (), files_url=self._part.files_url
        )
        read |= {shard.name: shard for shard in enriched}
        for name in looking:
            for problem in self._enricher.problems.pop(name, ()):
                self._say(name, problem)
        entries = await self._taker.take(tuple(read.values()), partition=self._partition, before=before)
        self._entries |= entries
        self._looked.update(looking)

    def _carry(
        self, fresh: Mapping[str, ReadShard], before: Mapping[str, ManifestEntry], payloads: Mapping[bytes, bytes]
    ) -> dict[str, ReadShard]:
        """Let files that are as they were keep what was read besides their pages."""
        carried = dict(fresh)
        for name, shard in fresh.items():
            old = payloads.get(before[name].shard) if name in before else None
            if old is not None:
                payload = self._ecosystem.carry(shard.payload, old)
                carried[name] = msgspec.structs.replace(shard, payload=payload)
        return carried

    def _known(self, name: str) -> ManifestEntry | None:
        """Return what the last run knew of a name that was read."""
        known = self._previous.entries.get(name) if self._previous is not None else None
        return known if known is not None and known.shard else None

    def _before(self, name: str) -> ManifestEntry | None:
        """Return what was read of a name before, be it in a run or because a client asked."""
        entry = self._entries.get(name)
        known = entry if entry is not None and entry.shard else self._known(name)
        page = self._on_request.get(name)
        if known is not None or page is None or page.shard is None:
            return known
        seen = Seen(all=page.read_at.date().toordinal())
        return ManifestEntry(tag=NOT_READ.tag, shard=page.shard, seen=seen)

    def _own(self) -> None:
        if not self._is_own:
            self._entries, self._is_own = dict(self._entries), True

    def _forget(self, name: str, error: UpstreamMissing) -> None:
        self._entries.pop(name, None)
        self._problems.pop(name, None)
        if self._is_named:
            reason = "the source has no such project; take it out of filters.projects"
            self._say(name, FileFailure(ckey=f"{self._partition}/{name}", code=error.code, reason=reason))

    def _fail(self, name: str, error: TainError) -> None:
        self._lost.add(name)
        self._problems.pop(name, None)
        self._say(name, FileFailure(ckey=f"{self._partition}/{name}", code=error.code, reason=error.message))

    def _drop_unread(self, name: str) -> None:
        """List nothing under a name of which nothing can be read, and nothing ever was."""
        if name in self._entries and not self._entries[name].shard and name not in self._on_request:
            del self._entries[name]

    def _say(self, name: str, problem: FileFailure) -> None:
        self._problems[name] = (*self._problems.get(name, ()), problem)


def _by_name(part: ManifestPart, partition: str) -> dict[str, tuple[FileFailure, ...]]:
    """File the problems of a partition under the names whose they are."""
    found: dict[str, tuple[FileFailure, ...]] = {}
    for ckey, code, reason in part.problems:
        name = ckey.removeprefix(f"{partition}/").partition("/")[0]
        found[name] = (*found.get(name, ()), FileFailure(ckey=ckey, code=code, reason=reason))
    return found


def _always(_name: str) -> bool:
    return True


def _never(_name: str) -> bool:
    return False
