"""Objects of signing in as they stand on the wire (rest-api.md section 4.1, RFC 6749 section 5.1)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# Longer than any that can be right, so that a wrong one is told as wrong and not as too long.
SecretText = Annotated[str, Meta(max_length=4096, extra_json_schema={"format": "password"})]


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in."""

    username: Annotated[str, Meta(max_length=4096)]
    password: SecretText

    def __repr__(self) -> str:
        """Show no password, wherever this is printed."""
        return f"Login(username={self.username!r})"


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token, which is good for one renewal."""

    refresh_token: SecretText

    def __repr__(self) -> str:
        """Show no token, wherever this is printed."""
        return "Renewal()"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-in to end: that of a refresh token, or else of what the request shows."""

    refresh_token: SecretText | None = None

    def __repr__(self) -> str:
        """Show no token, wherever this is printed."""
        return "Ending()"


class GrantOut(msgspec.Struct, frozen=True, kw_only=True):
    """A JWT for `expires_in` seconds, and what to get the next one with."""

    token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the type's name


class OidcWaysOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client signs in at the OpenID provider, and as which client."""

    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    authorization_endpoint: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None


class MethodsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How people sign in here."""

    mode: Literal["local", "oidc"]
    password: bool
    oidc: OidcWaysOut | None


class BrowserSessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in with a cookie, and what their pages send as X-CSRF-Token with each change."""

    username: str
    roles: tuple[str, ...]
    csrf_token: str
