"""shards, what is stored -> shards that tell what their files need, where the source's index does not.

A Python index says nothing of dependencies: they stand in core metadata, beside the files or in
wheels. What a run did not read of them, because no rule asks for it, may be stored all the same.
"""

from collections.abc import Mapping, Sequence

from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Extracted

MOST_VERSIONS = 100
"""The newest of a shard whose files are looked for; a look into an object store takes some milliseconds."""

_ASKS = Rule(id="needs", action=Action.REQUIRE, where=Where(name=("*",)), include_dependencies=True)
"""A rule that can't be decided by without all dependencies."""


class KnownNeeds:
    """Adds what stored companions of files say, and what was taken out of files."""

    def __init__(self, *, ecosystem: Ecosystem, blobs: BlobStore, extracted: Extracted) -> None:
        self._ecosystem = ecosystem
        self._blobs = blobs
        self._extracted = extracted

    async def add(self, payload: bytes, *, partition: str, name: str, versions: int = MOST_VERSIONS) -> bytes:
        """Return the shard with what can be known of its newest versions without asking the source.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        texts: dict[str, bytes] = {}
        extras = self._ecosystem.extras(payload, partition=partition, rules=(_ASKS,))
        files = self._ecosystem.needs_extraction(payload, partition=partition)
        artifacts = self._ecosystem.artifacts(payload, partition=partition)
        of = {self._ecosystem.inner_name(artifact.filename): artifact.filename for artifact in artifacts}
        companions = {ref.filename: ref for ref in extras if ref.filename not in files}
        known = await self._extracted.known(tuple(files.values())) if files else {}
        for filename in self._newest({filename: of[filename] for filename in companions}, name, versions):
            companion = companions[filename]
            blob = await self._blobs.find(companion.expected.digest)
            if blob is not None:
                texts[filename] = await read_all(self._blobs, blob.sha256)
        for filename, digest in files.items():
            text = await self._extracted.get(digest) if known.get(digest) is not None else None
            if text:
                texts[filename] = text
        return self._ecosystem.with_extras(payload, texts) if texts else payload

    def _newest(self, companions: Mapping[str, str], name: str, count: int) -> Sequence[str]:
        """Return the companions of the newest versions; `companions` has the package file of each."""
        by_version: dict[str, list[str]] = {}
        for companion, filename in companions.items():
            version = self._ecosystem.version_of(filename, name=name)
            by_version.setdefault(version or "", []).append(companion)
        newest = self._ecosystem.newest_first(by_version)[:count]
        return [companion for version in newest for companion in by_version[version]]
