"""What the operator can set for an indexer."""

from typing import Annotated, Literal

import msgspec

from libs.common.adapters.server_secrets import ServerSecrets

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
AtLeastAWeek = Annotated[int, msgspec.Meta(ge=7)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class IndexerSettings(ServerSecrets, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL.

    A channel can be rolled back to its last `revisions_kept` revisions, and to all that clients
    read within `revisions_kept_days`, which are a week at least.
    `decisions_kept` is of how many runs of each mirror every decision can be computed again.
    `garbage_grace_s` must be longer than any publication takes, and than the services'
    clocks are apart.
    """

    nats_url: str
    mongo_url: str
    blobs_url: str
    log_level: str = "info"
    log_format: Literal["json", "console"] = "json"
    channels_at_once: int = 2
    revisions_kept: AtLeastOne = 10
    revisions_kept_days: AtLeastAWeek = 7
    decisions_kept: AtLeastOne = 10
    garbage_grace_s: NotNegative = 24 * 3600
    garbage_every_s: Seconds = 24 * 3600
