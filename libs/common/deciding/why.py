"""a channel, a spec -> why its files are there, or why not; mirror by mirror, in words.

Rules of this file:
1. A mirror's answer is about the files of its source that the spec matches: which rule leaves them
   out, and of those that are kept, why clients do not see them.
2. What clients see is the published revision. A file may be kept and not be seen: the channel is
   frozen, or not published since; the file is not stored; another mirror brings another file of
   that name.
3. Where the source has no such file, it is told what it has: versions, or names like it. Of a name
   that nobody read there is nothing to match; that is told.
4. A file that clients see may still need one that they do not: the first such dependency is
   followed to its end, and explained in the same way.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from libs.common.deciding.explain_files import FileExplainer, Place
from libs.common.deciding.known_needs import KnownNeeds
from libs.common.deciding.seen_files import SeenFiles, chosen_files, payload_there
from libs.common.deciding.why_words import MissingDependency, Why, WhyFile, WhyMirror, rule_words, sum_up, sum_up_all
from libs.common.domain.channel import Channel
from libs.common.domain.evaluation import FileDecision
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import reason_of
from libs.common.domain.revision import Contents, Revision
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ecosystems.asking import Needed, Target, Wanted
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem, Glance
from libs.common.ports.records import Shards

MOST_FILES = 500
_MOST_NAMES = 5
_MOST_VERSIONS = 20
_MOST_ASKED = 50
"""Files whose dependencies are looked at, the newest of those that match."""
_MOST_FOLLOWED = 1_000
"""Dependencies that are followed for one answer."""
_MOST_RECORDS = 50_000
"""Records that are looked into for that; about two seconds."""
_MOST_MISSING = 20
"""Dependencies that are told to be missing; of each it takes a look at what its mirrors decided."""


class _Match(NamedTuple):
    """A file of a source that is meant, what was decided of it, and what there is to know besides."""

    place: Place
    filename: str
    decision: FileDecision
    remark: str | None


class _Seen(NamedTuple):
    """A file that clients see and that is meant."""

    place: Place
    filename: str
    ckey: str


class WhySource(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror of the channel; `explainer` is None where it has not run.

    `failures` are those of its newest run, by ckey. What people put in stands as a mirror, too: of it `came` says
    how each file came, by ckey.
    """

    mirror: Mirror
    explainer: FileExplainer | None
    failures: Mapping[str, str] = {}
    came: Mapping[str, str] = {}

    @property
    def origin(self) -> str:
        """Name where its files come from."""
        return "what was put into the channel" if is_uploads_mirror(self.mirror.id) else "its source"


