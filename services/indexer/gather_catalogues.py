"""a channel -> the catalogues that fill it, in order."""

from collections.abc import Sequence

import msgspec

from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue
from libs.common.domain.channel import Channel
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import CatalogueHeads, Mirrors


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One catalogue of a channel; earlier layers win over later ones."""

    head: CatalogueHead
    catalogue: Catalogue


async def gather_catalogues(
    channel: Channel, *, heads: CatalogueHeads, mirrors: Mirrors, blobs: BlobStore
) -> Sequence[Layer]:
    """Return the channel's catalogues: of uploads, of its mirrors by position, then what deleted mirrors left.

    Raises:
        NotFound: when the blob store lost a catalogue; the mirror's next run makes it again.
        StoreUnavailable: when a store does not answer.
    """
    order = {mirror.id: place for place, mirror in enumerate(await mirrors.list(channel=channel.key))}

    def place(head: CatalogueHead) -> tuple[bool, int, str]:
        return (not is_uploads_mirror(head.mirror_id), order.get(head.mirror_id, len(order)), head.mirror_id)

    found = sorted(await heads.of_channel(channel.id), key=place)
    return [Layer(head=head, catalogue=decode_catalogue(await read_all(blobs, head.catalogue))) for head in found]
