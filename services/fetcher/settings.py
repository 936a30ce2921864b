"""What the operator can set for a fetcher."""

from typing import Annotated

from msgspec import Meta

from libs.common.adapters.upstream.settings import AtLeastOne, UpstreamSettings
from libs.common.runtime.logging import LogFormat


class FetcherSettings(UpstreamSettings, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL.

    `files_at_once` are transferred by one process. `spool_folder` is where files come in on
    their way to object storage; one that outlives the process lets large files go on.
    `partial_limit_mb` of such files that were broken off are kept in one folder.
    """

    nats_url: str
    blobs_url: str
    secret_key_file: str
    files_at_once: AtLeastOne = 16
    spool_folder: str | None = None
    partial_limit_mb: Annotated[int, Meta(ge=0)] = 10 * 1024
    log_level: str = "info"
    log_format: LogFormat = "json"
