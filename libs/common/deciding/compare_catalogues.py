"""two catalogues -> files and packages gained and lost, with the rules that say so.

Rules of this file:
1. Names whose shards are equal are passed by. Where both catalogues chose from the same records
   and one of them took all, counts tell the difference; else files are compared one by one.
2. A file is `replaced` where both list it, with other bytes.
3. What is not listed after, though no rule drops it, left the source or is not stored.
4. Where one rule alone counts under a reason, the catalogue's counts are the rule's; else the
   files are looked at to tell which of the rules it was.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from libs.common.deciding.decide_manifest import Change, changes_between
from libs.common.deciding.explain_files import FILES_A_PAGE, FileExplainer, Place
from libs.common.deciding.think_catalogue import Weighed
from libs.common.domain.catalogue import Catalogue, CatalogueEntry
from libs.common.domain.errors import NotKept
from libs.common.domain.evaluation import Evaluation, FileDecision
from libs.common.domain.manifest import UNREAD
from libs.common.domain.policy import Action, reason_of
from libs.common.ecosystems.protocol import ArtifactRef

ChangeWord = Literal["gained", "lost", "replaced"]

_CHUNK_NAMES = 200
_GONE = "the source does not have it any more"
_NEW = "new in the source"
_NOT_STORED = "no rule drops it, but it is not stored"
_STORED = "it is stored now"

RuleKey = tuple[str, str | None, str]
"""Id of a rule, its policy, and `scope.reason`."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, and their bytes together."""

    files: int = 0
    size_bytes: int = 0


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the source's files one rule leaves out, before and after."""

    rule: str
    policy: str | None
    reason: str
    before: int
    after: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed after and was not before, and the other way round; packages are names, sorted."""

    gained: Amount = Amount()
    lost: Amount = Amount()
    replaced: Amount = Amount()
    packages_gained: tuple[str, ...] = ()
    packages_lost: tuple[str, ...] = ()
    rules: tuple[RuleCount, ...] = ()


class FileChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file that is not in both; for a lost one the rule that drops it now, for a gained one that dropped it."""

    ckey: str
    name: str
    version: str
    change: ChangeWord
    size_bytes: int | None = None
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None
    detail: str | None = None


class ChangeWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes to show; what is None leaves nothing out."""

    change: ChangeWord | None = None
    package: str | None = None
    rule: str | None = None

    def shows(self, change: FileChange) -> bool:
        """Tell whether a change is to be shown."""
        return self.change in (None, change.change) and self.rule in (None, change.rule)


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some changes, sorted by partition, name and file; `next` is where to go on, None after the last."""

    changes: tuple[FileChange, ...]
    next: Place | None = None


