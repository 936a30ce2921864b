"""A provider's access token -> who asks."""

import hashlib
from collections.abc import Callable

from libs.common.domain.access.identity import Credential, Identity
from libs.common.domain.access.people import User
from libs.common.ports.oidc import OidcProvider
from services.api.oidc.check_token import check_access_token, check_issuer
from services.api.oidc.know_user import FinishSignIn, UserPorts, know_user, note_tokens_sign_in, told_by
from services.api.oidc.settings import OidcSettings
from services.api.oidc.unproven import unproven_claims
from services.api.signing_in.identities import Identities
from services.api.signing_in.kept import Kept
from services.api.signing_in.sessions import Told

_REMEMBERED = 10_000


class OidcBearers:
    """Implements `signing_in.bearer_verifiers.BearerVerifier` for one provider.

    `identities` are asked for when they are needed, for `Access`, which has them, is made with this.
    """

    def __init__(
        self,
        *,
        provider: OidcProvider,
        settings: OidcSettings,
        identities: Callable[[], Identities],
        ports: UserPorts,
        finish: FinishSignIn,
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._identities = identities
        self._ports = ports
        self._finish = finish
        self._known: Kept[bytes, tuple[User, Told]] = Kept(limit=_REMEMBERED)

    async def verify(self, token: str, *, address: str | None) -> Identity | None:
        """Return who holds an access token; see the protocol."""
        claims = unproven_claims(token)
        if claims is None or "iss" not in claims:
            return None
        # Before the keys are asked for: another issuer's tokens must not make us ask our provider.
        check_issuer(claims, self._settings)
        digest = hashlib.sha256(token.encode()).digest()
        user, told = await self._known.get(digest, lambda: self.read(token, address=address))
        return await self._identities().of(
            user, credential=Credential.SESSION, roles=told.roles, groups=told.groups, address=address
        )

    async def read(self, token: str, *, address: str | None) -> tuple[User, Told]:
        """Return whose an access token is, and what it tells of them.

        Raises:
            NotAuthenticated, NotAllowed, ProviderUnavailable, StoreUnavailable: as `verify`.
        """
        signed = await self._provider.read_signed(token)
        check_access_token(signed, settings=self._settings, now=self._ports.clock.now())
        told = told_by(signed.claims, self._settings)
        user = await know_user(signed.claims, told, address=address, settings=self._settings, ports=self._ports)
        user = await note_tokens_sign_in(
            user, signed.claims, told, address=address, clock=self._ports.clock, finish=self._finish
        )
        return user, told
