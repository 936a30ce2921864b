"""The files of a shard: where they lie, what they must be, and dropping some."""

from collections.abc import Iterator, Mapping

import msgspec

from libs.common.ecosystems.file_tables import ABOUT, FILES, Tables, decode_tables
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ecosystems.pypi.locations import usual_location
from libs.common.ecosystems.pypi.records import (
    LISTED_DIGESTS,
    LOCATIONS,
    PARTITION,
    FileRecord,
    decode_about,
    decode_listed,
    decode_records,
    decode_texts,
    expected_of,
)
from libs.common.ecosystems.table_shards import Known

_NONE: Mapping[str, str] = {}


class ShardFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a shard; `location` is relative to the root of the index or absolute."""

    filename: str
    ckey: str
    record: FileRecord
    location: str
    listed: Mapping[str, str]


def project_of(payload: bytes) -> str:
    """Return the normalised name of a shard's project."""
    return decode_about(decode_tables(payload)[ABOUT]).name


def shard_files(payload: bytes) -> Iterator[ShardFile]:
    """Yield the files of a shard, sorted by file name."""
    tables = decode_tables(payload)
    name = decode_about(tables[ABOUT]).name
    locations = decode_texts(tables.get(LOCATIONS, b"{}"))
    listed = decode_listed(tables.get(LISTED_DIGESTS, b"{}"))
    for filename, record in sorted(_records(tables).items()):
        yield ShardFile(
            filename=filename,
            ckey=f"{PARTITION}/{name}/{filename}",
            record=record,
            location=locations.get(filename) or usual_location(name, filename),
            listed=listed.get(filename, _NONE),
        )


def artifacts(payload: bytes) -> tuple[ArtifactRef, ...]:
    """List the files of a shard, sorted by file name."""
    return tuple(map(artifact_of, shard_files(payload)))


def artifact_of(file: ShardFile) -> ArtifactRef:
    """Return the package file itself."""
    return ArtifactRef(
        ckey=file.ckey,
        filename=file.filename,
        url=file.location,
        expected=expected_of(file.record, file.listed),
    )


def look(tables: Tables) -> Mapping[str, Known]:
    """Say what is known of the bytes of all files of a shard."""
    return {filename: record.known for filename, record in _records(tables).items()}


def _records(tables: Tables) -> Mapping[str, FileRecord]:
    return decode_records(tables.get(FILES, b"{}"))
