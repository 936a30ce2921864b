"""Signing in at an OpenID provider with a browser, and where the incumbent's client looks for the provider."""

from typing import Annotated

from litestar import Controller, Request, Response, get
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.params import Parameter
from litestar.status_codes import HTTP_302_FOUND

from libs.common.domain.errors import NotFound
from services.api.guards import shown_in
from services.api.oidc.browser import COOKIE, WITHIN, Answer, BrowserSignIn, cookie_name
from services.api.oidc.local_path import START, check_local_path
from services.api.oidc.settings import CALLBACK_PATH
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.auth import session_cookie

Asked = Request[None, None, State]
NextPage = Annotated[str, Parameter(query="next", description="a path of this server to go to after the sign-in")]

_JSON = "application/json"


class OidcController(Controller):
    """The way of a browser to the provider and back."""

    path = "/"
    tags = ("Signing in",)

    @get(
        "/api/auth/authorize",
        summary="Begin a sign-in at the OpenID provider",
        responses=may_answer(400, 404, 503),
        status_code=HTTP_302_FOUND,
        needs=None,
    )
    async def authorize(
        self, request: Asked, ports: NamedDependency[Ports], next_page: NextPage = START
    ) -> Response[None]:
        """Send a browser to our own page of the provider; clients read the realm in its path."""
        browser = _browser(ports)
        check_local_path(next_page)
        query = f"?{request.url.query}" if request.url.query else ""
        return _sent(f"/auth/realms/{browser.settings.realm}/protocol/openid-connect/auth{query}")

    @get(
        "/auth/realms/{realm:str}/protocol/openid-connect/auth",
        summary="Go to the OpenID provider",
        responses=may_answer(400, 404, 503),
        status_code=HTTP_302_FOUND,
        include_in_schema=False,
        needs=None,
    )
    async def go_to_provider(
        self, realm: str, request: Asked, ports: NamedDependency[Ports], next_page: NextPage = START
    ) -> Response[None]:
        """Send a browser to the provider: with a question of ours, or with that of a client that has its own."""
        browser = _browser(ports, realm)
        if "client_id" in request.query_params:
            return _sent(await browser.hand_on(request.url.query))
        departure = await browser.depart(next_page)
        cookie = _attempt(departure.cookie_name, departure.cookie, browser=browser)
        return _sent(departure.url, cookie)

    @get(
        CALLBACK_PATH,
        summary="End a sign-in at the OpenID provider",
        responses=may_answer(400, 401, 403, 404, 502, 503),
        status_code=HTTP_302_FOUND,
        needs=None,
    )
    async def come_back(
        self,
        request: Asked,
        ports: NamedDependency[Ports],
        code: str | None = None,
        iss: str | None = None,
        error: str | None = None,
    ) -> Response[None]:
        """Take a browser back from the provider, and send it on with a session's cookie."""
        browser = _browser(ports)
        # The framework keeps `state` for itself.
        state = request.query_params.get("state")
        address = shown_in(request).address
        arrival = await browser.arrive(
            Answer(state=state, code=code, iss=iss, error=error), cookies=request.cookies, address=address
        )
        grant = await ports.sign_ins.begin_cookie(
            arrival.user,
            address=address,
            agent=request.headers.get("user-agent"),
            told=arrival.told,
            lasts=browser.settings.session_for,
        )
        return _sent(
            arrival.next, session_cookie(grant, request), _attempt(cookie_name(state or ""), None, browser=browser)
        )

    @get(
        "/auth/realms/{realm:str}/.well-known/openid-configuration",
        summary="Show the OpenID provider",
        responses=may_answer(404, 503),
        media_type=_JSON,
        include_in_schema=False,
        needs=None,
    )
    async def show_provider(self, realm: str, ports: NamedDependency[Ports]) -> Response[bytes]:
        """Return what the provider says of itself: clients read its endpoints."""
        return Response(await _browser(ports, realm).published(), media_type=_JSON)


def _browser(ports: Ports, realm: str | None = None) -> BrowserSignIn:
    if ports.oidc is None:
        raise NotFound("people sign in here with a password: POST to /api/auth/login, or run tain login")
    if realm is not None and realm != ports.oidc.settings.realm:
        raise NotFound("there is no such realm; begin at /api/auth/authorize")
    return ports.oidc


def _sent(url: str, *cookies: Cookie) -> Response[None]:
    return Response(None, status_code=HTTP_302_FOUND, headers={"Location": url}, cookies=list(cookies))


def _attempt(name: str, value: str | None, *, browser: BrowserSignIn) -> Cookie:
    """Return the cookie of one attempt, or take it back; the provider's answer alone is sent with it."""
    return Cookie(
        key=name or COOKIE,
        value=value,
        max_age=0 if value is None else int(WITHIN.total_seconds()),
        path=CALLBACK_PATH,
        httponly=True,
        samesite="lax",
        secure=browser.settings.is_https,
    )
