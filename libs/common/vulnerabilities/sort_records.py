"""An archive -> its records by ecosystem, and what became of its entries.

An archive whose records all speak of one ecosystem is that ecosystem's dump, also where
some of them speak of others besides; a mixed one is the dump of all that it has.
"""

from collections.abc import Mapping

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.errors import InvalidInput
from libs.common.vulnerabilities.keep_book import NewRecords
from libs.common.vulnerabilities.osv_record import OsvRecord
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.read_osv import OSV_NAMES
from libs.common.vulnerabilities.stored_records import of_ecosystem


class ArchiveReading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: records by ecosystem; how many were of others; why entries could not be used."""

    new: Mapping[AdvisoryEcosystem, NewRecords]
    read: int
    passed_over: int
    broken: Mapping[str, int]


def sort_records(archive: Archive, *, etag: str | None = None, modified: str | None = None) -> ArchiveReading:
    """Read an archive to its end; each ecosystem's records are to replace those that are stored.

    Raises:
        InvalidInput: when it has nothing that could replace anything, or is more broken than whole.
    """
    newest: dict[str, OsvRecord] = {}
    for record in archive.records():
        if record.id not in newest or newest[record.id].modified <= record.modified:
            newest[record.id] = record
    spoken_of = [{one.ecosystem for one in record.affected} for record in newest.values() if record.affected]
    broken = archive.broken.total()
    if not spoken_of:
        raise InvalidInput(
            f"the archive has no advisories of {', '.join(OSV_NAMES.values())} packages; nothing was changed",
            field="file",
        )
    if broken > len(newest) + archive.passed_over:
        raise InvalidInput(
            f"{broken:,} entries of the archive can't be used, more than the {len(newest):,} that can; "
            f"most often: {archive.broken.most_common(1)[0][0]}; nothing was changed",
            field="file",
        )
    of_all = set.intersection(*spoken_of)
    return ArchiveReading(
        new={
            ecosystem: NewRecords(records=records_of(newest, ecosystem), is_whole=True, etag=etag, modified=modified)
            for ecosystem in sorted(of_all or set.union(*spoken_of))
        },
        read=len(newest),
        passed_over=archive.passed_over,
        broken=dict(archive.broken.most_common()),
    )


def records_of(records: Mapping[str, OsvRecord], ecosystem: AdvisoryEcosystem) -> dict[str, OsvRecord]:
    """Return those records, and of each only that, which speaks of one ecosystem."""
    found = {record_id: of_ecosystem(record, ecosystem) for record_id, record in records.items()}
    return {record_id: record for record_id, record in found.items() if record is not None}
