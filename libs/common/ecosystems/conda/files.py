"""The files of a shard: listing them, and dropping some."""

from libs.common.domain.digest import Expected
from libs.common.ecosystems.conda.payload import (
    LOCATIONS,
    Totals,
    decode_payload,
    file_records,
    raw_records,
    select,
    totals_of,
)
from libs.common.ecosystems.conda.wire import decode_text
from libs.common.ecosystems.protocol import ArtifactRef, Decided


def artifacts(payload: bytes, *, subdir: str) -> tuple[ArtifactRef, ...]:
    """List the files of a shard, sorted by file name."""
    sections = decode_payload(payload)
    locations = raw_records(sections.get(LOCATIONS, b""))
    found = [
        ArtifactRef(
            ckey=f"{subdir}/{file.filename}",
            filename=file.filename,
            url=decode_text(locations[file.filename]) if file.filename in locations else file.filename,
            expected=Expected(digest=digest, size_bytes=file.record.size),
        )
        for file in file_records(sections)
        if (digest := file.record.digest) is not None
    ]
    return tuple(sorted(found, key=lambda artifact: artifact.filename))


def without(payload: bytes, filenames: frozenset[str]) -> Decided:
    """Drop files from a shard; nothing is counted as excluded."""
    sections = decode_payload(payload)
    sizes = {file.filename: file.record.size or 0 for file in file_records(sections)}
    kept = {filename: size for filename, size in sizes.items() if filename not in filenames}
    if len(kept) == len(sizes):
        totals = totals_of(payload)
        return Decided(
            payload=payload if sizes else None, files=totals.files, size_bytes=totals.size_bytes, excluded={}
        )
    totals = Totals(len(kept), sum(kept.values()))
    return Decided(
        payload=select(sections, kept, totals=totals) if kept else None,
        files=totals.files,
        size_bytes=totals.size_bytes,
        excluded={},
    )


def only(payload: bytes, filenames: frozenset[str]) -> bytes | None:
    """Keep just these files of a shard; None where none of them is there."""
    sections = decode_payload(payload)
    sizes = {file.filename: file.record.size or 0 for file in file_records(sections) if file.filename in filenames}
    return select(sections, sizes, totals=Totals(len(sizes), sum(sizes.values()))) if sizes else None
