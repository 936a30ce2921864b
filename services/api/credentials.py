"""What a request shows of who sends it, in all the ways that clients can.

Opaque tokens come as `X-Auth` (the incumbent's clients), `Authorization: Bearer`, HTTP Basic
(pip, R, twine) and in the path (`/t/<TOKEN>/`, conda); JWTs of a sign-in as Bearer; a browser's
sign-in as a cookie.
"""

import base64
from collections.abc import Mapping

import msgspec

_BASIC_PASSWORD = "x-auth-token"  # noqa: S105 - the literal that says "the user is the token", not a secret


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What one request shows; `is_safe` says that its method changes nothing (RFC 9110 section 9.2.1).

    `address` is where it came from. `csrf` is the header that a browser's own script sends; `origin` and
    `fetch_site` are what a browser says of the page behind a request, and `host` is whom it asks.
    """

    x_auth: str | None = None
    authorization: str | None = None
    path_token: str | None = None
    cookie: str | None = None
    csrf: str | None = None
    origin: str | None = None
    fetch_site: str | None = None
    host: str | None = None
    is_safe: bool = True
    address: str | None = None


SESSION_COOKIE = "tain_session"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def shown_by(
    headers: Mapping[str, str],
    *,
    method: str,
    address: str | None,
    cookies: Mapping[str, str] | None = None,
    path_token: str | None = None,
) -> Shown:
    """Collect what a request shows; `headers` has lower-case names."""
    return Shown(
        x_auth=headers.get("x-auth"),
        authorization=headers.get("authorization"),
        path_token=path_token,
        cookie=(cookies or {}).get(SESSION_COOKIE),
        csrf=headers.get(CSRF_HEADER),
        origin=headers.get("origin"),
        fetch_site=headers.get("sec-fetch-site"),
        host=headers.get("host"),
        is_safe=method in _SAFE,
        address=address,
    )


def tokens_of(shown: Shown) -> tuple[str, ...]:
    """Return the tokens that a request shows, opaque ones and JWTs; a cookie is none.

    A client may send several (conda adds the host's netrc entry to a token in the path). What
    can't be read stands as "", which is never valid.
    """
    tokens: list[str] = []
    if shown.x_auth is not None:
        tokens.append(shown.x_auth)
    if shown.authorization is not None:
        tokens.append(_authorization_token(shown.authorization))
    if shown.path_token is not None:
        tokens.append(shown.path_token)
    return tuple(tokens)


def _authorization_token(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        # No base64, no ASCII or no UTF-8.
        return ""
    return user if password in ("", _BASIC_PASSWORD) else password
