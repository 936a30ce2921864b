"""The part of the REST API that people sign in by, in Python."""

import httpx
import msgspec

from libs.client.client import Client, read_answer
from libs.client.errors import ClientError
from libs.client.signing_in.renew import Granted


class OidcWays(msgspec.Struct, frozen=True, kw_only=True):
    """How the command line signs in at the server's OpenID provider."""

    issuer: str
    client_id: str
    token_endpoint: str
    scopes: tuple[str, ...] = ("openid",)
    device_authorization_endpoint: str | None = None


class Methods(msgspec.Struct, frozen=True, kw_only=True):
    """How one signs in at a server."""

    mode: str
    password: bool
    oidc: OidcWays | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds what was shown."""

    user_id: str
    username: str
    roles: tuple[str, ...] = ()
    default_channel_name: str | None = None


class _Login(msgspec.Struct, frozen=True, kw_only=True):
    username: str
    password: str


class _Refresh(msgspec.Struct, frozen=True, kw_only=True):
    refresh_token: str


class SignInClient:
    """Signing in and out; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def methods(self) -> Methods:
        """Return how one signs in here."""
        return read_answer(self._client.request("GET", "/auth/methods"), Methods)

    def log_in(self, username: str, password: str) -> Granted:
        """Sign in by a password."""
        body = msgspec.json.encode(_Login(username=username, password=password))
        return read_answer(self._client.request("POST", "/auth/login", content=body), Granted)

    def log_out(self, refresh_token: str) -> None:
        """End a sign-in at the server; one that has ended already is no error."""
        body = msgspec.json.encode(_Refresh(refresh_token=refresh_token))
        try:
            self._client.request("POST", "/auth/logout", content=body)
        except ClientError as exc:
            if exc.status != httpx.codes.UNAUTHORIZED:
                raise

    def account(self) -> Account:
        """Return who holds what the client shows."""
        return read_answer(self._client.request("GET", "/account"), Account)
