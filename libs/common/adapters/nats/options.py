"""What both of a service's connections to NATS are opened with: who it is, and whom it trusts.

Passwords are read anew for each connection, so that a file that was changed counts from the next one on.
"""

import base64
import binascii
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.common.adapters.server_secrets import ServerSecrets, read_secret
from libs.common.contracts.permissions import inbox_prefix
from libs.common.domain.errors import InvalidInput

_CREDENTIALS = "TAIN_NATS_CREDENTIALS_FILE"
_JWT = re.compile(r"-----BEGIN NATS USER JWT-----\s*(\S+)\s*-+END NATS USER JWT-+")
_SEED = re.compile(r"-----BEGIN USER NKEY SEED-----\s*(\S+)\s*-+END USER NKEY SEED-+")
_USER = re.compile(r"(://|,)[^@/,]*@")
_SEED_START, _SEED_STOP = 2, 34
"""Where a seed's 32 bytes are: after two of its kind, before two of its checksum."""


def nats_options(name: str, secrets: ServerSecrets) -> Mapping[str, Any]:
    """Return what `nats.connect` and FastStream's broker take alike.

    Raises:
        InvalidInput: for a file that can't be used, naming its variable.
    """
    return {"inbox_prefix": inbox_prefix(name), **_tls_of(secrets), **_credentials_of(secrets.nats_credentials_file)}


def wants_tls(url: str, secrets: ServerSecrets) -> bool:
    """Tell whether nothing may go over a connection that is not encrypted."""
    return url.startswith("tls://") or secrets.nats_ca_file is not None or secrets.nats_cert_file is not None


def plain_url(url: str, secrets: ServerSecrets) -> str:
    """Return a URL without the user in it, where a file says who we are."""
    return _USER.sub(r"\1", url) if secrets.nats_credentials_file is not None else url


def _tls_of(secrets: ServerSecrets) -> Mapping[str, Any]:
    ca_file, cert_file = secrets.nats_ca_file, secrets.nats_cert_file
    if ca_file is None and cert_file is None:
        # For tls:// nats-py makes a context of its own, with the authorities of the machine.
        return {}
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as exc:
        raise InvalidInput("the certificates of TAIN_NATS_CA_FILE can't be read", field="TAIN_NATS_CA_FILE") from exc
    if cert_file is not None:
        try:
            context.load_cert_chain(cert_file, secrets.nats_key_file, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as exc:
            raise InvalidInput(
                "the certificate of TAIN_NATS_CERT_FILE can't be used; its key, without a password, must be in the "
                "same file or in TAIN_NATS_KEY_FILE",
                field="TAIN_NATS_CERT_FILE",
            ) from exc
    return {"tls": context}


def _no_password() -> str:
    """Keep OpenSSL from asking on a terminal."""
    raise ValueError


def _credentials_of(file: Path | None) -> Mapping[str, Any]:
    if file is None:
        return {}
    secret = read_secret(file, variable=_CREDENTIALS)
    if "BEGIN NATS USER JWT" in secret:
        _read_creds(secret)
        return {
            "user_jwt_cb": lambda: _read_creds(read_secret(file, variable=_CREDENTIALS))[0],
            "signature_cb": lambda nonce: _sign(nonce, _read_creds(read_secret(file, variable=_CREDENTIALS))[1]),
        }
    if "\n" in secret or secret.startswith("SU"):
        raise InvalidInput(
            f"{_CREDENTIALS} must hold one line, USER:PASSWORD or a token, or be a .creds file", field=_CREDENTIALS
        )
    if ":" not in secret:
        return {"token": lambda: read_secret(file, variable=_CREDENTIALS)}
    return {
        "user": lambda: read_secret(file, variable=_CREDENTIALS).partition(":")[0],
        "password": lambda: read_secret(file, variable=_CREDENTIALS).partition(":")[2],
    }


def _read_creds(text: str) -> tuple[bytes, Ed25519PrivateKey]:
    jwt, seed = _JWT.search(text), _SEED.search(text)
    word = seed.group(1) if seed is not None else ""
    try:
        raw = base64.b32decode(word + "=" * (-len(word) % 8))
        return (jwt.group(1) if jwt is not None else "").encode(), Ed25519PrivateKey.from_private_bytes(
            raw[_SEED_START:_SEED_STOP]
        )
    except (ValueError, binascii.Error):
        # Not from the error: its words might repeat the seed.
        raise InvalidInput(f"{_CREDENTIALS} is no whole .creds file", field=_CREDENTIALS) from None


def _sign(nonce: str, key: Ed25519PrivateKey) -> bytes:
    return base64.b64encode(key.sign(nonce.encode()))
