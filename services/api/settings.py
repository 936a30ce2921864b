"""The api's environment values (`TAIN_` and the field's name in capitals)."""

from pathlib import Path
from typing import Annotated

import msgspec

from libs.common.adapters.upstream.settings import UpstreamSettings
from libs.common.runtime.logging import LogFormat


class Settings(UpstreamSettings, frozen=True, kw_only=True):
    """Where the api finds its stores, and where it listens.

    `file_sources` are the folders that a file:// source may lie below; none by default.
    The proxies and certificates are for the files of passive mirrors, which are fetched
    when a client asks. `import_limit_mb` bounds files of advisories that are sent to be imported,
    `upload_limit_mb` files that are put into channels.
    `public_url` is the address that people and clients know this server by. `trusted_proxies` are
    those whose X-Forwarded-For and X-Forwarded-Proto are believed, split at commas; none by default.
    """

    nats_url: str
    mongo_url: str
    blobs_url: str
    secret_key_file: Path
    admin_token_file: Path
    import_limit_mb: Annotated[int, msgspec.Meta(ge=1)] = 1024
    upload_limit_mb: Annotated[int, msgspec.Meta(ge=1)] = 5120
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    trusted_proxies: str | None = None
    log_level: str = "info"
    log_format: LogFormat = "json"
