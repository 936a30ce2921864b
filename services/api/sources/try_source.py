"""POST of a source -> what it is and has, or why it can't be mirrored; nothing is stored.

It is tried as a run would, once: what does not answer is not asked again. The time and the bytes
are bounded, for somebody waits: what is not known by then is left out.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import parse_channel_key
from libs.common.domain.errors import (
    InvalidInput,
    SourceNotAllowed,
    StoreUnavailable,
    TainError,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
)
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.secrets import Seal
from services.api.check_mirror import check_word
from services.api.check_source import Address, check_proxy, check_source
from services.api.guards import require_on
from services.api.ports import Ports
from services.api.show_mirrors import get_mirror
from services.api.sources.advise import addresses_nearby, elsewhere, nothing_found, other_type, problem_of, too_slow
from services.api.sources.look_around import FoundIndex, Place, SourceLook, why_nothing
from services.api.sources.schemas import SourceCheck, SourceProblem, SourceWish, SubdirOut

WITHIN_S = 8.0
"""For what was asked for; finding out what it is instead may take half of that again."""

_SAMPLE = 10
_PROBED = ("noarch", "linux-64", "win-64", "osx-64", "osx-arm64")
"""Subdirs of conda that tell whether a source is a channel at all."""

_FOLDERS = frozenset({"noarch", "linux-64", "win-64", "osx-64", "osx-arm64", "src", "bin"})
"""Names in a listing of folders that is no list of projects."""

_LONG_LISTING = 100
_TO_BE_DOUBTED = frozenset({UpstreamMissing.code, UpstreamRefused.code, UnreadableIndex.code})
"""Problems after which it is looked for something else at the address."""

_LOG = structlog.get_logger()


async def try_source(wish: SourceWish, *, asked_by: Identity, ports: Ports) -> SourceCheck:
    """Try a source, with the secrets of the mirror that it is of.

    Raises:
        InvalidInput: for an address that can't be a source, naming the field.
        NotFound: when there is no such channel or mirror.
        NotAllowed: when somebody may not edit that mirror.
    """
    began = asyncio.get_running_loop().time()
    type_ = check_word(wish.mirror_type, MirrorType, key="mirror_type") if wish.mirror_type else None
    before = await _mirror_of(wish, asked_by=asked_by, ports=ports)
    source = Address(shown=before.source_root, sealed=before.sealed_source) if before else None
    proxy = Address(shown=before.proxy, sealed=before.sealed_proxy) if before and before.proxy else None
    try:
        address = check_source(
            wish.source_root,
            type=type_ or MirrorType.CONDA,
            before=source,
            seal=ports.seal,
            file_sources=ports.file_sources,
        )
        way = check_proxy(wish.proxy, before=proxy, seal=ports.seal)
        place = Place(root=_real(address, ports.seal), proxy=_real(way, ports.seal) if way else None)
    except SourceNotAllowed as exc:
        found = _Found(problem=problem_of(exc))
        shown = wish.source_root
    else:
        shown = address.shown
        found = await _Trial(place, ports=ports).find(type_)
    took_ms = int((asyncio.get_running_loop().time() - began) * 1000)
    code = found.problem.code if found.problem is not None else None
    _LOG.info("source_checked", type=found.type, problem=code, took_ms=took_ms)
    return _show(found, shown=shown, took_ms=took_ms)


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the type that it is, and the indexes that were found of it."""

    type: MirrorType | None = None
    problem: SourceProblem | None = None
    indexes: Sequence[FoundIndex] = ()
    is_partial: bool = False


