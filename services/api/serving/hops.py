"""How many Tains a request for a file came through, counting ourselves where a channel mirrors another of ours.

Essential reading: RFC 8586 (CDN-Loop).

Whoever waits for a file or a page that is coming in must not be asked for it: so they come in
apart for each number of hops, and each only waits for the next one.
"""

from collections.abc import Mapping

import msgspec

from libs.common.domain.errors import MirrorCircle

OURS = "tain"
_MOST = 6
"""So many Tains in a row nobody has; more are mirrors that lead back to each other."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a source is asked: of a channel's clients, and through how many Tains they came."""

    channel: str
    hops: int = 0


def hops_of(headers: Mapping[str, str]) -> int:
    """Count; `headers` has lower-case names.

    Raises:
        MirrorCircle: for a circle.
    """
    entries = headers.get("cdn-loop", "").split(",")
    hops = sum(entry.partition(";")[0].strip().lower() == OURS for entry in entries)
    if hops > _MOST:
        raise MirrorCircle("the mirrors of this file lead back to each other; one of them needs another source")
    return hops
