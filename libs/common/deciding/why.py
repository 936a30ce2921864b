"""a channel, a spec -> why its files are there, or why not; mirror by mirror, in words.

Rules of this file:
1. A mirror's answer is about the files of its source that the spec matches: which rule leaves them
   out, and of those that are kept, why clients do not see them.
2. What clients see is the published revision. A file may be kept and not be seen: the channel is
   frozen, or not published since; the file is not stored; another mirror brings another file of
   that name.
3. Where the source has no such file, it is told what it has: versions, or names like it.
4. A file that clients see may still need one that they do not: the first such dependency is
   followed to its end, and explained in the same way.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

import msgspec

from libs.common.deciding.explain_files import FileExplainer, Place
from libs.common.domain.channel import Channel
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.evaluation import FileDecision
from libs.common.domain.mirror import Mirror
from libs.common.domain.revision import Contents, Revision
from libs.common.ecosystems.conda.breaking import name_of
from libs.common.ecosystems.conda.depends import VIRTUAL
from libs.common.ecosystems.conda.names import NOARCH
from libs.common.ecosystems.protocol import ArtifactRef, Ecosystem
from libs.common.ports.records import Shards

MOST_FILES = 500
_MOST_NAMES = 5
_MOST_VERSIONS = 20
_MOST_ASKED = 50
"""Files whose dependencies are looked at, the newest of those that match."""
_MOST_FOLLOWED = 1_000
"""Dependencies that are followed for one answer."""

Status = Literal[
    "visible", "excluded", "excluded_but_visible", "frozen", "not_published", "not_stored", "conflict", "stale"
]


class WhyFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file that the spec matches: what was decided of it, and whether clients see it; `words` say it all."""

    ckey: str
    version: str
    status: Status
    words: str
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None