class CatalogueComparison:
    """Compares two catalogues; one that was only thought of (`is_thought`) has no shards of its own.

    `weighed` has names of which it is known what came and went.
    """

    def __init__(
        self,
        before: FileExplainer,
        after: FileExplainer,
        *,
        is_thought: bool = False,
        weighed: Mapping[Place, Weighed] | None = None,
    ) -> None:
        self._weighed = weighed or {}
        self._before = before
        self._after = after
        self._is_thought = is_thought
        self._changes = tuple(
            change
            for change in changes_between(before.stored.catalogue, after.stored.catalogue)
            if shard_of(change.old) != shard_of(change.new)
        )

    @property
    def changes(self) -> tuple[Change, ...]:
        """The names of which other files are listed."""
        return self._changes

    async def sum_up(self) -> Difference:
        """Count all of it.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        total: Counter[tuple[ChangeWord, str]] = Counter()
        unclear: list[Change] = []
        for change in self._changes:
            weighed = self._weighed.get(_place(change))
            clear = self._by_counts(change)
            if weighed is not None:
                _add(total, "gained", weighed.gained, weighed.gained_bytes)
                _add(total, "lost", weighed.lost, weighed.lost_bytes)
            elif clear is None:
                unclear.append(change)
            else:
                _add(total, *clear)
        for chunk, _ in _chunks(unclear):
            for compared in await self._compare(chunk):
                for word, found in compared.items():
                    _add(total, word, len(found), sum(size or 0 for size in found.values()))
        before, after = _listed_names(self._before.stored.catalogue), _listed_names(self._after.stored.catalogue)
        return Difference(
            gained=_amount(total, "gained"),
            lost=_amount(total, "lost"),
            replaced=_amount(total, "replaced"),
            packages_gained=tuple(sorted(after - before)),
            packages_lost=tuple(sorted(before - after)),
            rules=_rule_counts(await count_by_rule(self._before), await count_by_rule(self._after)),
        )

    async def page(self, wish: ChangeWish, *, after: Place | None, limit: int) -> ChangePage:
        """Return the next changed files, at least `limit` of them where there are and the bound allows.

        Raises:
            NotKept: when the records are no longer kept.
            StoreUnavailable: when the database does not answer.
        """
        found: list[FileChange] = []
        looked = 0
        wanted = [
            change
            for change in self._changes
            if wish.package in (None, change.name) and (after is None or _place(change) > after)
        ]
        for chunk, files in _chunks(wanted):
            for place, changed in await self._explain(chunk):
                found += filter(wish.shows, changed)
                if len(found) >= limit:
                    return ChangePage(changes=tuple(found), next=place)
            looked += files
            if looked >= FILES_A_PAGE:
                return ChangePage(changes=tuple(found), next=_place(chunk[-1]))
        return ChangePage(changes=tuple(found))

    def _by_counts(self, change: Change) -> tuple[ChangeWord, int, int] | None:
        """Return what counts alone tell: whether files came or went, how many, and their bytes."""
        was, now = change.old, change.new
        files = (now.files if now is not None else 0) - (was.files if was is not None else 0)
        size_bytes = (now.size_bytes if now is not None else 0) - (was.size_bytes if was is not None else 0)
        if was is not None and now is not None and was.files and now.files:
            place = _place(change)
            source, old_source = self._after.source(place), self._before.source(place)
            is_part_of_other = (
                source is not None
                and old_source is not None
                and source.shard == old_source.shard
                and source.shard in (was.shard, now.shard)
                and not (was.retained or now.retained)
            )
            if not is_part_of_other:
                return None
        return ("gained", files, size_bytes) if files > 0 else ("lost", -files, -size_bytes)

    async def _compare(self, changes: Sequence[Change]) -> list[Mapping[ChangeWord, Mapping[str, int | None]]]:
        """Return which files came, went and were replaced, with their sizes, by ckey."""
        before = await _listed(self._before, changes, [change.old for change in changes])
        if self._is_thought:
            decided = dict(await self._after.explain([_place(change) for change in changes]))
            return [_compare_thought(old, decided[_place(change)]) for change, old in zip(changes, before, strict=True)]
        after = await _listed(self._after, changes, [change.new for change in changes])
        return [_compare_listed(old, new) for old, new in zip(before, after, strict=True)]

    async def _explain(self, changes: Sequence[Change]) -> list[tuple[Place, tuple[FileChange, ...]]]:
        places = [_place(change) for change in changes]
        compared = await self._compare(changes)
        old, new = await self._before.explain(places), await self._after.explain(places)
        return [
            (place, _tell(change, each, _by_ckey(was), _by_ckey(now)))
            for place, change, each, (_, was), (_, now) in zip(places, changes, compared, old, new, strict=True)
        ]


async def count_by_rule(explainer: FileExplainer) -> Mapping[RuleKey, int]:
    """Count the source's files that each rule leaves out, those that leave out none as well.

    Raises:
        NotKept: when the records are no longer kept.
        StoreUnavailable: when the database does not answer.
    """
    keys = rule_keys(explainer.evaluation)
    counted: Counter[RuleKey] = Counter(dict.fromkeys((key for some in keys.values() for key in some), 0))
    unclear: list[Place] = []
    for partition, part in explainer.stored.catalogue.parts.items():
        for name, entry in part.entries.items():
            for reason, files in entry.excluded.items():
                some = keys.get(reason, ())
                if len(some) == 1:
                    counted[some[0]] += files
                else:
                    unclear.append(Place(partition, name))
    unclear = list(dict.fromkeys(unclear))
    for start in range(0, len(unclear), _CHUNK_NAMES):
        for place, decisions in await explainer.explain(unclear[start : start + _CHUNK_NAMES]):
            source = explainer.source(place)
            counted.update(
                (decision.rule, decision.policy, decision.reason)
                for decision in decisions
                if source is not None
                and decision.decision == "excluded"
                and decision.rule is not None
                and decision.reason is not None
                and len(keys.get(decision.reason, ())) != 1
            )
    return counted


def rule_keys(evaluation: Evaluation) -> Mapping[str, tuple[RuleKey, ...]]:
    """Return which rules drop files, by the reason (`scope.reason`) under which these are counted."""
    found: dict[str, dict[RuleKey, None]] = {}
    for rule in evaluation.rules:
        if rule.action is not Action.ALLOW:
            reason = f"{rule.scope}.{reason_of(rule)}"
            found.setdefault(reason, {})[rule.id, rule.policy, reason] = None
    return {reason: tuple(keys) for reason, keys in found.items()}


def shard_of(entry: CatalogueEntry | None) -> bytes | None:
    """Return the shard of what is listed of a name, None where nothing is."""
    return entry.shard if entry is not None else None


def _place(change: Change) -> Place:
    return Place(change.partition, change.name)


def _chunks(changes: Sequence[Change]) -> Iterator[tuple[Sequence[Change], int]]:
    for start in range(0, len(changes), _CHUNK_NAMES):
        chunk = changes[start : start + _CHUNK_NAMES]
        yield chunk, sum(max(entry.files for entry in (one.old, one.new) if entry is not None) for one in chunk)


def _add(total: "Counter[tuple[ChangeWord, str]]", word: ChangeWord, files: int, size_bytes: int) -> None:
    total[word, "files"] += files
    total[word, "bytes"] += size_bytes


def _amount(total: "Counter[tuple[ChangeWord, str]]", word: ChangeWord) -> Amount:
    return Amount(files=total[word, "files"], size_bytes=total[word, "bytes"])


def _listed_names(catalogue: Catalogue) -> set[str]:
    """Return the names of packages; one that nobody read is listed as well."""
    return {
        name
        for part in catalogue.parts.values()
        for name, entry in part.entries.items()
        if entry.files or entry.shard == UNREAD
    }


async def _listed(
    explainer: FileExplainer, changes: Sequence[Change], entries: Sequence[CatalogueEntry | None]
) -> list[Mapping[str, ArtifactRef]]:
    """Return what is listed of names, by ckey."""
    digests = {entry.shard for entry in entries if entry is not None and entry.shard}
    payloads = await explainer.shards.get(sorted(digests))
    if len(payloads) < len(digests):
        raise NotKept("what was listed is no longer kept; ask for a newer run")

    def read() -> list[Mapping[str, ArtifactRef]]:
        artifacts = explainer.ecosystem.artifacts
        return [
            {item.ckey: item for item in artifacts(payloads[entry.shard], partition=change.partition)}
            if entry is not None and entry.shard
            else {}
            for change, entry in zip(changes, entries, strict=True)
        ]

    return await asyncio.to_thread(read)


def _compare_listed(
    old: Mapping[str, ArtifactRef], new: Mapping[str, ArtifactRef]
) -> Mapping[ChangeWord, Mapping[str, int | None]]:
    return {
        "gained": {ckey: item.expected.size_bytes for ckey, item in new.items() if ckey not in old},
        "lost": {ckey: item.expected.size_bytes for ckey, item in old.items() if ckey not in new},
        "replaced": {
            ckey: item.expected.size_bytes
            for ckey, item in new.items()
            if ckey in old and old[ckey].expected != item.expected
        },
    }


def _compare_thought(
    old: Mapping[str, ArtifactRef], decisions: Collection[FileDecision]
) -> Mapping[ChangeWord, Mapping[str, int | None]]:
    new = {one.ckey: one.size_bytes for one in decisions if one.decision == "kept"}
    return {
        "gained": {ckey: size for ckey, size in new.items() if ckey not in old},
        "lost": {ckey: item.expected.size_bytes for ckey, item in old.items() if ckey not in new},
    }


def _by_ckey(decisions: Collection[FileDecision]) -> Mapping[str, FileDecision]:
    return {one.ckey: one for one in decisions}


def _tell(
    change: Change,
    compared: Mapping[ChangeWord, Mapping[str, int | None]],
    before: Mapping[str, FileDecision],
    after: Mapping[str, FileDecision],
) -> tuple[FileChange, ...]:
    told = [
        _told(ckey, size, word, name=change.name, before=before.get(ckey), after=after.get(ckey))
        for word, found in compared.items()
        for ckey, size in found.items()
    ]
    return tuple(sorted(told, key=lambda each: each.ckey))


def _told(
    ckey: str,
    size_bytes: int | None,
    word: ChangeWord,
    *,
    name: str,
    before: FileDecision | None,
    after: FileDecision | None,
) -> FileChange:
    told = FileChange(
        ckey=ckey,
        name=name,
        version=next((one.version for one in (after, before) if one is not None), ""),
        change=word,
        size_bytes=size_bytes,
    )
    if word == "replaced":
        return told
    decision = after if word == "lost" else before
    if decision is None:
        return msgspec.structs.replace(told, detail=_GONE if word == "lost" else _NEW)
    if decision.decision == "kept":
        return msgspec.structs.replace(told, detail=_NOT_STORED if word == "lost" else _STORED)
    return msgspec.structs.replace(
        told, rule=decision.rule, policy=decision.policy, reason=decision.reason, detail=decision.detail
    )


def _rule_counts(before: Mapping[RuleKey, int], after: Mapping[RuleKey, int]) -> tuple[RuleCount, ...]:
    return tuple(
        RuleCount(rule=rule, policy=policy, reason=reason, before=before.get(key, 0), after=after.get(key, 0))
        for key in dict.fromkeys((*after, *before))
        for rule, policy, reason in [key]
    )
