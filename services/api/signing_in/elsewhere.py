"""The seam for people who sign in at an OpenID provider: what the routes of signing in ask of it."""

from typing import Protocol

from services.api.sign_in_schemas import GrantOut, OidcWaysOut


class SignInElsewhere(Protocol):
    """The provider behind this server; there is one in OIDC mode alone."""

    @property
    def takes_passwords(self) -> bool:
        """Tell whether `by_password` can succeed."""

    async def ways(self) -> OidcWaysOut:
        """Return what clients must know to sign in at the provider.

        Raises:
            UpstreamUnavailable: when the provider does not say.
        """

    async def by_password(self, username: str, password: str, *, address: str | None) -> GrantOut:
        """Sign somebody in with the password that they have at the provider.

        Raises:
            NotAuthenticated: for a wrong name or password.
            InvalidInput: where this is switched off, saying how to sign in.
            UpstreamUnavailable: when the provider does not answer.
        """

    async def renew(self, refresh_token: str) -> GrantOut:
        """Renew what `by_password` gave.

        Raises:
            NotAuthenticated, UpstreamUnavailable: as `by_password`.
        """
