"""An OpenID provider, as far as signing in needs one.

Essential reading (in order): OpenID Connect Core 1.0 sections 3.1 and 3.1.3.7, OpenID Connect
Discovery 1.0, RFC 6749, RFC 7636 (PKCE), RFC 8414, RFC 8628 (device flow), RFC 9207.

All methods raise ProviderUnavailable when the provider does not answer and what is kept of it is
not enough.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class ProviderDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0 section 3), as far as we use it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    device_authorization_endpoint: str | None = None
    grant_types_supported: tuple[str, ...] = ("authorization_code", "implicit")
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class SignedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A JWT whose signature is the provider's; what its claims say is not looked at yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class ProviderTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a token endpoint gives (RFC 6749 section 5.1, OpenID Connect Core 1.0 section 3.1.3.3)."""

    access_token: str
    id_token: str | None = None
    refresh_token: str | None = None
    expires_in: float = 60.0


class OidcProvider(Protocol):
    """The provider of one issuer."""

    async def document(self) -> ProviderDocument:
        """Return what the provider says of itself."""

    async def published(self) -> bytes:
        """Return the same as the provider wrote it, JSON."""

    async def read_signed(self, token: str) -> SignedToken:
        """Return what a JWT says whose signature holds.

        Raises:
            NotAuthenticated: for one that the provider's present keys did not sign.
        """

    async def exchange_code(self, code: str, *, redirect_uri: str, verifier: str) -> ProviderTokens:
        """Return what a code of the authorization endpoint stands for; once.

        Raises:
            ProviderRefused: when the provider does not take the code, or does not know us.
        """

    async def exchange_password(self, username: str, password: str, *, scope: str) -> ProviderTokens:
        """Return what a user's password stands for (RFC 6749 section 4.3).

        Raises:
            ProviderRefused: when the provider does not take it.
        """

    async def exchange_refresh(self, refresh_token: str) -> ProviderTokens:
        """Return what a refresh token stands for.

        Raises:
            ProviderRefused: when the provider does not take it.
        """
