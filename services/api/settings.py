"""The api's environment values (`TAIN_` and the field's name in capitals)."""

from pathlib import Path
from typing import Annotated

import msgspec

from libs.common.domain.access.sessions import SESSION_DAYS, TOKEN_MAX_DAYS
from libs.common.runtime.logging import LogFormat
from services.api.oidc.environment import OidcEnvironment
from services.api.signing_in.rules import Mode

Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class Settings(OidcEnvironment, frozen=True, kw_only=True):
    """Where the api finds its stores, and where it listens.

    `file_sources` are the folders that a file:// source may lie below; none by default.
    The proxies and certificates are for the files of passive mirrors, which are fetched
    when a client asks. `import_limit_mb` bounds files of advisories that are sent to be imported,
    `upload_limit_mb` files that are put into channels.
    `public_url` is the address that people and clients know this server by. `trusted_proxies` are
    those whose X-Forwarded-For and X-Forwarded-Proto are believed, split at commas; none by default.
    `auth` says where people sign in: here, with passwords, or at an OpenID provider. `admin_password_file` has the
    password of the first user, who is made where there is no `admin`. Sign-ins last `session_days`, and no
    token more than `token_max_days`. `channel_service_accounts` makes a service account with each channel.
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
    auth: Mode = "local"
    admin_password_file: Path | None = None
    session_days: Days = SESSION_DAYS
    token_max_days: Days = TOKEN_MAX_DAYS
    channel_service_accounts: bool = False
    log_level: str = "info"
    log_format: LogFormat = "json"
