"""CVEs, what people say of them, and the book of both that is in force."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from libs.common.domain.advisory import CveStatus
from libs.common.domain.cve import BookHead, CurationEntry, Cve, CveFilter
from libs.common.domain.digest import Sha256


class Advisories(Protocol):
    """CVEs as people look at them. Written by the scheduler; `put` also by the api, for CVEs that people bring in."""

    async def put(self, cves: Sequence[Cve]) -> None:
        """Store CVEs, or replace them."""

    async def remove(self, ids: Sequence[str]) -> None:
        """Forget CVEs; a no-op for those that are not there."""

    async def get(self, cve_id: str) -> Cve | None:
        """Return a CVE by its id or one of its aliases."""

    async def list(self, wanted: CveFilter, *, offset: int, limit: int) -> tuple[int, Sequence[Cve]]:
        """Return how many are wanted, and a page of them, newest ids first."""

    async def digests(self) -> Mapping[str, Sha256]:
        """Return `cve_digest` of all that is stored, by id."""

    async def scores(self, ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of those that have one."""


class Curations(Protocol):
    """What people, and packages of themselves, say of CVEs. Written by the api and the scheduler."""

    async def add(self, entry: CurationEntry) -> bool:
        """Store an entry, which replaces an older one of its key; False where that says the same.

        The older one stays in the history.
        """

    async def current(self) -> Sequence[CurationEntry]:
        """Return what is in force, by key; what was taken back is not."""

    async def of(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return what is in force of one CVE, by key."""

    async def history(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return all entries of one CVE, newest first."""

    async def statuses(self) -> Mapping[str, frozenset[CveStatus]]:
        """Return the statuses in force of every curated CVE."""


class AdvisoryBooks(Protocol):
    """Which book of advisories is in force. Written by the scheduler, and by the api for curations."""

    async def get(self) -> BookHead | None:
        """Return the head; None before the first import."""

    async def move(self, head: BookHead) -> bool:
        """Point to a new book, unless `head.number` is not one more than what is there (1 where nothing is)."""

    async def said(self, number: int) -> None:
        """Note that the change to this number was said; a no-op where it is not the newest."""
