"""Files that belong to package files and are served beside them.

Essential reading (in order): PEP 658 and 714 (`.metadata`), PEP 740 (`.provenance`),
PEP 503 (`.asc`).

Rules of this file:
1. A companion is named by its file and an ending. Where the source gives no digest of it, it
   is what first came in under the digest that was made when the page was read.
2. One that can't be had is not spoken of any more: the record loses the keys that promise it.
3. A wheel whose source serves no metadata beside it has them in itself.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from libs.common.domain.digest import LISTED, Digest, Expected
from libs.common.ecosystems.file_tables import FILES, decode_tables, encode_tables, read_table, totals_of
from libs.common.ecosystems.protocol import ArtifactRef, Decided
from libs.common.ecosystems.pypi.locations import beside
from libs.common.ecosystems.pypi.records import LISTED_DIGESTS, PROVENANCES, best_digest, decode_texts, expected_of
from libs.common.ecosystems.pypi.shard_files import ShardFile, look, shard_files
from libs.common.ecosystems.pypi.wire import decode_raw
from libs.common.ecosystems.table_shards import without as without_files

METADATA_ENDING = ".metadata"
PROVENANCE = ".provenance"
ASC = ".asc"

CONTENT_TYPES: Mapping[str, str] = {
    METADATA_ENDING: "text/plain; charset=utf-8",
    PROVENANCE: "application/vnd.pypi.integrity.v1+json",
    ASC: "application/pgp-signature",
}
"""Ending -> media type."""

METADATA_KEYS = ("core-metadata", "dist-info-metadata", "data-dist-info-metadata")
_PROMISES: Mapping[str, Collection[str]] = {
    METADATA_ENDING: METADATA_KEYS,
    PROVENANCE: ("provenance",),
    ASC: ("gpg-sig",),
}


def split_companion(filename: str) -> tuple[str, str] | None:
    """Return the package file and the ending; None for what is named as no companion."""
    for ending in CONTENT_TYPES:
        if filename.endswith(ending):
            return filename.removesuffix(ending), ending
    return None


def companions(payload: bytes) -> tuple[ArtifactRef, ...]:
    """List the companions that the source serves, sorted by file name."""
    provenances = decode_texts(decode_tables(payload).get(PROVENANCES, b"{}"))
    found = (ref for file in shard_files(payload) for ref in _of_file(file, provenances.get(file.filename)))
    return tuple(sorted(found, key=lambda ref: ref.filename))


def metadata_companion(file: ShardFile) -> ArtifactRef | None:
    """Return the core metadata beside a file; None where its source serves none."""
    said = file.record.metadata
    if not file.record.has_metadata:
        return None
    digest = None if isinstance(said, bool) else best_digest(said or {})
    return _companion(file, METADATA_ENDING, beside(file.location, METADATA_ENDING), digest)


def needs_extraction(payload: bytes) -> dict[str, Digest]:
    """Name the wheels whose core metadata stand only in themselves, with their digests."""
    return {
        file.filename: expected_of(file.record, file.listed).digest
        for file in shard_files(payload)
        if file.filename.endswith(".whl") and not file.record.has_metadata
    }


def without(payload: bytes, filenames: Collection[str]) -> Decided:
    """Drop files from a shard, with what belongs to them; of companions only what is said of them."""
    unsaid: dict[str, set[str]] = {}
    for filename in filenames:
        companion = split_companion(filename)
        if companion is not None:
            unsaid.setdefault(companion[0], set()).add(companion[1])
    return without_files(_unsay(payload, unsaid) if unsaid else payload, filenames, look=look)


def _of_file(file: ShardFile, provenance: str | None) -> Iterator[ArtifactRef]:
    metadata = metadata_companion(file)
    if metadata is not None:
        yield metadata
    if provenance is not None:
        yield _companion(file, PROVENANCE, provenance)
    if file.record.gpg_sig:
        yield _companion(file, ASC, beside(file.location, ASC))


def _companion(file: ShardFile, ending: str, url: str, digest: Digest | None = None) -> ArtifactRef:
    return ArtifactRef(
        ckey=f"{file.ckey}{ending}",
        filename=f"{file.filename}{ending}",
        url=url,
        expected=Expected(digest=digest or Digest(LISTED, file.listed[ending])),
    )


def _unsay(payload: bytes, unsaid: Mapping[str, Collection[str]]) -> bytes:
    tables = decode_tables(payload)
    changed = {table: dict(read_table(tables, table)) for table in tables}
    for filename, endings in unsaid.items():
        keys = {key for ending in endings for key in _PROMISES[ending]}
        _drop(changed.get(FILES, {}), filename, keys)
        _drop(changed.get(LISTED_DIGESTS, {}), filename, endings)
        if PROVENANCE in endings:
            changed.get(PROVENANCES, {}).pop(filename, None)
    return encode_tables(changed, totals_of(payload))


def _drop(table: dict[str, msgspec.Raw], filename: str, keys: Collection[str]) -> None:
    """Drop keys from the object that a table has of a file; an empty object goes."""
    if filename not in table:
        return
    kept = {key: raw for key, raw in decode_raw(table[filename]).items() if key not in keys}
    if kept:
        table[filename] = msgspec.Raw(msgspec.json.encode(kept, order="sorted"))
    else:
        del table[filename]
