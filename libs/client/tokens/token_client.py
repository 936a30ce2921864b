"""The REST API's tokens in Python, over a `Client`: one's own, or those of a channel's service account."""

from urllib.parse import quote

import httpx
import msgspec

from libs.client.client import Client, channel_path, read_answer
from libs.client.errors import ClientError, CommandFailed
from libs.client.tokens.wire import NewToken, Scopes, Token, TokenInfo, TokenPage, TokenWish

_OWN = "/account/tokens"


class TokenClient:
    """Tokens of one server; every method raises `ClientError` as `Client` does.

    `service_account` is the channel whose service account is meant, None for one's own tokens.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.url = client.url

    def list(self, service_account: str | None = None) -> tuple[Token, ...]:
        """Return all tokens.

        Raises:
            CommandFailed: when the channel has no service account.
        """
        try:
            return read_answer(self._client.request("GET", _path(service_account)), TokenPage).items
        except ClientError as exc:
            if exc.status != httpx.codes.NOT_FOUND or service_account is None:
                raise
            if self._client.channel(service_account) is None:
                raise
            raise CommandFailed(
                f"{service_account} has no service account; ./tain token create NAME "
                f"--service-account {service_account} makes it"
            ) from exc

    def find(self, token: str, service_account: str | None = None) -> Token:
        """Return a token by its id or name.

        Raises:
            CommandFailed: when there is none.
        """
        found = [it for it in self.list(service_account) if token in (it.id, it.name)]
        if not found:
            raise CommandFailed(f"there is no token {token!r}; ./tain token list shows them")
        return found[0]

    def create(self, wish: TokenWish, service_account: str | None = None) -> NewToken:
        """Make a token."""
        body = msgspec.json.encode(wish)
        return read_answer(self._client.request("POST", _path(service_account), content=body), NewToken)

    def refresh(self, token_id: str, service_account: str | None = None) -> NewToken:
        """Give a token a new value; the old one is worth nothing from then on."""
        path = f"{_path(service_account)}/{quote(token_id, safe='')}"
        return read_answer(self._client.request("PUT", path, content=b"{}"), NewToken)

    def revoke(self, token_id: str, service_account: str | None = None) -> None:
        """Remove a token."""
        self._client.request("DELETE", f"{_path(service_account)}/{quote(token_id, safe='')}")

    def scopes(self) -> tuple[str, ...]:
        """Return what one's tokens may carry."""
        return read_answer(self._client.request("GET", "/account/scopes"), Scopes).scopes

    def info(self) -> TokenInfo:
        """Return when the token that the client shows ends."""
        return read_answer(self._client.request("GET", "/account/token-info"), TokenInfo)

    def make_service_account(self, channel: str) -> None:
        """Make a channel's service account; a no-op where there is one."""
        try:
            self._client.request("POST", f"{channel_path(channel)}/service-account", content=b"{}")
        except ClientError as exc:
            if exc.status != httpx.codes.CONFLICT:
                raise


def _path(service_account: str | None) -> str:
    return _OWN if service_account is None else f"{channel_path(service_account)}/service-account/tokens"
