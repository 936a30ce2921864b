"""What the operator can set for a scheduler."""

from typing import Annotated, Literal

from msgspec import Meta

from libs.common.adapters.upstream.settings import UpstreamSettings


class SchedulerSettings(UpstreamSettings, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL.

    `owner` names this scheduler across its restarts, so that it takes its runs up again at
    once; no two that live at the same time may share it. Without one each start is another.
    `osv_url` is where advisories are read at the times of `osv_cron`; nowhere without one.
    """

    nats_url: str
    mongo_url: str
    blobs_url: str
    secret_key_file: str
    log_level: str = "info"
    log_format: Literal["json", "console"] = "json"
    owner: str | None = None
    runs_at_once: int = 4
    run_lost_after_s: float = 15.0
    run_rest_limit_s: float = 3600.0
    index_limit_mb: int = 2048
    osv_url: str | None = None
    osv_ecosystems: tuple[Literal["PyPI", "CRAN", "conda"], ...] = ("PyPI", "CRAN")
    osv_cron: str = "0 */4 * * *"
    osv_limit_mb: Annotated[int, Meta(ge=1)] = 1024
    fire_jitter_s: Annotated[int, Meta(ge=0)] = 60