class WhyMirror(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mirror's answer; `versions` and `names` are what its source has where it has no such file."""

    mirror: str
    mirror_id: str
    words: str
    files: tuple[WhyFile, ...] = ()
    file_count: int = 0
    versions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class MissingDependency(msgspec.Struct, frozen=True, kw_only=True):
    """What a file that clients see needs and they do not: from its own dependency to the one that is missing."""

    ckey: str
    chain: tuple[str, ...]
    words: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer; `words` is its first line."""

    channel: str
    spec: str
    platform: str | None
    words: str
    mirrors: tuple[WhyMirror, ...]
    missing: tuple[MissingDependency, ...] = ()


class WhySource(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror of the channel; `explainer` is None where it has not run.

    `failures` are those of its newest run, by ckey.
    """

    mirror: Mirror
    explainer: FileExplainer | None
    failures: Mapping[str, str] = {}


class WhyAsker:
    """Answers questions about one channel; `policies` are names by id."""

    def __init__(
        self,
        channel: Channel,
        sources: Sequence[WhySource],
        *,
        revision: Revision | None,
        contents: Contents,
        ecosystem: Ecosystem,
        shards: Shards,
        policies: Mapping[str | None, str],
    ) -> None:
        self._channel = channel
        self._sources = sources
        self._revision = revision
        self._contents = contents
        self._ecosystem = ecosystem
        self._shards = shards
        self._policies = policies
        self._seen: dict[Place, Mapping[str, tuple[str, ArtifactRef]]] = {}
        self._payloads: dict[str, dict[str, list[bytes]]] = {}
        self._depends: dict[Place, Mapping[str, tuple[str, ...]]] = {}
        self._chains: dict[str, tuple[str, ...]] = {}
        self._followed = 0

    async def ask(self, spec: str, *, platform: str | None) -> Why:
        """Answer why the files that a spec matches are there or not.

        Raises:
            NotFound: when what it takes is lost.
            StoreUnavailable: when a store does not answer.
        """
        name = name_of(spec)
        mirrors = tuple([await self._ask_mirror(source, spec, name, platform) for source in self._sources])
        visible = [file for mirror in mirrors for file in mirror.files if file.status == "visible"][-_MOST_ASKED:]
        missing = await self._missing(visible, name, platform)
        return Why(
            channel=self._channel.key,
            spec=spec,
            platform=platform,
            words=_first_line(spec, mirrors, missing),
            mirrors=mirrors,
            missing=missing,
        )

    async def _ask_mirror(self, source: WhySource, spec: str, name: str, platform: str | None) -> WhyMirror:
        mirror = WhyMirror(mirror=source.mirror.name, mirror_id=source.mirror.id, words="")
        explainer = source.explainer
        if explainer is None:
            return msgspec.structs.replace(mirror, words="it has not run yet, so nothing is known of its source")
        decisions = await self._matching(explainer, spec, name, platform)
        stale = await self._stale(source, spec, name, platform, {one.ckey for one in decisions})
        if decisions or stale:
            files = [*[await self._tell(source, one) for one in decisions], *stale]
            return msgspec.structs.replace(
                mirror, words=_sum_up(files, self._policies), files=tuple(files[-MOST_FILES:]), file_count=len(files)
            )
        others = [one for one in await explainer.package(name) if _is_on(one.ckey, platform)]
        if others:
            versions = tuple(dict.fromkeys(one.version for one in reversed(others)))
            return msgspec.structs.replace(
                mirror,
                words=f"its source has {name}, but no file that matches {spec!r}",
                versions=versions[:_MOST_VERSIONS],
            )
        names = await asyncio.to_thread(_like, name, explainer)
        return msgspec.structs.replace(mirror, words=f"its source has no {name}", names=names)

    async def _matching(
        self, explainer: FileExplainer, spec: str, name: str, platform: str | None
    ) -> list[FileDecision]:
        """Return what was decided of the files that a spec matches, the newest versions last."""
        manifest, catalogue = explainer.stored.manifest, explainer.stored.catalogue
        partitions = sorted(manifest.parts.keys() | catalogue.parts.keys())
        places = [Place(partition, name) for partition in partitions if _is_on(f"{partition}/", platform)]
        payloads = await explainer.read(places)
        matched = {
            f"{place.partition}/{filename}"
            for place, payload in payloads.items()
            for filename in self._chosen(spec, payload, partition=place.partition, name=name)
        }
        return [one for _, some in await explainer.explain(places) for one in some if one.ckey in matched]

    async def _tell(self, source: WhySource, decision: FileDecision) -> WhyFile:
        """Say of one file whether clients see it, and why not."""
        file = WhyFile(ckey=decision.ckey, version=decision.version, status="visible", words="clients see it")
        place = Place(decision.ckey.rpartition("/")[0], decision.name)
        seen = (await self._seen_at(place)).get(decision.ckey)
        if decision.decision == "excluded":
            words = self._by_rule(decision)
            if seen is not None and seen[0] == source.mirror.id:
                why = "the channel is frozen" if self._channel.is_frozen else "the channel is about to be published"
                words = f"{words}; clients still see it, for {why}"
            return msgspec.structs.replace(
                file,
                status="excluded_but_visible" if seen is not None and seen[0] == source.mirror.id else "excluded",
                words=words,
                rule=decision.rule,
                policy=decision.policy,
                reason=decision.reason,
            )
        listed = (await self._listed_at(source, place)).get(decision.ckey)
        if listed is None:
            failure = source.failures.get(decision.ckey)
            words = f"kept, but not stored: {failure}" if failure else "kept, but not stored yet; a run fetches it"
            return msgspec.structs.replace(file, status="not_stored", words=words)
        if seen is None:
            frozen = self._channel.is_frozen
            words = "kept, but the channel is frozen" if frozen else "kept, but the channel was not published since"
            return msgspec.structs.replace(file, status="frozen" if frozen else "not_published", words=words)
        if seen[0] != source.mirror.id and seen[1].expected != listed.expected:
            winner = next((one.mirror.name for one in self._sources if one.mirror.id == seen[0]), "another mirror")
            words = f"kept, but {winner} comes first and brings another file of this name"
            return msgspec.structs.replace(file, status="conflict", words=words)
        if decision.rule is not None:
            words = f"clients see it: {self._by_rule(decision)}"
            return msgspec.structs.replace(file, words=words, rule=decision.rule, policy=decision.policy)
        return file

    async def _stale(
        self, source: WhySource, spec: str, name: str, platform: str | None, known: Collection[str]
    ) -> list[WhyFile]:
        """Return files that clients see of a mirror, and that neither its source nor its catalogue has any more."""
        found: list[WhyFile] = []
        for partition in self._contents.parts:
            place = Place(partition, name)
            mine = {
                ckey: ref
                for ckey, (mirror_id, ref) in (await self._seen_at(place)).items()
                if mirror_id == source.mirror.id and ckey not in known and _is_on(ckey, platform)
            }
            if not mine:
                continue
            payloads = await self._payloads_of(name)
            matched = {
                f"{partition}/{filename}"
                for payload in payloads.get(partition, ())
                for filename in self._chosen(spec, payload, partition=partition, name=name)
            }
            why = "the channel is frozen" if self._channel.is_frozen else "the channel was not published since"
            words = f"its source does not have it any more; clients still see it, for {why}"
            found += [
                WhyFile(ckey=ckey, version="", status="stale", words=words) for ckey in sorted(matched & mine.keys())
            ]
        return found

    async def _missing(
        self, visible: Sequence[WhyFile], name: str, platform: str | None
    ) -> tuple[MissingDependency, ...]:
        """Follow what files that clients see need, the newest first; of those that miss the same one is named."""
        found: dict[tuple[str, ...], MissingDependency] = {}
        for file in reversed(visible):
            partition = file.ckey.rpartition("/")[0]
            on = platform or (partition if partition != NOARCH else self._any_platform())
            for text in await self._needs(file.ckey, name):
                chain = await self._follow(text, on, frozenset())
                if chain and chain not in found:
                    words = await self._why_missing(chain[-1], on)
                    found[chain] = MissingDependency(ckey=file.ckey, chain=chain, words=words)
        return tuple(found.values())

    async def _follow(self, text: str, platform: str, path: frozenset[str]) -> tuple[str, ...]:
        """Return the way from a dependency to the one that is missing; nothing where it can be met."""
        key = f"{platform} {text}"
        name = name_of(text)
        if key in self._chains:
            return self._chains[key]
        if key in path or self._followed >= _MOST_FOLLOWED or not name or name.startswith(VIRTUAL):
            return ()
        self._followed += 1
        chosen = await self._visible(text, name, platform)
        chain: tuple[str, ...] = () if chosen else (text,)
        for ckey in chosen:
            further: tuple[str, ...] = ()
            for needed in await self._needs(ckey, name):
                further = await self._follow(needed, platform, path | {key})
                if further:
                    break
            chain = (text, *further) if further else ()
            if not chain:
                break
        self._chains[key] = chain
        return chain

    async def _visible(self, text: str, name: str, platform: str) -> list[str]:
        """Return the files that clients see and a dependency chooses, the newest names of files first."""
        payloads = await self._payloads_of(name)

        def choose() -> list[str]:
            return [
                f"{partition}/{filename}"
                for partition in dict.fromkeys((platform, NOARCH))
                for payload in payloads.get(partition, ())
                for filename in sorted(self._chosen(text, payload, partition=partition, name=name), reverse=True)
            ]

        return await asyncio.to_thread(choose)

    def _chosen(self, text: str, payload: bytes, *, partition: str, name: str) -> frozenset[str]:
        """Return the files that a dependency chooses; all of them where it can't be read, as in closures."""
        try:
            return self._ecosystem.select([text], payload, partition=partition, name=name)
        except InvalidInput:
            return frozenset(ref.filename for ref in self._ecosystem.artifacts(payload, partition=partition))

    async def _needs(self, ckey: str, name: str) -> tuple[str, ...]:
        """Return the dependencies of a file that clients see."""
        partition, _, filename = ckey.rpartition("/")
        place = Place(partition, name)
        if place not in self._depends:
            payloads = (await self._payloads_of(name)).get(partition, ())
            self._depends[place] = await asyncio.to_thread(self._read_needs, payloads, partition)
        return self._depends[place].get(filename, ())

    def _read_needs(self, payloads: Sequence[bytes], partition: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for payload in payloads:
            for fact in self._ecosystem.facts(payload, partition=partition):
                found.setdefault(fact.filename, fact.depends)
        return found

    async def _why_missing(self, text: str, platform: str) -> str:
        """Say why no file that a dependency chooses is seen."""
        name = name_of(text)
        told: list[str] = []
        for source in self._sources:
            if source.explainer is None:
                continue
            matching = await self._matching(source.explainer, text, name, platform)
            files = [await self._tell(source, one) for one in matching]
            if files:
                told.append(f"{source.mirror.name}: {_sum_up(files, self._policies)}")
            else:
                others = await source.explainer.package(name)
                has = f"no file that matches {text!r}" if others else f"no {name}"
                told.append(f"{source.mirror.name}: its source has {has}")
        return "; ".join(told) or "no mirror has run yet"

    async def _seen_at(self, place: Place) -> Mapping[str, tuple[str, ArtifactRef]]:
        """Return what clients see of a name, by ckey, and which mirror brings it."""
        if place not in self._seen:
            part = self._contents.parts.get(place.partition)
            entry = part.entries.get(place.name) if part is not None else None
            found: dict[str, tuple[str, ArtifactRef]] = {}
            if entry is not None and self._revision is not None:
                payloads = await self._shards.get([shard for _, shard in entry.origins])
                for number, shard in entry.origins:
                    mirror_id = self._revision.mirrors[number].mirror_id
                    for ref in self._ecosystem.artifacts(_there(payloads, shard), partition=place.partition):
                        found.setdefault(ref.ckey, (mirror_id, ref))
            self._seen[place] = found
        return self._seen[place]

    async def _listed_at(self, source: WhySource, place: Place) -> Mapping[str, ArtifactRef]:
        entry = source.explainer.entry(place) if source.explainer is not None else None
        if entry is None or entry.shard is None:
            return {}
        payload = _there(await self._shards.get([entry.shard]), entry.shard)
        return {ref.ckey: ref for ref in self._ecosystem.artifacts(payload, partition=place.partition)}

    async def _payloads_of(self, name: str) -> Mapping[str, list[bytes]]:
        """Return the records of a name that clients see, by partition."""
        if name not in self._payloads:
            found: dict[str, list[bytes]] = {}
            for partition, part in self._contents.parts.items():
                entry = part.entries.get(name)
                if entry is not None:
                    payloads = await self._shards.get([shard for _, shard in entry.origins])
                    found[partition] = [_there(payloads, shard) for _, shard in entry.origins]
            self._payloads[name] = found
        return self._payloads[name]

    def _any_platform(self) -> str:
        return next((partition for partition in sorted(self._contents.parts) if partition != NOARCH), NOARCH)

    def _by_rule(self, decision: FileDecision) -> str:
        what = "excluded by" if decision.decision == "excluded" else "let in by"
        words = f"{what} {rule_words(decision.rule, decision.policy, self._policies)}"
        return f"{words}: {decision.detail}" if decision.detail else words


def rule_words(rule: str | None, policy: str | None, policies: Mapping[str | None, str]) -> str:
    """Name a rule and its policy; a rule without one is a filter."""
    if policy is None:
        return f"the filter {rule}"
    return f"rule {rule} of policy {policies.get(policy, policy)}"


def _there(payloads: Mapping[bytes, bytes], shard: bytes) -> bytes:
    if shard not in payloads:
        raise NotFound(f"shard {shard.hex()} is missing; run ./tain verify --repair")
    return payloads[shard]


def _is_on(ckey: str, platform: str | None) -> bool:
    return platform is None or ckey.rpartition("/")[0] in (platform, NOARCH)


def _like(name: str, explainer: FileExplainer) -> tuple[str, ...]:
    names = {other for part in explainer.stored.manifest.parts.values() for other in part.entries}
    return tuple(get_close_matches(name, sorted(names), n=_MOST_NAMES))


_STATUS_WORDS: Mapping[Status, str] = {
    "visible": "visible to clients",
    "excluded_but_visible": "excluded, and still visible",
    "frozen": "kept, but the channel is frozen",
    "not_published": "kept, but the channel was not published since",
    "not_stored": "kept, but not stored",
    "conflict": "kept, but another mirror brings another file of that name",
    "stale": "gone from the source, and still visible",
}


def _sum_up(files: Iterable[WhyFile], policies: Mapping[str | None, str]) -> str:
    """Say of some files how many are visible, and why the others are not."""
    files = tuple(files)
    counted = Counter(
        f"excluded by {rule_words(file.rule, file.policy, policies)}"
        if file.status == "excluded"
        else _STATUS_WORDS[file.status]
        for file in files
    )
    if len(counted) == 1:
        (words,) = counted
        return f"{'its only matching file is' if len(files) == 1 else f'all {len(files)} matching files are'} {words}"
    return f"of {len(files)} matching files " + ", ".join(f"{count} {words}" for words, count in counted.items())


def _first_line(spec: str, mirrors: Sequence[WhyMirror], missing: Sequence[MissingDependency]) -> str:
    files = [file for mirror in mirrors for file in mirror.files]
    visible = [file for file in files if file.status in ("visible", "excluded_but_visible", "stale")]
    if not mirrors:
        return f"{spec} is not there: the channel has no mirror"
    if visible and missing:
        return f"{spec} is there, but something that it needs is not"
    if visible:
        return f"{spec} is there: clients see {len(visible)} of {len(files)} matching files"
    if files:
        return f"{spec} is not there: clients see none of the {len(files)} matching files"
    return f"{spec} is not there: no source has a file that matches"
