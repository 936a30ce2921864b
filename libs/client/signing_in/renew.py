"""Staying signed in: the access token is renewed when it ends, and once more when the server refuses it.

A refresh token is good for one renewal. Commands that run at the same time take turns, and
who comes second takes what the first one got.
"""

import time
from collections.abc import Callable, Generator

import httpx
import msgspec

from libs.client.client import read_answer
from libs.client.errors import ClientError
from libs.client.signing_in.saved import SavedSignIns, SignIn

_EARLY_S = 20.0
"""A token that ends while the request is on its way is refused."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a server or provider grants (RFC 6749 section 5.1); the server's own JWT comes as `token`."""

    token: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: float = 60.0


class SignedIn(httpx.Auth):
    """Puts the access token of a saved sign-in on each request, and renews it."""

    def __init__(self, saved: SavedSignIns, sign_in: SignIn, *, now: Callable[[], float] = time.time) -> None:
        self._saved = saved
        self._sign_in = sign_in
        self._now = now

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request as who signed in; see httpx.

        Raises:
            ClientError: when the sign-in has ended.
        """
        if self._sign_in.expires_at - _EARLY_S < self._now():
            yield from self._renew(request)
        request.headers["Authorization"] = f"Bearer {self._sign_in.access_token}"
        answer = yield request
        if answer.status_code != httpx.codes.UNAUTHORIZED or not _can_be_sent_again(request):
            return
        before = self._sign_in.access_token
        yield from self._renew(request, refused=before)
        if self._sign_in.access_token != before:
            request.headers["Authorization"] = f"Bearer {self._sign_in.access_token}"
            yield request

    def _renew(
        self, request: httpx.Request, *, refused: str | None = None
    ) -> Generator[httpx.Request, httpx.Response, None]:
        with self._saved.lock():
            newest = self._saved.get(self._sign_in.url) or self._sign_in
            is_newer = newest.access_token not in (self._sign_in.access_token, refused)
            if is_newer and newest.expires_at - _EARLY_S >= self._now():
                self._sign_in = newest
                return
            if newest.refresh_token is None:
                raise _ended(newest)
            answer = yield renewal(newest, proxies_of=request)
            answer.read()
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise ClientError("the sign-in can't be renewed now; try again", status=answer.status_code)
            if not answer.is_success:
                raise _ended(newest)
            self._sign_in = renewed(newest, read_answer(answer.content, Granted), now=self._now())
            self._saved.put_locked(self._sign_in)


def renewal(sign_in: SignIn, *, proxies_of: httpx.Request | None = None) -> httpx.Request:
    """Return the request that renews a sign-in: at the provider where there is one, else at the server."""
    extensions = proxies_of.extensions if proxies_of is not None else None
    if sign_in.provider is None:
        body = {"refresh_token": sign_in.refresh_token}
        return httpx.Request("POST", f"{sign_in.url}/api/auth/refresh", json=body, extensions=extensions)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": sign_in.refresh_token or "",
        "client_id": sign_in.provider.client_id,
    }
    return httpx.Request("POST", sign_in.provider.token_endpoint, data=form, extensions=extensions)


def renewed(sign_in: SignIn, granted: Granted, *, now: float) -> SignIn:
    """Return the sign-in with what was granted; a provider may leave the refresh token as it was."""
    return msgspec.structs.replace(
        sign_in,
        access_token=granted.token or granted.access_token or "",
        refresh_token=granted.refresh_token or sign_in.refresh_token,
        expires_at=now + granted.expires_in,
    )


def _ended(sign_in: SignIn) -> ClientError:
    return ClientError(
        f"the sign-in of {sign_in.username} at {sign_in.url} has ended; run ./tain login {sign_in.url}", status=401
    )


def _can_be_sent_again(request: httpx.Request) -> bool:
    """Tell whether a request's body is still there: a file that was sent as it was read is not."""
    try:
        return isinstance(request.content, bytes)
    except httpx.RequestNotRead:
        return False
