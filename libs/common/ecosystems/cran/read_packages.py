"""Reading the index of a contrib folder: PACKAGES, as text or as R's own matrix, into shards.

Essential reading: `?available.packages`.

Rules of this file:
1. A shard has all records of one package; of two for one file the first counts, as R takes it.
2. Old versions that `Meta/archive.rds` lists are in their package's shard, below `Path: Archive/<Package>`.
3. A file without an MD5sum is known by its source, its record and what the Archive says of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from libs.common.domain.digest import is_hex_digest, listed_digest
from libs.common.domain.errors import UnreadableIndex
from libs.common.domain.run import FileFailure
from libs.common.ecosystems.compression import decompress_gzip
from libs.common.ecosystems.cran.archive import NO_ARCHIVE, Archive, ArchivedFile, archive_folder
from libs.common.ecosystems.cran.check_record import Usable, check_record
from libs.common.ecosystems.cran.dcf import DcfRecord, read_dcf
from libs.common.ecosystems.cran.matrix import read_matrix
from libs.common.ecosystems.cran.records import Listed, Stanza, shard_of
from libs.common.ecosystems.protocol import IndexCount, IndexForm, SourceShard, WholeIndex

LIMIT_BYTES = 128 * 1024 * 1024
"""CRAN's PACKAGES has 12 MB; ten times that is room for many years."""

_MOST_RECORDS = 500_000
"""CRAN has 22,000 packages, and 150,000 versions of them."""

_MOST_PROBLEMS = 1_000
"""More say nothing new."""

_SUFFIXES = {"gz": ".gz", "rds": ".rds", "plain": ""}


def index_forms(partition: str) -> tuple[IndexForm, ...]:
    """Name the forms of a folder's index, best first."""
    return tuple(IndexForm(form=form, path=f"{partition}/PACKAGES{suffix}") for form, suffix in _SUFFIXES.items())


def read_packages(
    data: bytes, *, form: str, partition: str, archive: Archive = NO_ARCHIVE, source: str = ""
) -> WholeIndex:
    """Read the index in one of its forms; `source` names the source.

    Raises:
        UnreadableIndex: when the file is not what it should be.
    """
    groups: dict[str, dict[str, Stanza]] = defaultdict(dict)
    lost = list(archive.problems[:_MOST_PROBLEMS])
    count = 0
    for record in _records(data, form=form):
        count += 1
        if count > _MOST_RECORDS:
            raise UnreadableIndex(f"{partition}/PACKAGES has more than {_MOST_RECORDS} records")
        checked = check_record(record, partition=partition)
        if isinstance(checked, Usable):
            groups[checked.package].setdefault(checked.filename, checked.stanza)
        elif len(lost) < _MOST_PROBLEMS:
            lost.append(checked)
    if count and not groups:
        raise UnreadableIndex(f"{partition}/PACKAGES has no record that can be used: {lost[-1].reason}")
    shards = _shards(groups, archive.files, lost, partition=partition, source=source)
    return WholeIndex(files_url=f"{partition}/", shards=shards)


def count_packages(data: bytes, *, form: str, partition: str, limit_bytes: int) -> IndexCount:
    """Count the packages of the index in one of its forms.

    Raises:
        UnreadableIndex: when the file is not what it should be, or more than `limit_bytes` unpacked.
    """
    found = [record.fields.get("Package") for record in _records(data, form=form, limit_bytes=limit_bytes)]
    named = [name for name in found if name]
    if found and not named:
        raise UnreadableIndex(f"{partition}/PACKAGES has no record that can be used: none names a package")
    return IndexCount(names=frozenset(named), files=len(named))


def _records(data: bytes, *, form: str, limit_bytes: int = LIMIT_BYTES) -> Iterator[DcfRecord]:
    if form == "rds":
        return (DcfRecord(fields, None) for fields in read_matrix(data))
    return read_dcf(decompress_gzip(data, limit_bytes=limit_bytes) if form == "gz" else data)


def _shards(
    groups: Mapping[str, Mapping[str, Stanza]],
    archived: Mapping[str, Sequence[ArchivedFile]],
    lost: Sequence[FileFailure],
    *,
    partition: str,
    source: str,
) -> Iterator[SourceShard]:
    """Make the shards, sorted by name; what is of no package is told with the first."""
    problems = tuple(lost)
    for name in sorted(groups.keys() | archived.keys()):
        stanzas = dict(groups.get(name, {}))
        listed = {filename: _listed(filename, stanza, partition, source) for filename, stanza in stanzas.items()}
        for file in archived.get(name, ()):
            if file.filename not in stanzas:
                stanza = {"Package": name, "Version": file.version, "Path": archive_folder(name)}
                stanzas[file.filename] = stanza
                listed[file.filename] = Listed(
                    size_bytes=file.size_bytes,
                    modified_ms=file.modified_ms,
                    known_as=_known_as(
                        source, partition, stanza["Path"], file.filename, file.size_bytes, file.modified_ms
                    ),
                    is_archived=True,
                )
        payload = shard_of(stanzas.values(), partition=partition, listed=listed)
        yield SourceShard(name=name, payload=payload, problems=problems)
        problems = ()


def _listed(filename: str, stanza: Stanza, partition: str, source: str) -> Listed:
    if is_hex_digest(stanza.get("MD5sum", "").lower(), "md5"):
        return Listed()
    return Listed(known_as=_known_as(source, partition, filename, *sorted(stanza.items())))


def _known_as(*known: object) -> str:
    return listed_digest(*known).hex
