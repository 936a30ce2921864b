"""records and curations -> CVEs for people, the book for deciding, and its head.

The head moves by one conditional write, and last: whoever is killed before has changed
nothing that decides, and does all of it again. Who loses to somebody else begins again
from what is there then.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from libs.common.contracts.policy_messages import AdvisoriesChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.advisory import Advisory, AdvisoryEcosystem, Curation, encode_book, revised_book
from libs.common.domain.cve import BookHead, CurationEntry, Cve, OsvState, cve_digest
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import NotFound
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.conda_names import CondaNames, decode_conda_names
from libs.common.vulnerabilities.merge_records import advisories_of, merge_records
from libs.common.vulnerabilities.read_osv import OSV_NAMES
from libs.common.vulnerabilities.stored_records import Records, decode_records, encode_records

Cause = Literal["import", "update", "curation"]


class NewRecords(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one ecosystem: all of it, or (`is_whole` false) only what changed.

    `modified` and `etag` as in `OsvState`.
    """

    records: Records
    is_whole: bool
    modified: str | None = None
    etag: str | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How many CVEs are new, are not what they were, or are gone, and the head after it."""

    added: int
    updated: int
    removed: int
    head: BookHead | None = None

    @property
    def count(self) -> int:
        """All of them."""
        return self.added + self.updated + self.removed


async def keep_records(
    new: Mapping[AdvisoryEcosystem, NewRecords], *, cause: Cause, by: Caller | None, ports: AdvisoryPorts
) -> Changes:
    """Take in records, and say what changed; the same ones again change nothing.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    while True:
        before = await ports.books.get()
        records = await _records(new, before, ports=ports)
        states = dict(before.osv) if before is not None else {}
        for ecosystem, read in new.items():
            states[ecosystem] = await _store(records[ecosystem], read, ports=ports)
        entries = await ports.curations.current()
        cves, advisories = await asyncio.to_thread(_merged, records.values(), entries)
        changes = await _keep_cves(cves, ports=ports)
        head = _next_head(before, entries, cause=cause, by=by, ports=ports)
        book = await asyncio.to_thread(
            encode_book,
            advisories=advisories,
            curations=_curations(entries, {cve.id: cve.score for cve in cves}),
            conda_names=await _conda_names(head.conda_names, ports=ports),
        )
        head = msgspec.structs.replace(head, osv=states, advisory_count=len(cves), changed=changes.count)
        moved = await _move(head, book, before=before, ports=ports)
        if moved is not None:
            return msgspec.structs.replace(changes, head=moved)


async def keep_words(*, by: Caller | None, ports: AdvisoryPorts, cves: Sequence[str] = ()) -> BookHead | None:
    """Put the curations in force into the book; a no-op where it holds them. `cves` says which they are about.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    while True:
        before = await ports.books.get()
        entries = await ports.curations.current()
        if curated_digest(entries) == (before.curated if before is not None else curated_digest(())):
            return before
        head = _next_head(before, entries, cause="curation", by=by, ports=ports)
        moved = await _revise(msgspec.structs.replace(head, cves=tuple(cves)), entries, before=before, ports=ports)
        if moved is not None:
            return moved


async def keep_conda_names(names: Sha256 | None, *, by: Caller | None, ports: AdvisoryPorts) -> BookHead:
    """Put a map of names into the book, by its blob, or none; the same again changes nothing.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    while True:
        before = await ports.books.get()
        entries = await ports.curations.current()
        head = _next_head(before, entries, cause="curation", by=by, ports=ports)
        head = msgspec.structs.replace(head, conda_names=names)
        moved = await _revise(head, entries, before=before, ports=ports)
        if moved is not None:
            return moved


