"""Sealing with the installation's key: JSON Web Encryption, `dir` with A256GCM (RFC 7516, RFC 7518)."""

import base64
import binascii
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.common.domain.errors import InvalidInput

_KEY_BYTES = 32
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ("dir", "A256GCM")


class JweSeal:
    """Implements `ports.secrets.Seal` with one symmetric key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise InvalidInput(f"the secret key must be {_KEY_BYTES} bytes")
        self._key = OctKey.import_key(key)

    def seal(self, text: str) -> str:
        """Return the sealed form; see the port."""
        return jwe.encrypt_compact(dict(_HEADER), text.encode(), self._key, algorithms=_ALGORITHMS)

    def unseal(self, sealed: str) -> str:
        """Return what was sealed; see the port."""
        try:
            plaintext = jwe.decrypt_compact(sealed, self._key, algorithms=_ALGORITHMS).plaintext
        except (JoseError, ValueError, KeyError, TypeError) as exc:
            # What comes from outside may break in any of these ways before its tag is looked at.
            raise InvalidInput(
                "a sealed secret can't be opened: it is damaged, or was sealed with another key"
            ) from exc
        if plaintext is None:
            raise InvalidInput("a sealed secret is empty")
        return plaintext.decode()


def load_key(path: Path) -> bytes:
    """Read the installation's key: 32 random bytes as base64.

    Raises:
        InvalidInput: when the file can't be read or holds something else.
    """
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except OSError as exc:
        raise InvalidInput(
            f"the secret key file can't be read: {exc.strerror}; check TAIN_SECRET_KEY_FILE", field="secret_key_file"
        ) from exc
    except binascii.Error as exc:
        raise _not_a_key() from exc
    if len(key) != _KEY_BYTES:
        raise _not_a_key()
    return key


def _not_a_key() -> InvalidInput:
    return InvalidInput(
        f"the secret key file must hold {_KEY_BYTES} random bytes as base64; check TAIN_SECRET_KEY_FILE",
        field="secret_key_file",
    )
