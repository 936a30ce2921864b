"""shards, what is stored -> shards that tell what their files need, where the source's index does not."""

from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Extracted

_MOST_LOOKED_FOR = 100
"""Companions of one shard; a look into an object store takes some milliseconds."""


class KnownNeeds:
    """Adds what stored companions of files say, and what was taken out of files."""

    def __init__(self, rule: Rule, *, ecosystem: Ecosystem, blobs: BlobStore, extracted: Extracted) -> None:
        self._rule = rule
        self._ecosystem = ecosystem
        self._blobs = blobs
        self._extracted = extracted

    async def add(self, payload: bytes, *, partition: str) -> bytes:
        """Return the shard with all that can be known without asking the source.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        texts: dict[str, bytes] = {}
        wanted = self._ecosystem.extras(payload, partition=partition, rules=(self._rule,))
        for companion in wanted[-_MOST_LOOKED_FOR:]:
            blob = await self._blobs.find(companion.expected.digest)
            if blob is not None:
                texts[companion.filename] = await read_all(self._blobs, blob.sha256)
        files = self._ecosystem.needs_extraction(payload, partition=partition)
        known = await self._extracted.known(tuple(files.values())) if files else {}
        for filename, digest in files.items():
            text = await self._extracted.get(digest) if known.get(digest) is not None else None
            if text:
                texts[companion_name(filename)] = text
        return self._ecosystem.with_extras(payload, texts) if texts else payload


def companion_name(filename: str) -> str:
    """Return the name under which what was taken out of a file is known."""
    return f"{filename}.metadata"
