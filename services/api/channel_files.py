"""Which files of a channel's current revision have vulnerabilities, by the book in force.

Names come first: of 100,000 names of a channel few are known to the book, and only their
shards are read. What was found of a revision by a book is kept in memory, for neither changes.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, AdvisoryEcosystem, Confidence, Finding
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound, StoreUnavailable
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import Revision
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import AdvisoryBooks, Revisions, Shards
from services.api.serving.contents import ServedContents, read_contents
from services.api.serving.recent import Recent

_CHUNK_SHARDS = 200
_FILES = 400_000
_NAMES = 400_000

WORDS: Mapping[MirrorType, AdvisoryEcosystem] = {
    MirrorType.CONDA: "conda",
    MirrorType.PYTHON_SIMPLE: "python",
    MirrorType.CRAN: "cran",
}
"""A mirror's type -> whose names its packages have."""


class AffectedFile(msgspec.Struct, frozen=True, gc=False):
    """A file with vulnerabilities."""

    family: AdvisoryEcosystem
    name: str
    version: str
    ckey: str
    findings: tuple[Finding, ...]


class PackageCves(msgspec.Struct, frozen=True, gc=False):
    """How many vulnerabilities the files of a package have, and the highest score; None where none is known."""

    count: int = 0
    score: float | None = None


NO_CVES = PackageCves()


class _Known(msgspec.Struct, frozen=True, gc=False):
    """A name that the book knows something of, and the shards behind it, first wins."""

    type: MirrorType
    partition: str
    name: str
    shards: tuple[bytes, ...]
    cves: frozenset[str]


class ChannelFiles:
    """Looks for affected files."""

    def __init__(self, *, books: AdvisoryBooks, revisions: Revisions, shards: Shards, blobs: BlobStore) -> None:
        self._books = books
        self._revisions = revisions
        self._shards = shards
        self._blobs = blobs
        self._book: Recent[Sha256, AdvisoryBook] = Recent(budget=2)
        self._names: Recent[tuple[str, Sha256], tuple[_Known, ...]] = Recent(budget=_NAMES)
        self._files: Recent[tuple[str, Sha256], tuple[AffectedFile, ...]] = Recent(budget=_FILES)
        self._packages: Recent[tuple[str, Sha256], Mapping[tuple[str, str], PackageCves]] = Recent(budget=_NAMES)

    async def book(self) -> AdvisoryBook:
        """Return the book in force.

        Raises:
            StoreUnavailable: when a store does not answer, or lost it.
        """
        head = await self._books.get()
        if head is None:
            return EMPTY_BOOK

        async def load() -> tuple[AdvisoryBook, int]:
            try:
                return AdvisoryBook.decode(await read_all(self._blobs, head.book)), 1
            except NotFound as exc:
                raise StoreUnavailable("the book of advisories is not in the blob store; import it again") from exc

        return await self._book.get(head.book, load)

    async def of_channel(self, channel: Channel) -> Sequence[AffectedFile]:
        """Return all files of a channel that have vulnerabilities, by ckey.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        book = await self.book()
        if channel.published is None or book.digest == EMPTY_BOOK.digest:
            return ()
        key = (channel.published.revision_id, book.digest)

        async def load() -> tuple[tuple[AffectedFile, ...], int]:
            files = await self._look(await self._known(channel, book), book)
            return files, len(files) + 1

        return await self._files.get(key, load)

    async def by_package(self, channel: Channel) -> Mapping[tuple[str, str], PackageCves]:
        """Return what those packages of a channel have that have vulnerabilities, by family and name.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        book = await self.book()
        if channel.published is None or book.digest == EMPTY_BOOK.digest:
            return {}

        async def load() -> tuple[Mapping[tuple[str, str], PackageCves], int]:
            files = await self.of_channel(channel)
            packages = await asyncio.to_thread(_by_package, files)
            return packages, len(packages) + 1

        return await self._packages.get((channel.published.revision_id, book.digest), load)

    async def of_cve(self, channel: Channel, cve_id: str) -> Sequence[AffectedFile]:
        """Return the files of a channel that a CVE affects, by ckey; `findings` has all of each file's.

        Raises:
            StoreUnavailable: when a store does not answer, or lost what it should have.
        """
        book = await self.book()
        if channel.published is None or book.digest == EMPTY_BOOK.digest:
            return ()
        known = [one for one in await self._known(channel, book) if cve_id in one.cves]
        files = await self._look(known, book)
        return tuple(file for file in files if any(found.id == cve_id for found in file.findings))

    async def _known(self, channel: Channel, book: AdvisoryBook) -> tuple[_Known, ...]:
        published = channel.published
        if published is None:
            return ()

        async def load() -> tuple[tuple[_Known, ...], int]:
            revision = await self._revisions.get(published.revision_id)
            if revision is None:
                raise StoreUnavailable("the channel's published revision is not in the database")
            try:
                data = await read_all(self._blobs, revision.contents)
            except NotFound as exc:
                raise StoreUnavailable("the contents of a revision are not in the blob store") from exc
            known = await asyncio.to_thread(lambda: _known_names(revision, read_contents(data), book))
            return known, len(known) + 1

        return await self._names.get((published.revision_id, book.digest), load)

    async def _look(self, known: Sequence[_Known], book: AdvisoryBook) -> tuple[AffectedFile, ...]:
        found: list[AffectedFile] = []
        for start in range(0, len(known), _CHUNK_SHARDS):
            some = known[start : start + _CHUNK_SHARDS]
            payloads = await self._shards.get([digest for one in some for digest in one.shards])
            found += await asyncio.to_thread(_affected, some, payloads, book)
        return tuple(sorted(found, key=lambda file: file.ckey))


