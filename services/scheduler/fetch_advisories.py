"""the configured source of advisories -> what changed there since the last time.

Essential reading: osv.dev: docs/data.md. A source has for each ecosystem

    <ECOSYSTEM>/modified_id.csv    `<time>,<id>` a line, newest first
    <ECOSYSTEM>/<id>.json          one record
    <ECOSYSTEM>/all.zip            all records

Few changes are read one by one; many, and those of a source without the list, as a whole.
"""

import asyncio
import io
from collections.abc import Iterable, Sequence

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.cve import OsvState
from libs.common.domain.errors import UpstreamMissing
from libs.common.ports.upstream import NotModified, Upstream, Validators
from libs.common.vulnerabilities.keep_book import NewRecords
from libs.common.vulnerabilities.osv_record import OsvRecord
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.read_osv import OSV_NAMES, UnusableRecord, is_record_id, read_osv
from libs.common.vulnerabilities.sort_records import ArchiveReading, records_of, sort_records

_AT_ONCE = 8
_LIST_BYTES = 128 * 1024 * 1024
_RECORD_BYTES = 16 * 1024 * 1024


class AdvisorySource(msgspec.Struct, frozen=True, kw_only=True):
    """Where advisories come from; `{ecosystem}` in the URL stands for OSV's word, which else follows it."""

    url: str
    ecosystems: tuple[AdvisoryEcosystem, ...]
    archive_limit_bytes: int
    most_single_records: int = 1_000

    def url_of(self, ecosystem: AdvisoryEcosystem, path: str) -> str:
        """Return the URL of a file of one ecosystem."""
        url = self.url if "{ecosystem}" in self.url else f"{self.url.rstrip('/')}/{{ecosystem}}"
        return f"{url.rstrip('/').replace('{ecosystem}', OSV_NAMES[ecosystem])}/{path}"


async def fetch_advisories(
    ecosystem: AdvisoryEcosystem, state: OsvState | None, *, source: AdvisorySource, upstream: Upstream
) -> ArchiveReading | None:
    """Return what is new of one ecosystem; None where nothing is.

    Raises:
        UpstreamUnavailable: when the source does not answer.
        UpstreamMissing: when it has no such archive.
        UpstreamRefused, SourceNotAllowed: when it, or the operator, does not allow it.
        UnreadableIndex, InvalidInput: when what it sends is no list, no archive, or too large.
    """
    listed = await _listed(ecosystem, source=source, upstream=upstream)
    newest = listed[0][0] if listed else None
    if state is not None and state.modified is not None and newest is not None:
        # What changed at the very moment that was seen last may have come after we looked.
        changed = [record_id for time, record_id in listed if time >= state.modified]
        if newest == state.modified:
            return None
        if len(changed) <= source.most_single_records:
            return await _single(changed, ecosystem, modified=newest, source=source, upstream=upstream)
    validators = Validators(etag=state.etag) if state is not None and state.etag is not None else None
    answer = await upstream.get(
        source.url_of(ecosystem, "all.zip"), validators=validators, limit_bytes=source.archive_limit_bytes
    )
    if isinstance(answer, NotModified):
        return None
    reading = await asyncio.to_thread(
        lambda: sort_records(Archive(io.BytesIO(answer.data)), etag=answer.validators.etag, modified=newest)
    )
    if ecosystem not in reading.new:
        raise UpstreamMissing(f"the archive of {OSV_NAMES[ecosystem]} has no record of it")
    return msgspec.structs.replace(reading, new={ecosystem: reading.new[ecosystem]})


async def _listed(
    ecosystem: AdvisoryEcosystem, *, source: AdvisorySource, upstream: Upstream
) -> Sequence[tuple[str, str]]:
    """Return (time, id) of all records, newest first; none where the source has no list."""
    try:
        answer = await upstream.get(source.url_of(ecosystem, "modified_id.csv"), limit_bytes=_LIST_BYTES)
    except UpstreamMissing:
        return ()
    if isinstance(answer, NotModified):
        return ()
    lines = answer.data.decode(errors="replace").splitlines()
    rows = ((time.strip(), record_id.strip()) for time, _, record_id in (line.partition(",") for line in lines))
    return sorted((row for row in rows if is_record_id(row[1]) and row[0][:4].isdigit()), reverse=True)


async def _single(
    ids: Iterable[str],
    ecosystem: AdvisoryEcosystem,
    *,
    modified: str,
    source: AdvisorySource,
    upstream: Upstream,
) -> ArchiveReading:
    """Read records one by one."""
    slots = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, OsvRecord] = {}
    broken: dict[str, int] = {}

    async def read(record_id: str) -> None:
        async with slots:
            try:
                answer = await upstream.get(source.url_of(ecosystem, f"{record_id}.json"), limit_bytes=_RECORD_BYTES)
                record = None if isinstance(answer, NotModified) else read_osv(answer.data)
            except UpstreamMissing:
                record = None
            except UnusableRecord as exc:
                broken[exc.message] = broken.get(exc.message, 0) + 1
                return
        # One that is gone, or speaks of other packages now, takes back what it said.
        found[record_id] = record if record is not None and record.id == record_id else _taken_back(record_id)

    try:
        async with asyncio.TaskGroup() as group:
            for record_id in ids:
                group.create_task(read(record_id))
    except ExceptionGroup as exc:
        # The first one ended the others: it alone says what to do.
        raise exc.exceptions[0] from None
    records = records_of(found, ecosystem)
    for record_id in found.keys() - records.keys():
        records[record_id] = _taken_back(record_id)
    new = NewRecords(records=records, is_whole=False, modified=modified)
    return ArchiveReading(new={ecosystem: new}, read=len(found), passed_over=0, broken=broken)


def _taken_back(record_id: str) -> OsvRecord:
    return OsvRecord(
        id=record_id,
        modified="",
        published=None,
        is_withdrawn=True,
        aliases=(),
        summary="",
        details="",
        vectors=(),
        word=None,
        affected=(),
        references=(),
    )