async def note_reading(ecosystems: Iterable[AdvisoryEcosystem], *, ports: AdvisoryPorts) -> None:
    """Note that the source was asked for these ecosystems now, whether it had anything new or not.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    head = await ports.books.get()
    if head is None:
        return
    now = ports.clock.now()
    asked = frozenset(ecosystems)
    osv = {
        name: msgspec.structs.replace(state, read_at=now) if name in asked else state
        for name, state in head.osv.items()
    }
    # Who loses this to a change loses nothing: the source is asked once more.
    await ports.books.move(msgspec.structs.replace(head, number=head.number + 1, osv=osv))


async def say_changed(head: BookHead, *, ports: AdvisoryPorts) -> None:
    """Say what changed with a head, unless it was said; the same words again are one event.

    Raises:
        StoreUnavailable: when it has to be said later.
    """
    if head.is_said:
        return
    await ports.bus.say(
        AdvisoriesChanged(
            digest=head.book,
            advisory_count=head.advisory_count,
            changed=head.changed,
            cause=head.cause,
            by=head.by,
            by_address=head.by_address,
            cves=head.cves,
        ),
        event_id=f"advisories-{head.number}-{head.book}",
    )
    await ports.books.said(head.number)


def curated_digest(entries: Sequence[CurationEntry]) -> Sha256:
    """Name curations by their content."""
    return sha256_of(msgspec.msgpack.encode(entries))


def _next_head(
    before: BookHead | None, entries: Sequence[CurationEntry], *, cause: Cause, by: Caller | None, ports: AdvisoryPorts
) -> BookHead:
    head = before or BookHead(number=0, book=Sha256(""), advisory_count=0, at=ports.clock.now())
    return msgspec.structs.replace(
        head,
        number=head.number + 1,
        at=ports.clock.now(),
        curated=curated_digest(entries),
        cause=cause,
        changed=1,
        by=by.name if by is not None else None,
        by_address=by.address if by is not None else None,
        cves=(),
        is_said=False,
    )


async def _move(head: BookHead, book: bytes, *, before: BookHead | None, ports: AdvisoryPorts) -> BookHead | None:
    """Store the book, point to it and say so; None where somebody else was first."""
    head = msgspec.structs.replace(head, book=sha256_of(book))
    if before is not None and before.book == head.book:
        # Nothing that decides has changed: what was said, or is to be said still, stays.
        head = msgspec.structs.replace(
            head,
            is_said=before.is_said,
            cause=before.cause,
            changed=before.changed,
            by=before.by,
            by_address=before.by_address,
            cves=before.cves,
        )
    await put_bytes(ports.blobs, book)
    if not await ports.books.move(head):
        return None
    await say_changed(head, ports=ports)
    return head


async def _revise(
    head: BookHead, entries: Sequence[CurationEntry], *, before: BookHead | None, ports: AdvisoryPorts
) -> BookHead | None:
    """Give the book that is there other words of people."""
    scores = await ports.advisories.scores(sorted({entry.cve for entry in entries}))
    old = await read_all(ports.blobs, before.book) if before is not None else encode_book()
    book = await asyncio.to_thread(
        revised_book,
        old,
        curations=_curations(entries, scores),
        conda_names=await _conda_names(head.conda_names, ports=ports),
    )
    return await _move(head, book, before=before, ports=ports)


async def _records(
    new: Mapping[AdvisoryEcosystem, NewRecords], before: BookHead | None, *, ports: AdvisoryPorts
) -> dict[AdvisoryEcosystem, Records]:
    """Return all records by ecosystem, the new ones over those that are stored."""
    records: dict[AdvisoryEcosystem, Records] = {}
    if before is None:
        return {ecosystem: read.records for ecosystem, read in new.items()}
    for ecosystem, state in before.osv.items():
        if ecosystem not in new or not new[ecosystem].is_whole:
            try:
                data = await read_all(ports.blobs, state.records)
            except NotFound as exc:
                # To go on without them would clear what they say.
                raise NotFound(
                    f"the stored advisories of {OSV_NAMES[ecosystem]} are lost; import one archive with the "
                    f"records of {', '.join(OSV_NAMES[one] for one in before.osv)} to replace them all"
                ) from exc
            records[ecosystem] = await asyncio.to_thread(decode_records, data)
    for ecosystem, read in new.items():
        records[ecosystem] = {**records.get(ecosystem, {}), **read.records}
    return records


async def _store(records: Records, read: NewRecords, *, ports: AdvisoryPorts) -> OsvState:
    blob = await put_bytes(ports.blobs, await asyncio.to_thread(encode_records, records))
    return OsvState(
        records=blob.sha256, count=len(records), read_at=ports.clock.now(), modified=read.modified, etag=read.etag
    )


def _merged(
    records: Iterable[Records], entries: Sequence[CurationEntry]
) -> tuple[tuple[Cve, ...], Mapping[str, Mapping[str, Sequence[Advisory]]]]:
    """Return all CVEs, also those that only people speak of, and what the book has of them."""
    cves = merge_records(record for of_one in records for record in of_one.values())
    known = {cve.id for cve in cves}
    brought_in = {entry.cve: Cve(id=entry.cve, score=entry.score) for entry in entries if entry.cve not in known}
    return (*cves, *brought_in.values()), advisories_of(cves)


async def _keep_cves(cves: Sequence[Cve], *, ports: AdvisoryPorts) -> Changes:
    stored = await ports.advisories.digests()
    wanted = await asyncio.to_thread(lambda: {cve.id: cve_digest(cve) for cve in cves})
    await ports.advisories.put([cve for cve in cves if stored.get(cve.id) != wanted[cve.id]])
    gone = sorted(stored.keys() - wanted.keys())
    await ports.advisories.remove(gone)
    return Changes(
        added=len(wanted.keys() - stored.keys()),
        updated=sum(1 for cve_id in wanted.keys() & stored.keys() if wanted[cve_id] != stored[cve_id]),
        removed=len(gone),
    )


def _curations(
    entries: Iterable[CurationEntry], scores: Mapping[str, float | None]
) -> dict[str, dict[str, list[Curation]]]:
    """Return what the book has of curations: ecosystem -> package -> words."""
    words: dict[str, dict[str, list[Curation]]] = {}
    for entry in entries:
        if entry.status is not None:
            score = scores.get(entry.cve)
            word = Curation(entry.cve, entry.status, entry.files, entry.source, entry.score if score is None else score)
            words.setdefault(entry.ecosystem, {}).setdefault(entry.package, []).append(word)
    return words


async def _conda_names(names: Sha256 | None, *, ports: AdvisoryPorts) -> CondaNames:
    return {} if names is None else decode_conda_names(await read_all(ports.blobs, names))
