"""What the routes of signing in ask of an OpenID provider; `services/api/oidc` answers.

In OIDC mode `POST /api/auth/login`, `POST /api/auth/refresh` and `GET /api/auth/methods` hand on to it.
"""

from typing import Protocol

import msgspec


class ForeignGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider grants to who signed in."""

    token: str
    refresh_token: str | None = None
    expires_in_s: int

    def __repr__(self) -> str:
        return f"ForeignGrant(expires_in_s={self.expires_in_s})"


class OidcMethods(msgspec.Struct, frozen=True, kw_only=True):
    """How a command line signs in at the provider; `client_id` is the public client that is for it."""

    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    authorization_endpoint: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None


class ForeignSignIn(Protocol):
    """Signs people in at a provider on their behalf."""

    @property
    def takes_passwords(self) -> bool:
        """Whether the operator lets passwords be handed on to the provider."""

    async def methods(self) -> OidcMethods:
        """Return how a command line signs in.

        Raises:
            ProviderUnavailable: when the provider does not answer, and never did.
        """

    async def log_in(self, username: str, password: str, *, address: str | None) -> ForeignGrant:
        """Hand a password on to the provider.

        Raises:
            NotAuthenticated: when the provider refuses it.
            NotAllowed: where that is switched off, or the provider does not offer it; says what to do instead.
            TooManyAttempts: while there is a pause for the name or the address.
            ProviderUnavailable: when the provider does not answer.
        """

    async def refresh(self, refresh_token: str) -> ForeignGrant:
        """Hand a provider's refresh token on to it.

        Raises:
            NotAuthenticated: when the provider refuses it.
            ProviderUnavailable: when it does not answer.
        """
