"""What the operator can set for an indexer."""

from typing import Literal

import msgspec


class IndexerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL."""

    nats_url: str
    mongo_url: str
    blobs_url: str
    log_level: str = "info"
    log_format: Literal["json", "console"] = "json"
    channels_at_once: int = 2
