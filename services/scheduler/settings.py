"""What the operator can set for a scheduler."""

from typing import Annotated, Literal

from msgspec import Meta

from libs.common.adapters.upstream.settings import UpstreamSettings


class SchedulerSettings(UpstreamSettings, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL.

    `owner` names this scheduler across its restarts, so that it takes its runs up again at
    once; no two that live at the same time may share it. Without one each start is another.
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
    fire_jitter_s: Annotated[int, Meta(ge=0)] = 60
