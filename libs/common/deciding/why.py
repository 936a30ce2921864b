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
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

import msgspec

from libs.common.deciding.explain_files import FileExplainer, Place
from libs.common.deciding.seen_files import SeenFiles, chosen_files, payload_there
from libs.common.deciding.why_words import MissingDependency, Why, WhyFile, WhyMirror, first_line, rule_words, sum_up
from libs.common.domain.channel import Channel
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
        self._ecosystem = ecosystem
        self._shards = shards
        self._policies = policies
        self._seen = SeenFiles(contents, revision=revision, ecosystem=ecosystem, shards=shards)
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
            words=first_line(spec, mirrors, missing),
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
                mirror, words=sum_up(files, self._policies), files=tuple(files[-MOST_FILES:]), file_count=len(files)
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
            for filename in chosen_files(spec, payload, partition=place.partition, name=name, ecosystem=self._ecosystem)
        }
        return [one for _, some in await explainer.explain(places) for one in some if one.ckey in matched]

    async def _tell(self, source: WhySource, decision: FileDecision) -> WhyFile:
        """Say of one file whether clients see it, and why not."""
        file = WhyFile(ckey=decision.ckey, version=decision.version, status="visible", words="clients see it")
        place = Place(decision.ckey.rpartition("/")[0], decision.name)
        seen = (await self._seen.at(place)).get(decision.ckey)
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
        for partition in self._seen.contents.parts:
            place = Place(partition, name)
            mine = {
                ckey: ref
                for ckey, (mirror_id, ref) in (await self._seen.at(place)).items()
                if mirror_id == source.mirror.id and ckey not in known and _is_on(ckey, platform)
            }
            if not mine:
                continue
            payloads = await self._seen.payloads_of(name)
            matched = {
                f"{partition}/{filename}"
                for payload in payloads.get(partition, ())
                for filename in chosen_files(spec, payload, partition=partition, name=name, ecosystem=self._ecosystem)
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
            on = platform or (partition if partition != NOARCH else self._seen.any_platform())
            for text in await self._seen.needs(file.ckey, name):
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
        chosen = await self._seen.chosen_by(text, name, platform)
        chain: tuple[str, ...] = () if chosen else (text,)
        for ckey in chosen:
            further: tuple[str, ...] = ()
            for needed in await self._seen.needs(ckey, name):
                further = await self._follow(needed, platform, path | {key})
                if further:
                    break
            chain = (text, *further) if further else ()
            if not chain:
                break
        self._chains[key] = chain
        return chain

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
                told.append(f"{source.mirror.name}: {sum_up(files, self._policies)}")
            else:
                others = await source.explainer.package(name)
                has = f"no file that matches {text!r}" if others else f"no {name}"
                told.append(f"{source.mirror.name}: its source has {has}")
        return "; ".join(told) or "no mirror has run yet"

    async def _listed_at(self, source: WhySource, place: Place) -> Mapping[str, ArtifactRef]:
        entry = source.explainer.entry(place) if source.explainer is not None else None
        if entry is None or entry.shard is None:
            return {}
        payload = payload_there(await self._shards.get([entry.shard]), entry.shard)
        return {ref.ckey: ref for ref in self._ecosystem.artifacts(payload, partition=place.partition)}

    def _by_rule(self, decision: FileDecision) -> str:
        what = "excluded by" if decision.decision == "excluded" else "let in by"
        words = f"{what} {rule_words(decision.rule, decision.policy, self._policies)}"
        return f"{words}: {decision.detail}" if decision.detail else words


def _is_on(ckey: str, platform: str | None) -> bool:
    return platform is None or ckey.rpartition("/")[0] in (platform, NOARCH)


def _like(name: str, explainer: FileExplainer) -> tuple[str, ...]:
    names = {other for part in explainer.stored.manifest.parts.values() for other in part.entries}
    return tuple(get_close_matches(name, sorted(names), n=_MOST_NAMES))
