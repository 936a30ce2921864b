"""What keeping the book of advisories asks of the outside world."""

import msgspec

from libs.common.ports.blobs import BlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.records import Advisories, AdvisoryBooks, Curations


class AdvisoryPorts(msgspec.Struct, frozen=True, kw_only=True):
    """The adapters behind the use cases of this folder."""

    advisories: Advisories
    curations: Curations
    books: AdvisoryBooks
    blobs: BlobStore
    bus: Bus
    clock: Clock
