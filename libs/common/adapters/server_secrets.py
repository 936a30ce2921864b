"""How a service proves itself to NATS and MongoDB, and knows them again: passwords and certificates, in files."""

from pathlib import Path

import msgspec

from libs.common.domain.errors import InvalidInput


class ServerSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """Environment values, `TAIN_` and the field's name in capitals; all may stay away.

    `nats_credentials_file` holds `USER:PASSWORD`, a token, or what `nsc` writes as .creds.
    `*_ca_file` is whom the server's certificate must come from, and asks for TLS; `*_cert_file`
    is our own certificate with its chain, with its key in the same file or in `nats_key_file`.
    """

    nats_credentials_file: Path | None = None
    nats_ca_file: Path | None = None
    nats_cert_file: Path | None = None
    nats_key_file: Path | None = None
    mongo_password_file: Path | None = None
    mongo_ca_file: Path | None = None
    mongo_cert_file: Path | None = None


NO_SECRETS = ServerSecrets()


def read_secret(path: Path, *, variable: str) -> str:
    """Return what a file holds, without the spaces and line ends around it.

    Raises:
        InvalidInput: when it can't be read, or is empty; the message names the variable alone.
    """
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(f"the file that {variable} names can't be read", field=variable) from exc
    if not secret:
        raise InvalidInput(f"the file that {variable} names is empty", field=variable)
    return secret
