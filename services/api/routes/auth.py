"""/api/auth: signing in with a name and a password, going on, and signing out.

These routes are open: who signs in shows what has ended, or nothing.
"""

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from libs.common.domain.access.identity import Credential, Identity
from libs.common.domain.access.people import User
from libs.common.domain.errors import InvalidInput, NotAuthenticated, NotFound
from services.api.credentials import SESSION_COOKIE
from services.api.guards import identify, shown_in
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.answers import answering
from services.api.sign_in_schemas import (
    BrowserSessionOut,
    Ending,
    GrantOut,
    Login,
    MethodsOut,
    Renewal,
)
from services.api.signing_in.finish import finish_sign_in
from services.api.signing_in.own_pages import check_origin
from services.api.signing_in.sessions import CookieGrant, Grant
from services.api.signing_in.sign_in import check_password

Asked = Request[None, None, State]


class AuthController(Controller):
    """Sign-ins of programs and of browsers."""

    path = "/api/auth"
    tags = ("Signing in",)

    @get("/methods", summary="Say how people sign in here", responses=may_answer(503), needs=None)
    async def show_methods(self, ports: NamedDependency[Ports]) -> MethodsOut:
        """Return whether passwords are taken, and where the OpenID provider is."""
        if ports.elsewhere is None:
            return MethodsOut(mode="local", password=True, oidc=None)
        return MethodsOut(mode="oidc", password=ports.elsewhere.takes_passwords, oidc=await ports.elsewhere.ways())

    @post(
        "/login",
        summary="Sign a program in",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 429, 503),
        needs=None,
    )
    async def log_in(self, data: Login, request: Asked, ports: NamedDependency[Ports]) -> GrantOut:
        """Return a JWT for a few minutes, and a refresh token for the next one.

        After too many failures of a name or from an address there is a pause, in which right
        passwords are refused as well.
        """
        address = shown_in(request).address
        if ports.elsewhere is not None:
            return await ports.elsewhere.by_password(data.username, data.password, address=address)
        user = await _signed_in(data, request, ports=ports)
        return _out(await ports.sign_ins.begin(user, address=address, agent=request.headers.get("user-agent")))

    @post(
        "/refresh",
        summary="Renew a sign-in",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 429, 503),
        needs=None,
    )
    async def refresh(self, data: Renewal, ports: NamedDependency[Ports]) -> GrantOut:
        """Return the next JWT and refresh token. One that was used before ends the sign-in."""
        if ports.elsewhere is not None:
            return await ports.elsewhere.renew(data.refresh_token)
        return _out(await ports.sign_ins.renew(data.refresh_token))

    @post(
        "/logout",
        summary="Sign out",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 429, 503),
        needs=None,
    )
    async def log_out(self, request: Asked, ports: NamedDependency[Ports]) -> Response[None]:
        """End the sign-in of the refresh token in the body, or else of the JWT or cookie that is shown."""
        refresh_token = _read_ending(await request.body()).refresh_token
        if refresh_token is not None:
            await ports.sign_ins.end_by_refresh_token(refresh_token)
            return Response(None, status_code=HTTP_204_NO_CONTENT)
        await _end_shown(await identify(request, ports=ports), ports=ports)
        return _without_cookie()

    @post(
        "/session",
        summary="Sign a browser in",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 403, 404, 429, 503),
        needs=None,
    )
    async def begin_session(
        self, data: Login, request: Asked, ports: NamedDependency[Ports]
    ) -> Response[BrowserSessionOut]:
        """Set a cookie. Each change by it has to carry `csrf_token` as the X-CSRF-Token header."""
        check_origin(shown_in(request), public_url=ports.access.public_url)
        if ports.elsewhere is not None:
            raise NotFound("people sign in at the OpenID provider here; open /api/auth/authorize in a browser")
        user = await _signed_in(data, request, ports=ports)
        grant = await ports.sign_ins.begin_cookie(
            user, address=shown_in(request).address, agent=request.headers.get("user-agent")
        )
        shown = BrowserSessionOut(username=user.name, roles=grant.roles, csrf_token=grant.csrf)
        return Response(shown, status_code=HTTP_200_OK, cookies=[session_cookie(grant, request)])

    @get("/session", summary="Show who is signed in", responses=may_answer(401, 503), needs=None)
    async def show_session(self, request: Asked, ports: NamedDependency[Ports]) -> BrowserSessionOut:
        """Return who holds the cookie, and what their pages have to send."""
        cookie = request.cookies.get(SESSION_COOKIE)
        if cookie is None:
            raise NotAuthenticated("no one is signed in with this browser; sign in")
        # The cookie alone: what else a request shows is another person's business.
        shown = msgspec.structs.replace(shown_in(request), x_auth=None, authorization=None, path_token=None)
        identity = await ports.access.identify(shown)
        session = await ports.access.session_of(cookie)
        return BrowserSessionOut(username=identity.name or "", roles=identity.roles, csrf_token=session.csrf or "")

    @delete(
        "/session",
        summary="Sign a browser out",
        responses=may_answer(403, 503),
        operation_class=answering({}, status=HTTP_204_NO_CONTENT),
        needs=None,
    )
    async def end_session(self, request: Asked, ports: NamedDependency[Ports]) -> Response[None]:
        """End the sign-in of the cookie, and take the cookie back; a no-op where it has ended."""
        shown = msgspec.structs.replace(shown_in(request), x_auth=None, authorization=None, path_token=None)
        try:
            identity = await ports.access.identify(shown)
        except NotAuthenticated:
            return _without_cookie()
        if identity.session_id is not None:
            await ports.sign_ins.end(identity.session_id)
        return _without_cookie()


def session_cookie(grant: CookieGrant, request: Request[None, None, State]) -> Cookie:
    """Return the cookie of a browser's sign-in: no script reads it, and no other site's form sends it."""
    return Cookie(
        key=SESSION_COOKIE,
        value=grant.cookie,
        max_age=grant.max_age_s,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


async def _signed_in(login: Login, request: Asked, *, ports: Ports) -> User:
    address = shown_in(request).address
    user = await check_password(
        login.username,
        login.password,
        address=address,
        users=ports.users,
        attempts=ports.sign_in_attempts,
        passwords=ports.passwords,
        bus=ports.bus,
        clock=ports.clock,
        ids=ports.ids,
    )
    await finish_sign_in(user, way="password", address=address, ports=ports)
    return user


async def _end_shown(identity: Identity, *, ports: Ports) -> None:
    if identity.session_id is not None:
        await ports.sign_ins.end(identity.session_id)
    elif not identity.is_signed_in:
        raise NotAuthenticated("send the refresh token, or show what you are signed in with")
    elif identity.credential is not Credential.SESSION:
        raise InvalidInput("a token is no sign-in; revoke it with DELETE /api/account/tokens/<id>")


def _read_ending(body: bytes) -> Ending:
    if not body.strip():
        return Ending()
    try:
        return msgspec.json.decode(body, type=Ending)
    except msgspec.DecodeError as exc:
        raise InvalidInput('the body must be {"refresh_token": "…"}, or empty', field="refresh_token") from exc


def _out(grant: Grant) -> GrantOut:
    return GrantOut(token=grant.jwt, refresh_token=grant.refresh_token, expires_in=grant.expires_in_s)


def _without_cookie() -> Response[None]:
    response = Response(None, status_code=HTTP_204_NO_CONTENT)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response
