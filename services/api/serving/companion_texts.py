"""What companions of packages say, for deciding and for pages: fetched as clients would fetch them.

What stands in a package file alone is read there, by some of its bytes.
"""

import msgspec

from libs.common.domain.errors import ContentMismatch, NotFound, UpstreamMissing, UpstreamRefused
from libs.common.ecosystems.protocol import ServingEcosystem
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Mirrors
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from libs.common.runtime.extract_remote import extract_remote
from services.api.serving.hops import Asking
from services.api.serving.located import PackageFile
from services.api.serving.origin import find_origin
from services.api.serving.passive import Passages

MOST_BYTES = 16 * 1024 * 1024
"""A companion is a text; whatever is larger is none."""


class CompanionTexts:
    """Reads companions from the store, or from their source, which brings them into the store."""

    def __init__(
        self, *, passages: Passages, upstream: Upstream, blobs: BlobStore, mirrors: Mirrors, seal: Seal
    ) -> None:
        self._passages = passages
        self._upstream = upstream
        self._blobs = blobs
        self._mirrors = mirrors
        self._seal = seal

    async def text_of(self, file: PackageFile, *, asking: Asking) -> bytes | None:
        """Return the bytes of a companion; None where its source does not have it, or not as it said.

        Raises:
            UpstreamUnavailable: when the source can't be had now.
            StoreUnavailable: when a store does not answer.
        """
        expected = file.artifact.expected
        if (expected.size_bytes or 0) > MOST_BYTES:
            return None
        try:
            blob = await self._blobs.find(expected.digest)
            if blob is None:
                wanted = await find_origin(file, channel=asking.channel, mirrors=self._mirrors, seal=self._seal)
                wanted = msgspec.structs.replace(wanted, most_bytes=MOST_BYTES, hops=asking.hops)
                blob = await self._passages.fetch(wanted)
            return await read_all(self._blobs, blob.sha256) if blob.size_bytes <= MOST_BYTES else None
        except (NotFound, UpstreamMissing, UpstreamRefused, ContentMismatch):
            return None

    async def text_inside(self, file: PackageFile, *, asking: Asking, ecosystem: ServingEcosystem) -> bytes | None:
        """Return what stands in a package file of the source; None where there is nothing to be had.

        Raises:
            UpstreamUnavailable: when the source can't be had now.
            StoreUnavailable: when a store does not answer.
        """
        try:
            wanted = await find_origin(file, channel=asking.channel, mirrors=self._mirrors, seal=self._seal)
            return await extract_remote(
                file.artifact,
                wanted.url,
                ecosystem=ecosystem,
                upstream=self._upstream,
                proxy=wanted.proxy,
                home=wanted.home,
                hops=asking.hops,
            )
        except (NotFound, UpstreamMissing, UpstreamRefused, ContentMismatch):
            return None
