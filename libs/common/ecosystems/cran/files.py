"""The files of a shard: where they are, and what is known of their bytes."""

from collections.abc import Mapping

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.domain.digest import LISTED, Digest, Expected
from libs.common.ecosystems.cran.file_view import CranFile, read_files, read_records
from libs.common.ecosystems.cran.records import digest_of, digests_of
from libs.common.ecosystems.file_tables import Tables
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ecosystems.table_shards import Known


def artifacts(payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
    """List the files of a shard, sorted by file name."""
    found = [
        ArtifactRef(
            ckey=file.ckey,
            filename=file.filename,
            url=file.path,
            expected=Expected(digest=digest, size_bytes=file.size_bytes),
        )
        for file in read_files(payload, partition=partition, book=EMPTY_BOOK)
        if (digest := _digest(file)) is not None
    ]
    return tuple(sorted(found, key=lambda artifact: artifact.filename))


def look(tables: Tables) -> Mapping[str, Known]:
    """Say what is known of the bytes of a shard's files."""
    return {
        filename: Known(listed.size_bytes, digests_of(record, listed))
        for filename, record, listed in read_records(tables)
    }


def _digest(file: CranFile) -> Digest | None:
    known_as = file.listed.known_as
    return digest_of(file.record, file.listed) or (Digest(LISTED, known_as) if known_as is not None else None)