class WhyAsker:
    """Answers questions about one channel and its mirrors of one type; `policies` are names by id."""

    def __init__(
        self,
        channel: Channel,
        sources: Sequence[WhySource],
        *,
        revision: Revision | None,
        contents: Contents,
        ecosystem: Ecosystem,
        shards: Shards,
        known: KnownNeeds,
        policies: Mapping[str | None, str],
    ) -> None:
        self._channel = channel
        self._sources = sources
        self._ecosystem = ecosystem
        self._shards = shards
        self._policies = policies
        self._seen = SeenFiles(contents, revision=revision, ecosystem=ecosystem, shards=shards, known=known)
        self._chains: dict[tuple[str, Needed], tuple[Needed, ...]] = {}
        self._listed: dict[tuple[str, Place], Mapping[str, ArtifactRef]] = {}
        self._followed = 0
        self._records = 0

    async def ask(self, spec: str, *, platform: str | None) -> Why:
        """Answer why the files that a spec matches are there or not.

        Raises:
            InvalidInput: for a spec or platform that can't be read.
            NotFound: when what it takes is lost.
            StoreUnavailable: when a store does not answer.
        """
        wanted = self._ecosystem.read_wanted(spec)
        targets = self._targets(platform)
        only = targets[0].partitions if platform is not None else None
        seen: list[_Seen] = []
        mirrors = tuple([await self._ask_mirror(source, wanted, only, seen) for source in self._sources])
        missing = await self._missing(seen[-_MOST_ASKED:], targets)
        said = spec.strip()
        words = sum_up_all(said, mirrors, missing)
        return Why(
            channel=self._channel.key, spec=said, platform=platform, words=words, mirrors=mirrors, missing=missing
        )

    def _targets(self, platform: str | None) -> Sequence[Target]:
        partitions = {
            partition
            for source in self._sources
            if source.explainer is not None
            for partition in source.explainer.stored.manifest.parts
        }
        chosen = (platform,) if platform is not None else ()
        return self._ecosystem.targets(partitions | self._seen.parts.keys(), rules=(), platforms=chosen, pythons=())

    async def _ask_mirror(
        self, source: WhySource, wanted: Wanted, only: Collection[str] | None, seen: list[_Seen]
    ) -> WhyMirror:
        """Answer for one mirror; files that clients see are put down in `seen`."""
        mirror = WhyMirror(mirror=source.mirror.name, mirror_id=source.mirror.id, words="")
        explainer = source.explainer
        if explainer is None:
            return msgspec.structs.replace(mirror, words="it has not run yet, so nothing is known of its source")
        name = await asyncio.to_thread(_spelled, wanted.name, explainer)
        wanted = msgspec.structs.replace(wanted, name=name)
        matches = await self._matching(explainer, wanted, only)
        stale = await self._stale(source, wanted, only, {one.decision.ckey for one in matches})
        if matches or stale:
            told = [await self._tell(source, one) for one in matches]
            seen += [
                _Seen(one.place, one.filename, file.ckey)
                for one, file in zip(matches, told, strict=True)
                if file.status == "visible"
            ]
            files = [*told, *stale]
            return msgspec.structs.replace(
                mirror, words=sum_up(files, self._policies), files=tuple(files[-MOST_FILES:]), file_count=len(files)
            )
        unread = self._unread(explainer, name, only)
        if unread is not None:
            return msgspec.structs.replace(mirror, words=self._why_unread(source, explainer, unread), is_unread=True)
        places = _places(explainer, name, only)
        others = [one for _, some in await explainer.explain(places) for one in some]
        if others:
            versions = self._ecosystem.newest_first({one.version for one in others})
            return msgspec.structs.replace(
                mirror,
                words=f"{source.origin} has {name}, but no file that matches {wanted.filename or wanted.spec!r}",
                versions=tuple(versions[:_MOST_VERSIONS]),
            )
        names = await asyncio.to_thread(_like, name, explainer)
        return msgspec.structs.replace(mirror, words=f"{source.origin} has no {name}", names=names)

    async def _matching(self, explainer: FileExplainer, wanted: Wanted, only: Collection[str] | None) -> list[_Match]:
        """Return what was decided of the files that are meant, the newest versions last."""
        places = _places(explainer, wanted.name, only)
        payloads = await explainer.read(places)
        found: list[_Match] = []
        for place, decisions in await explainer.explain([place for place in places if place in payloads]):
            payload = payloads[place]
            chosen = chosen_files(wanted, payload, partition=place.partition, ecosystem=self._ecosystem)
            if not chosen:
                continue
            remarks = self._ecosystem.remarks(payload, partition=place.partition)
            filenames = {
                ref.ckey: ref.filename for ref in self._ecosystem.artifacts(payload, partition=place.partition)
            }
            found += [
                _Match(place, filename, decision, remarks.get(filename))
                for decision in decisions
                if (filename := filenames.get(decision.ckey, "")) in chosen
            ]
        return found

    async def _tell(self, source: WhySource, match: _Match) -> WhyFile:
        """Say of one file whether clients see it, and why not; with what there is to know besides."""
        file = await self._tell_seen(source, match)
        more = [words for words in (source.came.get(file.ckey), match.remark) if words]
        return msgspec.structs.replace(file, words="; ".join((file.words, *more))) if more else file

    async def _tell_seen(self, source: WhySource, match: _Match) -> WhyFile:
        decision, place = match.decision, match.place
        file = WhyFile(ckey=decision.ckey, version=decision.version, status="visible", words="clients see it")
        seen = (await self._seen.at(place)).get(decision.ckey)
        is_mine = seen is not None and seen.mirror_id == source.mirror.id
        if decision.decision == "excluded":
            words = self._by_rule(decision)
            if is_mine:
                why = "the channel is frozen" if self._channel.is_frozen else "the channel is about to be published"
                words = f"{words}; clients still see it, for {why}"
            return msgspec.structs.replace(
                file,
                status="excluded_but_visible" if is_mine else "excluded",
                words=words,
                rule=decision.rule,
                policy=decision.policy,
                reason=decision.reason,
            )
        is_on_request = self._is_on_request(source, place)
        listed = (await self._listed_at(source, place)).get(decision.ckey)
        if listed is None and not is_on_request:
            failure = source.failures.get(decision.ckey)
            words = f"kept, but not stored: {failure}" if failure else "kept, but not stored yet; a run fetches it"
            if is_uploads_mirror(source.mirror.id):
                words = "kept, but its file is lost; upload it again"
            return msgspec.structs.replace(file, status="not_stored", words=words)
        if seen is None and not self._seen.is_unread(place, mirror_id=source.mirror.id):
            frozen = self._channel.is_frozen
            words = "kept, but the channel is frozen" if frozen else "kept, but the channel was not published since"
            return msgspec.structs.replace(file, status="frozen" if frozen else "not_published", words=words)
        if seen is not None and not is_mine and listed is not None and seen.ref.expected != listed.expected:
            winner = next((one.mirror.name for one in self._sources if one.mirror.id == seen.mirror_id), None)
            words = f"kept, but {winner or 'another mirror'} comes first and brings another file of this name"
            return msgspec.structs.replace(file, status="conflict", words=words)
        if decision.rule is not None:
            words = f"clients see it: {self._by_rule(decision)}"
            return msgspec.structs.replace(file, words=words, rule=decision.rule, policy=decision.policy)
        return file

    async def _stale(
        self, source: WhySource, wanted: Wanted, only: Collection[str] | None, known: Collection[str]
    ) -> list[WhyFile]:
        """Return files that clients see of a mirror, and that neither its source nor its catalogue has any more."""
        found: list[WhyFile] = []
        for partition in self._seen.parts if only is None else self._seen.parts.keys() & only:
            place = Place(partition, wanted.name)
            mine = {
                file.ref.filename: ckey
                for ckey, file in (await self._seen.at(place)).items()
                if file.mirror_id == source.mirror.id and ckey not in known
            }
            if not mine:
                continue
            payloads = (await self._seen.payloads_of(wanted.name)).get(partition, ())
            matched = {
                filename
                for payload in payloads
                for filename in chosen_files(wanted, payload, partition=partition, ecosystem=self._ecosystem)
            }
            why = "the channel is frozen" if self._channel.is_frozen else "the channel was not published since"
            words = f"{source.origin} does not have it any more; clients still see it, for {why}"
            found += [
                WhyFile(ckey=mine[filename], version="", status="stale", words=words)
                for filename in sorted(matched & mine.keys())
            ]
        return found

    def _unread(self, explainer: FileExplainer, name: str, only: Collection[str] | None) -> Place | None:
        """Return where the source has the name, and nobody read what files there are."""
        for place in _places(explainer, name, only):
            source = explainer.source(place)
            if source is not None and source.shard == UNREAD:
                return place
        return None

    def _why_unread(self, source: WhySource, explainer: FileExplainer, place: Place) -> str:
        glanced = explainer.deciding.glance(place.name, partition=place.partition)
        if glanced.verdict is Glance.DROP:
            rules = [rule for rule in explainer.evaluation.rules if f"{rule.scope}.{reason_of(rule)}" == glanced.reason]
            by = rule_words(rules[0].id, rules[0].policy, self._policies) if len(rules) == 1 else glanced.reason
            return f"its source has {place.name}, which is excluded by its name: {by}; its files were not read"
        entry = explainer.entry(place)
        if entry is None or entry.shard is None:
            return f"its source has {place.name}, which was not read yet; the next run of {source.mirror.name} reads it"
        words = f"its source has {place.name}, and nobody asked for it yet: it is read when a client first does"
        if self._seen.is_unread(place, mirror_id=source.mirror.id):
            return words
        why = "the channel is frozen" if self._channel.is_frozen else "the channel was not published since"
        return f"{words}; clients do not see it, for {why}"

    async def _missing(self, visible: Sequence[_Seen], targets: Sequence[Target]) -> tuple[MissingDependency, ...]:
        """Follow what files that clients see need, the newest first; of those that miss the same one is named."""
        found: dict[tuple[str, ...], MissingDependency] = {}
        for file in reversed(visible):
            target = self._ecosystem.target_of(file.place.partition, targets)
            for needed in await self._seen.needs(file.place, file.filename, target):
                chain = await self._follow(needed, target, frozenset())
                texts = tuple(one.text for one in chain)
                if len(found) == _MOST_MISSING:
                    return tuple(found.values())
                if chain and texts not in found:
                    words = await self._why_missing(chain[-1], target)
                    found[texts] = MissingDependency(ckey=file.ckey, chain=texts, words=words)
        return tuple(found.values())

    async def _follow(self, needed: Needed, target: Target, path: frozenset[tuple[str, Needed]]) -> tuple[Needed, ...]:
        """Return the way from a dependency to the one that is missing; nothing where it can be met."""
        key = (target.name, needed)
        if key in self._chains:
            return self._chains[key]
        if key in path or self._followed >= _MOST_FOLLOWED or self._records >= _MOST_RECORDS:
            return ()
        if any(self._seen.is_unread(Place(partition, needed.name)) for partition in target.partitions):
            return ()
        self._followed += 1
        self._records += sum(self._seen.files_at(Place(partition, needed.name)) for partition in target.partitions)
        chosen = await self._seen.chosen_by(needed, target)
        chain: tuple[Needed, ...] = () if chosen else (needed,)
        for place, filename in chosen:
            further: tuple[Needed, ...] = ()
            for one in await self._seen.needs(place, filename, target):
                further = await self._follow(one, target, path | {key})
                if further:
                    break
            chain = (needed, *further) if further else ()
            if not chain:
                break
        self._chains[key] = chain
        return chain

    async def _why_missing(self, needed: Needed, target: Target) -> str:
        """Say why no file that a dependency chooses is seen."""
        wanted = Wanted(name=needed.name, spec=needed.spec)
        told: list[str] = []
        for source in self._sources:
            if source.explainer is None:
                continue
            matching = await self._matching(source.explainer, wanted, target.partitions)
            files = [await self._tell(source, one) for one in matching]
            unread = self._unread(source.explainer, needed.name, target.partitions)
            if files:
                told.append(f"{source.mirror.name}: {sum_up(files, self._policies)}")
            elif unread is not None:
                told.append(f"{source.mirror.name}: {self._why_unread(source, source.explainer, unread)}")
            else:
                others = await source.explainer.package(needed.name)
                has = f"no file that matches {needed.text!r}" if others else f"no {needed.name}"
                told.append(f"{source.mirror.name}: {source.origin} has {has}")
        return "; ".join(told) or "no mirror has run yet"

    def _is_on_request(self, source: WhySource, place: Place) -> bool:
        entry = source.explainer.entry(place) if source.explainer is not None else None
        return entry is not None and entry.shard == UNREAD

    async def _listed_at(self, source: WhySource, place: Place) -> Mapping[str, ArtifactRef]:
        # It is asked for each file of a name, of which there may be thousands.
        key = source.mirror.id, place
        if key not in self._listed:
            self._listed[key] = await self._read_listed(source, place)
        return self._listed[key]

    async def _read_listed(self, source: WhySource, place: Place) -> Mapping[str, ArtifactRef]:
        entry = source.explainer.entry(place) if source.explainer is not None else None
        if entry is None or not entry.shard:
            return {}
        payload = payload_there(await self._shards.get([entry.shard]), entry.shard)
        return {ref.ckey: ref for ref in self._ecosystem.artifacts(payload, partition=place.partition)}

    def _by_rule(self, decision: FileDecision) -> str:
        what = "excluded by" if decision.decision == "excluded" else "let in by"
        words = f"{what} {rule_words(decision.rule, decision.policy, self._policies)}"
        return f"{words}: {decision.detail}" if decision.detail else words


def _places(explainer: FileExplainer, name: str, only: Collection[str] | None) -> list[Place]:
    partitions = explainer.stored.manifest.parts.keys() | explainer.stored.catalogue.parts.keys()
    return [Place(partition, name) for partition in sorted(partitions) if only is None or partition in only]


def _names(explainer: FileExplainer) -> set[str]:
    return {name for part in explainer.stored.manifest.parts.values() for name in part.entries}


def _spelled(name: str, explainer: FileExplainer) -> str:
    """Return a name as the source spells it."""
    if any(name in part.entries for part in explainer.stored.manifest.parts.values()):
        return name
    folded = name.lower()
    return next((other for other in sorted(_names(explainer)) if other.lower() == folded), name)


def _like(name: str, explainer: FileExplainer) -> tuple[str, ...]:
    return tuple(get_close_matches(name, sorted(_names(explainer)), n=_MOST_NAMES))