def _by_package(files: Sequence[AffectedFile]) -> Mapping[tuple[str, str], PackageCves]:
    found: dict[tuple[str, str], dict[str, float | None]] = {}
    for file in files:
        scores = found.setdefault((file.family, file.name), {})
        scores |= {finding.id: finding.score for finding in file.findings}
    return {
        package: PackageCves(len(scores), max((score for score in scores.values() if score is not None), default=None))
        for package, scores in found.items()
    }


def _known_names(revision: Revision, contents: ServedContents, book: AdvisoryBook) -> tuple[_Known, ...]:
    known: list[_Known] = []
    cves: dict[tuple[MirrorType, str], frozenset[str]] = {}
    for partition, part in contents.parts.items():
        for name, entry in part.entries.items():
            shards = tuple(digest for _, digest in entry.origins if digest != UNREAD)
            if not shards:
                continue
            kind = revision.mirrors[entry.origins[0][0]].type
            if (kind, name) not in cves:
                cves[kind, name] = _cves(WORDS[kind], name, book)
            if cves[kind, name]:
                known.append(_Known(kind, partition, name, shards, cves[kind, name]))
    return tuple(known)


def _cves(ecosystem: AdvisoryEcosystem, name: str, book: AdvisoryBook) -> frozenset[str]:
    matches = book.matches(ecosystem, name)
    advised = (
        one.id
        for match in matches
        for one in book.of(match.ecosystem, match.name)
        if match.confidence is not Confidence.NAME or not one.is_malware
    )
    curated = (one.id for match in matches for one in book.curations_of(match.ecosystem, match.name))
    return frozenset((*advised, *curated))


def _affected(known: Sequence[_Known], payloads: Mapping[bytes, bytes], book: AdvisoryBook) -> list[AffectedFile]:
    files: dict[str, AffectedFile] = {}
    seen: set[str] = set()
    for one in known:
        ecosystem = ecosystem_of(one.type)
        for digest in one.shards:
            if digest not in payloads:
                raise StoreUnavailable("a shard of a published revision is not in the database")
            for fact in ecosystem.facts(payloads[digest], partition=one.partition, book=book):
                # Where several mirrors bring a file the first one's is read by clients.
                if fact.ckey not in seen and fact.findings:
                    files[fact.ckey] = AffectedFile(WORDS[one.type], one.name, fact.version, fact.ckey, fact.findings)
                seen.add(fact.ckey)
    return list(files.values())
