"""CVEs, curations and the book's head in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.advisory import CveStatus
from libs.common.domain.cve import BookHead, CurationEntry, Cve, CveFilter, cve_digest, id_order
from libs.common.domain.digest import Sha256


class MemoryAdvisories:
    """Implements `ports.records.Advisories`."""

    def __init__(self) -> None:
        self._cves: dict[str, Cve] = {}

    async def put(self, cves: Sequence[Cve]) -> None:
        """Store CVEs, or replace them."""
        self._cves.update({cve.id: cve for cve in cves})

    async def remove(self, ids: Sequence[str]) -> None:
        """Forget CVEs; a no-op for those that are not there."""
        for cve_id in ids:
            self._cves.pop(cve_id, None)

    async def get(self, cve_id: str) -> Cve | None:
        """Return a CVE by its id, or the first one that has it as an alias."""
        known_as = (cve for _, cve in sorted(self._cves.items()) if cve_id in cve.aliases)
        return self._cves.get(cve_id) or next(known_as, None)

    async def list(self, wanted: CveFilter, *, offset: int, limit: int) -> tuple[int, Sequence[Cve]]:
        """Return how many are wanted, and a page of them, newest ids first."""
        found = sorted((cve for cve in self._cves.values() if wanted.keeps(cve)), key=id_order, reverse=True)
        return len(found), found[offset : offset + max(limit, 0)]

    async def digests(self) -> Mapping[str, Sha256]:
        """Return `cve_digest` of all that is stored, by id."""
        return {cve_id: cve_digest(cve) for cve_id, cve in self._cves.items()}

    async def scores(self, ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of those that have one."""
        found = {cve_id: self._cves[cve_id].score for cve_id in ids if cve_id in self._cves}
        return {cve_id: score for cve_id, score in found.items() if score is not None}


class MemoryCurations:
    """Implements `ports.records.Curations`."""

    def __init__(self) -> None:
        self._entries: dict[str, list[CurationEntry]] = defaultdict(list)

    async def add(self, entry: CurationEntry) -> bool:
        """Store an entry, which replaces an older one of its key; False where that says the same."""
        older = self._entries[entry.key]
        if entry.adds_nothing_to(older[-1] if older else None):
            return False
        older.append(entry)
        return True

    async def current(self) -> Sequence[CurationEntry]:
        """Return what is in force, by key."""
        newest = [entries[-1] for _, entries in sorted(self._entries.items()) if entries]
        return [entry for entry in newest if entry.status is not None]

    async def of(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return what is in force of one CVE, by key."""
        return [entry for entry in await self.current() if entry.cve == cve_id]

    async def history(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return all entries of one CVE, newest first."""
        entries = [entry for entries in self._entries.values() for entry in entries if entry.cve == cve_id]
        return sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)

    async def statuses(self) -> Mapping[str, frozenset[CveStatus]]:
        """Return the statuses in force of every curated CVE."""
        statuses: dict[str, frozenset[CveStatus]] = {}
        for entry in await self.current():
            if entry.status is not None:
                statuses[entry.cve] = statuses.get(entry.cve, frozenset()) | {entry.status}
        return statuses


class MemoryAdvisoryBooks:
    """Implements `ports.records.AdvisoryBooks`."""

    def __init__(self) -> None:
        self._head: BookHead | None = None

    async def get(self) -> BookHead | None:
        """Return the head; None before the first import."""
        return self._head

    async def move(self, head: BookHead) -> bool:
        """Point to a new book, unless `head.number` is not one more than what is there."""
        if head.number != (self._head.number if self._head else 0) + 1:
            return False
        self._head = head
        return True

    async def said(self, number: int) -> None:
        """Note that the change to this number was said; a no-op where it is not the newest."""
        if self._head is not None and self._head.number == number:
            self._head = msgspec.structs.replace(self._head, is_said=True)
