"""Whether a signed token counts here, and if not, which claim is at fault and what to set.

Rules of this file:
1. Essential reading: RFC 7519 section 4.1, RFC 9068 section 4, OpenID Connect Core 1.0 section 3.1.3.7.
2. Clocks may differ by 60 seconds.
3. No message holds the token. What claims say of issuer and audience may stand in one.
4. An id token is no access token: whoever was given one to know somebody must not act as them.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.errors import NotAuthenticated
from libs.common.ports.oidc import SignedToken
from services.api.oidc.settings import OidcSettings

LEEWAY = timedelta(seconds=60)

_ACCESS_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_OF_ID_TOKENS = ("at_hash", "c_hash")
_OF_ACCESS_TOKENS = frozenset({"scope", "scp", "client_id", "appid", "azpacr"})
"""What id tokens do not have: RFC 9068 section 2.2, and Microsoft's names for it."""

_SHOWN = 200


def check_access_token(token: SignedToken, *, settings: OidcSettings, now: datetime) -> None:
    """Refuse what is no access token of the provider for us.

    Raises:
        NotAuthenticated: which claim says so, what was expected and what to set.
    """
    claims = token.claims
    _check_kind(token)
    check_issuer(claims, settings)
    _check_time(claims, now)
    _check_audience(claims, settings)
    subject_of(claims)
    if "cnf" in claims:
        raise NotAuthenticated(
            "the token is bound to a key of its client (cnf), which is not looked at here; "
            "switch DPoP and bound tokens off for this client at the provider"
        )


def check_id_token(token: SignedToken, *, settings: OidcSettings, nonce: str, access_token: str, now: datetime) -> None:
    """Refuse an id token that is not the answer to our own request.

    Raises:
        NotAuthenticated: which claim says so.
    """
    claims = token.claims
    check_issuer(claims, settings)
    _check_time(claims, now)
    subject_of(claims)
    audience = audience_of(claims)
    if settings.client_id not in audience:
        raise NotAuthenticated("the provider's id token is for another client (aud); check TAIN_OIDC_CLIENT_ID")
    if claims.get("azp", settings.client_id) != settings.client_id or (len(audience) > 1 and "azp" not in claims):
        raise NotAuthenticated("the provider's id token was given to another client (azp)")
    if not _is_same(claims.get("nonce"), nonce):
        raise NotAuthenticated("the provider's id token is not for this sign-in (nonce); begin again")
    if "at_hash" in claims and not _is_same(claims["at_hash"], _half_hash(access_token, str(token.header.get("alg")))):
        raise NotAuthenticated("the provider's id token and access token do not belong together (at_hash)")


def check_issuer(claims: Mapping[str, Any], settings: OidcSettings) -> None:
    """Refuse what another issuer made.

    Raises:
        NotAuthenticated: naming both.
    """
    if claims.get("iss") != settings.issuer:
        raise NotAuthenticated(
            f"the token's issuer (iss) is {_shown(claims.get('iss'))}, this server knows {settings.issuer}; "
            "sign in there, or have TAIN_OIDC_ISSUER corrected"
        )


def subject_of(claims: Mapping[str, Any]) -> str:
    """Return whom a token stands for.

    Raises:
        NotAuthenticated: when it does not say.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotAuthenticated(
            "the token says of nobody (sub); in Keycloak add the client scope `basic` to the client, "
            "and leave lightweight access tokens off"
        )
    return subject


def audience_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom a token is for."""
    audience = claims.get("aud")
    found = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    return tuple(name for name in found if isinstance(name, str))


def given_to(claims: Mapping[str, Any]) -> str | None:
    """Return the client that a token was given to: `azp` of OpenID Connect, `client_id` of RFC 9068."""
    client = claims.get("azp", claims.get("client_id"))
    return client if isinstance(client, str) else None


def _check_kind(token: SignedToken) -> None:
    claims = token.claims
    of_header = str(token.header.get("typ") or "").lower()
    # Keycloak says so in a claim: Bearer, ID, Refresh, Offline, Logout.
    kind = claims.get("typ")
    is_bearer = kind == "Bearer"
    is_id_token = kind == "ID" or any(name in claims for name in _OF_ID_TOKENS) or ("nonce" in claims and not is_bearer)
    is_access_token = is_bearer or "at+jwt" in of_header or not _OF_ACCESS_TOKENS.isdisjoint(claims)
    is_other = of_header not in _ACCESS_TYPES or (isinstance(kind, str) and not is_bearer)
    if is_other or is_id_token or not is_access_token:
        raise NotAuthenticated(
            "this is no access token of the provider but another of its tokens (typ); "
            "send the access_token of its answer"
        )


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    ends, begins = _moment(claims.get("exp")), _moment(claims.get("nbf"))
    if ends is None:
        raise NotAuthenticated("the token says nothing of its end (exp), and such are not taken; sign in again")
    if ends + LEEWAY.total_seconds() <= now.timestamp():
        raise NotAuthenticated("the token has ended (exp); renew it at the provider, or sign in again")
    if "nbf" in claims and (begins is None or begins - LEEWAY.total_seconds() > now.timestamp()):
        raise NotAuthenticated(
            "the token counts only later (nbf); set the clocks of the provider and of this server by the same time"
        )


def _check_audience(claims: Mapping[str, Any], settings: OidcSettings) -> None:
    audience, client = audience_of(claims), given_to(claims)
    if settings.audiences:
        if settings.audiences & set(audience):
            return
        wanted = " or ".join(sorted(settings.audiences))
        how = "in Keycloak give the client an audience mapper that adds it; TAIN_OIDC_AUDIENCE names what is wanted"
    else:
        if settings.client_id in audience or client in (settings.client_id, settings.cli_client_id):
            return
        wanted = settings.client_id
        how = "in Keycloak give the client an audience mapper that adds it, or name another in TAIN_OIDC_AUDIENCE"
    raise NotAuthenticated(
        f"the token is for {_shown(', '.join(audience) or None)} (aud) and was given to {_shown(client)} (azp), "
        f"not for {wanted}; {how}"
    )


def _moment(value: object) -> float | None:
    # A bool is an int, and a number without end compares with nothing.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        return None
    return float(value)


def _half_hash(access_token: str, algorithm: str) -> str:
    """Return the left half of a token's hash (OpenID Connect Core 1.0 section 3.1.3.6)."""
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
"""By the end of the algorithm's name; EdDSA is by SHA-512."""


def _is_same(told: object, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())


def _shown(value: object) -> str:
    text = value if isinstance(value, str) and value.isprintable() else "nobody"
    return text[:_SHOWN]