class _Trial:
    """One trial of one source."""

    def __init__(self, place: Place, *, ports: Ports) -> None:
        self._place = place
        self._ports = ports

    async def find(self, wanted: MirrorType | None) -> _Found:
        """Look for what is wanted, then for what it is instead."""
        if wanted is None:
            guessed = await self._guess(tuple(MirrorType))
            return await self._as(guessed) if guessed is not None else await self._as(MirrorType.CONDA)
        found = await self._as(wanted)
        if found.problem is None or found.problem.code not in _TO_BE_DOUBTED:
            return found
        try:
            async with asyncio.timeout(WITHIN_S / 2):
                nearby = await self._nearby(wanted)
                if nearby is not None:
                    problem = elsewhere(self._place.root, found_at=nearby, type=wanted)
                    return _Found(type=wanted, problem=problem)
                other = await self._guess(tuple(kind for kind in MirrorType if kind is not wanted))
        except TimeoutError:
            return found
        return found if other is None else _Found(type=other, problem=other_type(wanted, other))

    async def _as(self, type_: MirrorType) -> _Found:
        look = SourceLook(self._place, ecosystem=ecosystem_of(type_), upstream=self._ports.sources)
        is_partial = False
        try:
            async with asyncio.timeout(WITHIN_S):
                await look.look(tuple(look.ecosystem.known_partitions().values()))
        except TimeoutError:
            if not look.found:
                return _Found(problem=too_slow(WITHIN_S))
            is_partial = True
        except TainError as exc:
            return _Found(problem=problem_of(exc))
        if not look.found or _is_listing(look):
            return _Found(problem=nothing_found(type_, why=why_nothing(look)))
        return _Found(type=type_, indexes=tuple(look.found.values()), is_partial=is_partial)

    async def _guess(self, types: Sequence[MirrorType]) -> MirrorType | None:
        for type_ in types:
            if await self._is_at(self._place, type_):
                return type_
        return None

    async def _nearby(self, type_: MirrorType) -> str | None:
        subdirs = ecosystem_of(type_).known_partitions()
        for root in addresses_nearby(self._place.root, type=type_, subdirs=subdirs):
            if await self._is_at(Place(root=root, proxy=self._place.proxy), type_):
                return root
        return None

    async def _is_at(self, place: Place, type_: MirrorType) -> bool:
        look = SourceLook(place, ecosystem=ecosystem_of(type_), upstream=self._ports.sources)
        known = look.ecosystem.known_partitions()
        probed = [known[word] for word in _PROBED if word in known] or list(known.values())[:1]
        try:
            await look.look(probed)
        except TainError:
            return False
        return bool(look.found) and not _is_listing(look)


def _is_listing(look: SourceLook) -> bool:
    """Tell whether a list of projects is a web server's listing of folders, whose links look the same."""
    if look.ecosystem.type is not MirrorType.PYTHON_SIMPLE:
        return False
    counts = [index.count for index in look.found.values() if index.count is not None]
    return any(len(count.names) < _LONG_LISTING and count.names & _FOLDERS and not count.is_json for count in counts)


async def _mirror_of(wish: SourceWish, *, asked_by: Identity, ports: Ports) -> Mirror | None:
    if wish.channel is None:
        if wish.mirror_id is not None:
            raise InvalidInput("say the channel of mirror_id, too", field="channel")
        return None
    key = parse_channel_key(wish.channel)
    await require_on(asked_by, Action.MIRROR_EDIT, key, ports=ports)
    return await get_mirror(ports.mirrors, key, wish.mirror_id) if wish.mirror_id else None


def _real(address: Address, seal: Seal) -> str:
    try:
        return address.shown if address.sealed is None else seal.unseal(address.sealed)
    except InvalidInput as exc:
        raise StoreUnavailable("the mirror's source was sealed with another key; enter it again") from exc


def _show(found: _Found, *, shown: str, took_ms: int) -> SourceCheck:
    counts = [index.count for index in found.indexes if index.count is not None]
    is_whole = bool(counts) and len(counts) == len(found.indexes) and not found.is_partial
    names = frozenset().union(*(count.names for count in counts))
    sizes = [index.size_bytes for index in found.indexes if index.size_bytes is not None]
    is_python = found.type is MirrorType.PYTHON_SIMPLE and bool(found.indexes)
    subdirs = () if found.type is None or is_python else _subdirs(found.indexes, found.type)
    return SourceCheck(
        reachable=found.problem is None,
        problem=found.problem,
        type_guess=found.type,
        source_root=shown,
        subdirs=subdirs,
        r_versions=_r_versions(subdirs) if found.type is MirrorType.CRAN else (),
        packages=len(names) if is_whole and not is_python else None,
        projects=len(names) if is_whole and is_python else None,
        index_bytes=sum(sizes) if sizes else None,
        is_json=counts[0].is_json if is_python and counts else None,
        has_serials=counts[0].is_tagged if is_python and counts else None,
        sample=tuple(sorted(names)[:_SAMPLE]),
        is_partial=found.is_partial,
        took_ms=took_ms,
    )


def _subdirs(indexes: Sequence[FoundIndex], type_: MirrorType) -> tuple[SubdirOut, ...]:
    """Return what was found, in the order in which it is known."""
    by_partition = {index.partition: index for index in indexes}
    return tuple(
        SubdirOut(
            name=word,
            packages=len(index.count.names) if index.count is not None else None,
            files=index.count.files if index.count is not None else None,
            index_bytes=index.size_bytes,
        )
        for word, partition in ecosystem_of(type_).known_partitions().items()
        if (index := by_partition.get(partition)) is not None
    )


def _r_versions(subdirs: Sequence[SubdirOut]) -> tuple[str, ...]:
    return tuple(sorted({subdir.name.rpartition("/")[2] for subdir in subdirs if subdir.name[-1:].isdigit()}))
