"""What the operator can set for a reporter."""

from typing import Annotated, Literal

import msgspec

from libs.common.adapters.server_secrets import ServerSecrets


class ReporterSettings(ServerSecrets, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL."""

    nats_url: str
    mongo_url: str
    blobs_url: str
    log_level: str = "info"
    log_format: Literal["json", "console"] = "json"
    reports_kept_days: Annotated[float, msgspec.Meta(gt=0)] = 90
