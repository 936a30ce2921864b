"""What the operator can set for a fetcher."""

from typing import Annotated

import msgspec

from libs.common.runtime.logging import LogFormat

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class FetcherSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Environment values; a field `nats_url` is read from TAIN_NATS_URL.

    `files_at_once` are transferred by one process; `batches_at_once` is how many messages
    it holds for that, more than one so that the last file of a batch holds nothing up.
    """

    nats_url: str
    blobs_url: str
    secret_key_file: str
    file_sources: tuple[str, ...] = ()
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    ca_bundle: str | None = None
    files_at_once: AtLeastOne = 16
    batches_at_once: AtLeastOne = 4
    log_level: str = "info"
    log_format: LogFormat = "json"
