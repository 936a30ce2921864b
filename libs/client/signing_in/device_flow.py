"""Signing in at an OpenID provider from a terminal: the device flow (RFC 8628), and a machine's own credentials."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
import msgspec

from libs.client.errors import ClientError, CommandFailed
from libs.client.signing_in.renew import Granted
from libs.client.signing_in.sign_in_client import OidcWays

T = TypeVar("T")

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TIMEOUT_S = 30.0
_SLOWER_S = 5.0


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is shown (RFC 8628 section 3.2)."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float
    verification_uri_complete: str | None = None
    interval: float = 5.0


class _Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An error answer of a provider (RFC 6749 section 5.2)."""

    error: str = ""
    error_description: str | None = None


class DeviceFlow:
    """One sign-in at one provider."""

    def __init__(
        self,
        ways: OidcWays,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ways = ways
        self._transport = transport
        self._sleep = sleep
        self._now = now

    def begin(self) -> DeviceCode:
        """Ask for a code that a person enters in a browser.

        Raises:
            CommandFailed: where the provider offers no device flow.
            ClientError: when it refuses or does not answer.
        """
        endpoint = self._ways.device_authorization_endpoint
        if endpoint is None:
            raise CommandFailed(
                f"the provider {self._ways.issuer} offers no device flow; sign in with a browser at the server, "
                "make a token there, and pass it with TAIN_TOKEN"
            )
        form = {"client_id": self._ways.client_id, "scope": " ".join(self._ways.scopes)}
        return self._read(self._post(endpoint, form), DeviceCode)

    def wait(self, code: DeviceCode) -> Granted:
        """Ask until the person has agreed or refused, as often as the provider allows.

        Raises:
            CommandFailed: when it was refused, or nobody entered the code in time.
            ClientError: when the provider does not answer.
        """
        ends_at, interval_s = self._now() + code.expires_in, code.interval
        form = {"grant_type": _GRANT, "device_code": code.device_code, "client_id": self._ways.client_id}
        while self._now() < ends_at:
            self._sleep(interval_s)
            answer = self._post(self._ways.token_endpoint, form)
            if answer.is_success:
                return self._read(answer, Granted)
            error = _refused(answer).error
            if error == "slow_down":
                interval_s += _SLOWER_S
            elif error == "access_denied":
                raise CommandFailed("the sign-in was refused in the browser")
            elif error == "expired_token":
                break
            elif error != "authorization_pending":
                raise _failure(answer)
        raise CommandFailed("nobody entered the code in time; run ./tain login again")

    def by_secret(self, client_id: str, secret: str) -> Granted:
        """Sign a machine in by its own credentials (RFC 6749 section 4.4).

        Raises:
            ClientError: when the provider refuses or does not answer.
        """
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        return self._read(self._post(self._ways.token_endpoint, form), Granted)

    def _post(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        try:
            with httpx.Client(timeout=_TIMEOUT_S, transport=self._transport) as http:
                return http.post(url, data=form, headers={"Accept": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise ClientError(f"no answer from the provider {self._ways.issuer}", is_away=True) from exc

    def _read(self, answer: httpx.Response, kind: type[T]) -> T:
        if not answer.is_success:
            raise _failure(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError as exc:
            raise ClientError(f"the answer of the provider {self._ways.issuer} can't be read") from exc


def _refused(answer: httpx.Response) -> _Refused:
    try:
        return msgspec.json.decode(answer.content, type=_Refused)
    except msgspec.DecodeError:
        return _Refused()


def _failure(answer: httpx.Response) -> ClientError:
    refused = _refused(answer)
    words = refused.error_description or refused.error or f"it answered {answer.status_code}"
    return ClientError(f"the provider refused the sign-in: {' '.join(words.split())}", status=answer.status_code)
