"""A provider -> all that signing in at it takes."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from libs.common.domain.access.people import User
from libs.common.ports.oidc import OidcProvider
from libs.common.ports.records import SignInAttempts
from libs.common.ports.secrets import Seal
from services.api.oidc.browser import BrowserSignIn
from services.api.oidc.elsewhere import OidcElsewhere
from services.api.oidc.finish import finish_oidc_sign_in
from services.api.oidc.know_user import UserPorts
from services.api.oidc.settings import OidcSettings
from services.api.oidc.verify_bearer import OidcBearers
from services.api.ports import Ports
from services.api.signing_in.sessions import Told


class Oidc(msgspec.Struct, frozen=True, kw_only=True):
    """The three ways in: by an access token, with a browser, and through our own routes."""

    bearers: OidcBearers
    browser: BrowserSignIn
    elsewhere: OidcElsewhere


def make_oidc(
    provider: OidcProvider,
    *,
    settings: OidcSettings,
    seal: Seal,
    users: UserPorts,
    attempts: SignInAttempts,
    ports: Callable[[], Ports],
) -> Oidc:
    """Put it together; `ports` are asked for at each sign-in, for they are made with this."""

    async def finish(user: User, told: Told, *, at: datetime, address: str | None) -> User:
        return await finish_oidc_sign_in(user, told, at=at, address=address, ports=ports())

    bearers = OidcBearers(
        provider=provider, settings=settings, identities=lambda: ports().identities, ports=users, finish=finish
    )
    return Oidc(
        bearers=bearers,
        browser=BrowserSignIn(provider=provider, settings=settings, seal=seal, ports=users, finish=finish),
        elsewhere=OidcElsewhere(provider=provider, settings=settings, bearers=bearers, attempts=attempts, ports=users),
    )
