"""catalogue of stored files -> what stands in them that their source does not serve beside them.

Done before the catalogue is saved: cut off at any line, the next attempt plans the same names.
A run that was stopped leaves it to the next one, which then looks at all names.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from libs.common.domain.catalogue import Catalogue
from libs.common.domain.digest import Digest
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import Extracted, Shards
from libs.common.runtime.extract_stored import extract_stored
from libs.common.runtime.together import together

_CHUNK_NAMES = 500
_AT_ONCE = 4

Place = tuple[str, str]
"""Partition and name."""


async def extract_companions(
    catalogue: Catalogue,
    places: Collection[Place] | None,
    *,
    ecosystem: Ecosystem,
    shards: Shards,
    blobs: BlobStore,
    extracted: Extracted,
) -> None:
    """Look into the stored files of some names, or of all, that nobody looked into yet.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    named = [
        (partition, entry.shard)
        for partition, part in catalogue.parts.items()
        for name, entry in part.entries.items()
        if entry.shard and (places is None or (partition, name) in places)
    ]
    for start in range(0, len(named), _CHUNK_NAMES):
        chunk = named[start : start + _CHUNK_NAMES]
        payloads = await shards.get([shard for _, shard in chunk])
        wanted = await asyncio.to_thread(_wanted, chunk, payloads, ecosystem)
        known = await extracted.known(tuple(wanted))
        new = [(filename, digest) for digest, filename in wanted.items() if digest not in known]
        for first in range(0, len(new), _AT_ONCE):
            await together(
                _extract(filename, digest, ecosystem=ecosystem, blobs=blobs, extracted=extracted)
                for filename, digest in new[first : first + _AT_ONCE]
            )


def _wanted(
    chunk: Sequence[tuple[str, bytes]], payloads: Mapping[bytes, bytes], ecosystem: Ecosystem
) -> dict[Digest, str]:
    wanted: dict[Digest, str] = {}
    for partition, shard in chunk:
        if shard in payloads:
            needed = ecosystem.needs_extraction(payloads[shard], partition=partition)
            wanted |= {digest: filename for filename, digest in needed.items()}
    return wanted


async def _extract(
    filename: str, digest: Digest, *, ecosystem: Ecosystem, blobs: BlobStore, extracted: Extracted
) -> None:
    blob = await blobs.find(digest)
    if blob is not None:
        await extract_stored(filename, blob, of=digest, ecosystem=ecosystem, blobs=blobs, extracted=extracted)
