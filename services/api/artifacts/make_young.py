"""A blob that is there already, and is about to be named by another document."""

from libs.common.domain.digest import Digest, Sha256
from libs.common.domain.errors import StoreUnavailable
from services.api.ports import Ports


async def make_young(sha256: Sha256, *, ports: Ports) -> None:
    """Keep it from a sweep that began before, and from one that looks where it was named until now.

    Raises:
        StoreUnavailable: when it went just now, or the store does not answer; come again.
    """
    if await ports.blobs.renew(Digest("sha256", sha256)) is None:
        raise StoreUnavailable("the bytes of a file went while it was copied")
