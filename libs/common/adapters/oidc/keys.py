"""A provider's published keys, and the signatures that they hold (RFC 7515, RFC 7517, RFC 7518).

Rules of this file:
1. Only signatures of which the provider alone has the key: never `none`, never a shared secret.
2. A key signs with algorithms of its own kind, and of its own `alg` where it names one.
3. Keys come from the published set alone; what a token says of keys (`jwk`, `jku`, `x5u`) is not read.
"""

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from libs.common.domain.errors import NotAuthenticated, ProviderUnavailable
from libs.common.ports.oidc import SignedToken

ALGORITHMS: Mapping[str, type[Key]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
    **dict.fromkeys(("EdDSA", "Ed25519", "Ed448"), OKPKey),
}
"""What may have signed a token, and by which kind of key."""

TOKEN_LIMIT_BYTES = 16 * 1024
"""Longer tokens are not read; nor would most servers take the header that they come in."""

_KEYS_LIMIT = 64
_LEAST_RSA_BITS = 2048
_KINDS: Mapping[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


class UnknownKeyError(Exception):
    """A token names a key that is not in the set; a newer set may have it."""


class SigningKey(msgspec.Struct, frozen=True):
    """One public key of a set."""

    kid: str | None
    alg: str | None
    key: Any


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def read_keys(data: bytes) -> tuple[SigningKey, ...]:
    """Read a published set; keys that sign nothing here are passed over (RFC 7517 section 5).

    Raises:
        ProviderUnavailable: for what is no set, or holds no key that could sign.
    """
    try:
        entries = msgspec.json.decode(data, type=_KeySet).keys
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ProviderUnavailable("the provider's jwks_uri does not hold a set of keys") from exc
    keys = tuple(key for entry in entries[:_KEYS_LIMIT] if (key := _signing_key(entry)) is not None)
    if not keys:
        raise ProviderUnavailable("the provider publishes no key that signs by RSA, an elliptic curve or EdDSA")
    return keys


def read_header(token: str) -> Mapping[str, Any] | None:
    """Return the header of what may be a signed JWT; None for what is none. Nothing in it is proven."""
    if token.count(".") != 2 or len(token) > TOKEN_LIMIT_BYTES:
        return None
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        # What comes from outside may break in any of these ways.
        return None
    return header if isinstance(header.get("alg"), str) else None


def verify(token: str, keys: Sequence[SigningKey]) -> SignedToken:
    """Return what a token says that one of the keys signed.

    Raises:
        UnknownKeyError: when it names a key that is not among them.
        NotAuthenticated: when no key of them signed it, or it is no signed JWT.
    """
    header = read_header(token)
    if header is None:
        raise NotAuthenticated("the bearer token is no signed JWT that can be read here")
    algorithm = header["alg"]
    kind = ALGORITHMS.get(algorithm)
    if kind is None:
        raise NotAuthenticated(
            f"the token is signed by {str(algorithm)[:20]!r}, which proves nothing here; let the provider sign by "
            "RS256, PS256, ES256 or EdDSA (in Keycloak: the client's advanced settings)"
        )
    kid = header.get("kid")
    candidates = [key for key in keys if kid is None or key.kid == kid]
    if not candidates:
        raise UnknownKeyError
    for key in candidates:
        if isinstance(key.key, kind) and key.alg in (None, algorithm):
            claims = _claims(token, key, algorithm)
            if claims is not None:
                return SignedToken(header=header, claims=claims)
    raise NotAuthenticated("the token's signature is not the provider's; sign in again")


def _claims(token: str, key: SigningKey, algorithm: str) -> Mapping[str, Any] | None:
    try:
        signed = jws.deserialize_compact(
            token.encode(),
            key.key,
            registry=jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False),
        )
        claims = msgspec.json.decode(signed.payload or b"")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return claims if isinstance(claims, dict) else None


def _signing_key(entry: Mapping[str, Any]) -> SigningKey | None:
    kind = _KINDS.get(str(entry.get("kty")))
    kid, alg = entry.get("kid"), entry.get("alg")
    if kind is None or entry.get("use", "sig") != "sig" or (alg is not None and alg not in ALGORITHMS):
        return None
    public = {name: value for name, value in entry.items() if name in _PUBLIC_PARTS}
    try:
        key = kind.import_key(public)
        if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
            return None
    except (JoseError, ValueError, TypeError, KeyError, binascii.Error):
        return None
    return SigningKey(str(kid) if kid is not None else None, alg, key)


_PUBLIC_PARTS = frozenset({"kty", "n", "e", "crv", "x", "y"})
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
