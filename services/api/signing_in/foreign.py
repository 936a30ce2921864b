"""What signing in asks of an OpenID provider that knows the users; `services/api/oidc` answers.

`Access` hands every JWT that is not our own to `ForeignBearers`. In OIDC mode `POST
/api/auth/login`, `POST /api/auth/refresh` and `GET /api/auth/methods` hand on to `ForeignSignIn`.
"""

from typing import Protocol

import msgspec

from libs.common.domain.access.identity import Identity


class ForeignBearers(Protocol):
    """Knows who holds a provider's access tokens."""

    async def identify(self, token: str, *, address: str | None) -> Identity | None:
        """Return who holds an access token; None for what is no JWT at all.

        The user is made when it is first seen. Their groups and roles are those that the token
        tells, and those that were given here.

        Raises:
            NotAuthenticated: for a JWT that does not hold, or whose user is disabled; in words.
            ProviderUnavailable, StoreUnavailable: when it can't be told now.
        """


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider grants to who signed in."""

    token: str
    refresh_token: str | None = None
    expires_in_s: int


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

    async def log_in(self, username: str, password: str, *, address: str | None) -> Granted:
        """Hand a password on to the provider.

        Raises:
            NotAuthenticated: when the provider refuses it.
            NotFound: where that is switched off, or the provider does not offer it; says what to do instead.
            ProviderUnavailable: when the provider does not answer.
        """

    async def refresh(self, refresh_token: str) -> Granted:
        """Hand a provider's refresh token on to it.

        Raises:
            As `log_in`.
        """
