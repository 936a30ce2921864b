"""Everything that keeping advisories needs, in memory."""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.contracts.policy_messages import AdvisoriesChanged
from libs.common.domain.advisory import AdvisoryBook, CveStatus
from libs.common.domain.cve import BookHead, CurationEntry, CveFilter
from libs.common.ports.blobs import read_all
from libs.common.ports.clock import Clock
from libs.common.ports.upstream import Upstream
from libs.common.runtime.clock import SystemClock
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from services.scheduler.fetch_advisories import AdvisorySource
from services.scheduler.update_advisories import UpdatePorts
from tests.support.osv import all_zip
from tests.support.records import NOON


class Bookkeeping:
    """The ports of keeping the book, and looks into what is kept."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.records = MemoryRecords()
        self.bus = MemoryBus()
        self.ports = AdvisoryPorts(
            advisories=self.records.advisories,
            curations=self.records.curations,
            books=self.records.advisory_books,
            blobs=MemoryBlobStore(),
            bus=self.bus,
            clock=clock or SystemClock(),
        )

    def update_ports(self, *, source: AdvisorySource | None = None, upstream: Upstream | None = None) -> UpdatePorts:
        """Return what the scheduler reads advisories with."""
        return UpdatePorts(
            keeping=self.ports, reports=self.records.reports, upstream=upstream or MemoryUpstream(), source=source
        )

    async def say(self, cve: str = "CVE-2026-1000", **changes: object) -> None:
        """Let a person say something of a CVE in Django; nobody puts it into the book."""
        entry = CurationEntry(
            cve=cve, ecosystem="python", package="django", status=CveStatus.CLEARED, by="bob", at=NOON
        )
        await self.ports.curations.add(msgspec.structs.replace(entry, **changes))

    async def head(self) -> BookHead:
        """Return the head in force."""
        head = await self.ports.books.get()
        assert head is not None
        return head

    async def book(self) -> AdvisoryBook:
        """Return the book in force."""
        return AdvisoryBook.decode(await read_all(self.ports.blobs, (await self.head()).book))

    async def cves(self) -> list[str]:
        """Return the ids of all CVEs."""
        return [cve.id for cve in (await self.ports.advisories.list(CveFilter(), offset=0, limit=99))[1]]

    def said(self) -> list[AdvisoriesChanged]:
        """Return what was said."""
        return [one for one in self.bus.said if isinstance(one, AdvisoriesChanged)]


def osv_files(url: str, ecosystem: str, *records: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a source that has these records, by URL."""
    newest_first = sorted(records, key=lambda record: (record["modified"], record["id"]), reverse=True)
    listed = "".join(f"{record['modified']},{record['id']}\n" for record in newest_first)
    return {
        f"{url}/{ecosystem}/all.zip": all_zip(*records),
        f"{url}/{ecosystem}/modified_id.csv": listed.encode(),
        **{f"{url}/{ecosystem}/{record['id']}.json": msgspec.json.encode(record) for record in records},
    }
