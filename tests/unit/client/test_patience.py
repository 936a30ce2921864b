"""Looking on while the server is away."""

from collections.abc import Callable

import httpx
import pytest

from libs.client.client import Client
from libs.client.errors import ClientError
from libs.client.patience import patiently

_MIRRORS: dict[str, list[object]] = {"items": []}


class Answers:
    """A server that answers one after the other; the last one for ever."""

    def __init__(self, *answers: Callable[[], httpx.Response]) -> None:
        self._answers = list(answers)
        self.looks = 0

    def client(self) -> Client:
        """Return a client of it."""
        return Client("http://tain.example", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        del request
        self.looks += 1
        return (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])()


def _there() -> httpx.Response:
    return httpx.Response(200, json=_MIRRORS)


def _refuses_connections() -> httpx.Response:
    raise httpx.ConnectError("refused")


def _breaks_off() -> httpx.Response:
    raise httpx.RemoteProtocolError("closed")


def _is_late() -> httpx.Response:
    raise httpx.ReadTimeout("late")


def _has_no_store() -> httpx.Response:
    return httpx.Response(503, json={"detail": "MongoDB does not answer", "code": "store_unavailable"})


def _refuses_the_token() -> httpx.Response:
    return httpx.Response(401, json={"detail": "no", "code": "not_authenticated"})


def _at_once(seconds: float) -> None:
    del seconds


@pytest.mark.parametrize("away", [_refuses_connections, _breaks_off, _is_late, _has_no_store])
def test_a_server_that_comes_back_is_waited_for(away: Callable[[], httpx.Response]) -> None:
    """A process that was killed, a store that is away."""
    server = Answers(away, away, _there)

    with server.client() as client:
        assert patiently(lambda: client.mirrors("main"), sleep=_at_once) == ()
    assert server.looks == 3


def test_a_server_that_stays_away_is_given_up() -> None:
    """With the words of its last answer."""
    server = Answers(_has_no_store)

    with server.client() as client, pytest.raises(ClientError, match="MongoDB does not answer"):
        patiently(lambda: client.mirrors("main"), away_s=0, sleep=_at_once)


def test_a_refusal_is_no_absence() -> None:
    """It stays one however often it is asked."""
    server = Answers(_refuses_the_token, _there)

    with server.client() as client, pytest.raises(ClientError):
        patiently(lambda: client.mirrors("main"), sleep=_at_once)
    assert server.looks == 1
