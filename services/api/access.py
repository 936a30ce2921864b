"""Who asks, by the token sent with a request, and whose eyes a channel is for.

Tokens come the ways that clients can send them: `X-Auth` (the incumbent's clients),
`Authorization: Bearer`, HTTP Basic (pip, R, twine) and the path (`/t/<TOKEN>/`, conda).
For now there is one token, the administrator's; without it only public channels are read.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator

import msgspec

from libs.common.domain.channel import Channel, Privacy
from libs.common.domain.errors import NotAuthenticated

ADMIN = "admin"
"""The name that the holder of the administrator's token goes by."""

_BASIC_PASSWORD = "x-auth-token"  # noqa: S105 - the literal that says "the user is the token", not a secret


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `name` is None for someone without a token."""

    name: str | None = None
    is_admin: bool = False


ANONYMOUS = Identity()


class Access:
    """Knows the valid tokens, by their sha256 only."""

    def __init__(self, admin_token: str) -> None:
        self._admin = _fingerprint(admin_token)

    def identify(self, *, x_auth: str | None, authorization: str | None, path_token: str | None) -> Identity:
        """Return who holds the token; anonymous where none was sent.

        A client may send several (conda adds the host's netrc entry to a token in the
        path); one valid token is enough.

        Raises:
            NotAuthenticated: when tokens were sent and none of them is valid.
        """
        was_sent = False
        is_admin = False
        for token in _tokens(x_auth, authorization, path_token):
            was_sent = True
            is_admin |= hmac.compare_digest(_fingerprint(token), self._admin)
        if is_admin:
            return Identity(name=ADMIN, is_admin=True)
        if was_sent:
            raise NotAuthenticated("the token that was sent is not valid here; ask your administrator for one")
        return ANONYMOUS


def may_read(identity: Identity, channel: Channel) -> bool:
    """Tell whether this channel's packages may be read: public ones by all, others with any valid token."""
    return channel.privacy is Privacy.PUBLIC or identity.name is not None


def _tokens(x_auth: str | None, authorization: str | None, path_token: str | None) -> Iterator[str]:
    if x_auth is not None:
        yield x_auth
    if authorization is not None:
        yield _authorization_token(authorization)
    if path_token is not None:
        yield path_token


def _authorization_token(header: str) -> str:
    """Return the token of an Authorization header; "", which is never valid, where it can't be read."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user if password in ("", _BASIC_PASSWORD) else password


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
