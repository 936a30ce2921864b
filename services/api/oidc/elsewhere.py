"""The provider behind `/api/auth/methods`, `/api/auth/login` and `/api/auth/refresh`."""

from libs.common.domain.access.lock_out import (
    TRIES_OF_A_NAME,
    TRIES_OF_AN_ADDRESS,
    key_of_address,
    key_of_name,
)
from libs.common.domain.errors import InvalidInput, NotAuthenticated, ProviderRefused
from libs.common.ports.oidc import OidcProvider, ProviderTokens
from libs.common.ports.records import SignInAttempts
from services.api.oidc.know_user import UserPorts
from services.api.oidc.settings import OidcSettings
from services.api.oidc.verify_bearer import OidcBearers
from services.api.sign_in_schemas import GrantOut, OidcWaysOut
from services.api.signing_in.sign_in import check_pause, count_failure

_WRONG = "invalid_grant"


class OidcElsewhere:
    """Implements `signing_in.elsewhere.SignInElsewhere`."""

    def __init__(
        self,
        *,
        provider: OidcProvider,
        settings: OidcSettings,
        bearers: OidcBearers,
        attempts: SignInAttempts,
        ports: UserPorts,
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._bearers = bearers
        self._attempts = attempts
        self._ports = ports

    @property
    def takes_passwords(self) -> bool:
        """Tell whether the operator lets passwords be handed on."""
        return self._settings.takes_passwords

    async def ways(self) -> OidcWaysOut:
        """Return what clients must know; see the protocol."""
        document = await self._provider.document()
        return OidcWaysOut(
            issuer=document.issuer,
            client_id=self._settings.cli_client_id,
            scopes=self._settings.scopes,
            authorization_endpoint=document.authorization_endpoint,
            token_endpoint=document.token_endpoint,
            device_authorization_endpoint=document.device_authorization_endpoint,
        )

    async def by_password(self, username: str, password: str, *, address: str | None) -> GrantOut:
        """Hand a password on to the provider (RFC 6749 section 4.3); see the protocol.

        Too many failures of a name or an address begin a pause here, too: the provider sees one
        address alone, ours.
        """
        if not self._settings.takes_passwords:
            raise InvalidInput(_NO_PASSWORDS)
        if "password" not in (await self._provider.document()).grant_types_supported:
            raise InvalidInput(f"the OpenID provider takes no passwords from other pages; {_OTHER_WAYS}")
        tries = {key_of_name(username): TRIES_OF_A_NAME}
        if address is not None:
            tries[key_of_address(address)] = TRIES_OF_AN_ADDRESS
        for key in tries:
            await check_pause(key, attempts=self._attempts, clock=self._ports.clock)
        try:
            scope = " ".join(self._settings.scopes)
            tokens = await self._provider.exchange_password(username, password, scope=scope)
        except ProviderRefused as exc:
            if exc.error != _WRONG:
                raise InvalidInput(
                    f"the OpenID provider takes no passwords from this server ({exc.error}); {_OTHER_WAYS}"
                ) from exc
            for key, of_key in tries.items():
                await self._count(key, tries=of_key, username=username, address=address)
            raise NotAuthenticated("the user name or the password is wrong") from exc
        await self._attempts.forget(key_of_name(username))
        # What could not be used in the next request is told now, with the reason.
        await self._bearers.read(tokens.access_token, address=address)
        return _out(tokens)

    async def renew(self, refresh_token: str) -> GrantOut:
        """Hand a refresh token on to the provider; see the protocol."""
        try:
            return _out(await self._provider.exchange_refresh(refresh_token))
        except ProviderRefused as exc:
            if exc.error != _WRONG:
                raise
            raise NotAuthenticated("the refresh token is not good, or no more; sign in again") from exc

    async def _count(self, key: str, *, tries: int, username: str, address: str | None) -> None:
        await count_failure(
            key,
            tries=tries,
            user=await self._ports.users.find(username),
            address=address,
            attempts=self._attempts,
            bus=self._ports.bus,
            clock=self._ports.clock,
            ids=self._ports.ids,
        )


_OTHER_WAYS = "open /api/auth/authorize in a browser, or run tain login"
_NO_PASSWORDS = f"people sign in at the OpenID provider here; {_OTHER_WAYS}"


def _out(tokens: ProviderTokens) -> GrantOut:
    return GrantOut(
        token=tokens.access_token, refresh_token=tokens.refresh_token or "", expires_in=int(tokens.expires_in)
    )
