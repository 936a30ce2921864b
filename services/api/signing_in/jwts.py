"""Our own JWTs: what `POST /api/auth/login` gives, good for a few minutes.

Signed with a key of their own that comes from the installation's key (RFC 5869), so that neither
can be used for the other. Every request looks at the sign-in behind it as well (`sid`), so ending that ends all.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.common.domain.errors import NotAuthenticated

ISSUER = "tain"
LIVES_FOR = timedelta(minutes=10)

_HEADER = {"alg": "HS256", "typ": "JWT"}
_ALGORITHMS = ["HS256"]
_PURPOSE = b"tain sign-in tokens 1"
_TRIES = 64


class _Realm(msgspec.Struct, frozen=True):
    roles: tuple[str, ...] = ()


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What one of our tokens says; `realm_access.roles` is where the incumbent's client looks for `admin`."""

    jti: str
    iss: str
    sub: str
    sid: str
    preferred_username: str
    realm_access: _Realm
    iat: int
    exp: int


class Jwts:
    """Signs and reads the tokens of one installation."""

    def __init__(self, installation_key: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(installation_key)
        self._key = OctKey.import_key(derived)

    def make(self, *, user_id: str, name: str, roles: Sequence[str], session_id: str, now: datetime) -> str:
        """Return a token that ends `LIVES_FOR` after now.

        The incumbent's client reads the payload as plain base64, and breaks on the two signs in
        which base64url differs (rest-api.md section 4.2); so another `jti` is taken until
        neither is there. The header has neither.
        """
        claims = Claims(
            jti="",
            iss=ISSUER,
            sub=user_id,
            sid=session_id,
            preferred_username=name,
            realm_access=_Realm(tuple(roles)),
            iat=int(now.timestamp()),
            exp=int((now + LIVES_FOR).timestamp()),
        )
        token = ""
        for length in range(_TRIES):
            # Another length moves what comes after it, and so changes how the bytes fall into groups of six bits.
            claims = msgspec.structs.replace(claims, jti=secrets.token_hex(16) + "0" * (length % 3))
            token = jws.serialize_compact(dict(_HEADER), _ascii_json(claims), self._key, algorithms=_ALGORITHMS)
            if not {"-", "_"} & set(token.split(".")[1]):
                break
        return token

    def read(self, token: str, *, now: datetime) -> Claims | None:
        """Return what a token says; None where it is not of our signing.

        Raises:
            NotAuthenticated: for one of ours that has ended.
        """
        try:
            signed = jws.deserialize_compact(token.encode(), self._key, algorithms=_ALGORITHMS)
            claims = msgspec.json.decode(signed.payload, type=Claims)
        except (JoseError, ValueError, TypeError, KeyError):
            # What comes from outside may break in any of these ways before its signature is looked at.
            return None
        if claims.iss != ISSUER:
            return None
        if datetime.fromtimestamp(claims.exp, tz=UTC) <= now:
            raise NotAuthenticated(
                "the sign-in token has ended; get the next one with POST /api/auth/refresh, or sign in again"
            )
        return claims


def _ascii_json(claims: Claims) -> bytes:
    text = msgspec.json.encode(claims).decode()
    # Outside of ASCII there are only letters of strings, which JSON lets one write as \uXXXX.
    return "".join(sign if sign.isascii() else _escaped(sign) for sign in text).encode("ascii")


def _escaped(sign: str) -> str:
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
