"""A saved sign-in: who may read it, and how it is renewed."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from libs.client.client import Client
from libs.client.connection import ConnectionOptions, connect
from libs.client.errors import ClientError, CommandFailed
from libs.client.signing_in.device_flow import DeviceFlow
from libs.client.signing_in.renew import SignedIn
from libs.client.signing_in.saved import Provider, SavedSignIns, SignIn
from libs.client.signing_in.sign_in_client import OidcWays, SignInClient

URL = "http://tain.example:8080"
PROVIDER = "https://id.example/token"
SIGN_IN = SignIn(url=URL, username="ann", access_token="a0", refresh_token="r0", expires_at=1000.0)


class TokenServer:
    """Takes the newest access token alone, and each refresh token once, as the real ones do."""

    def __init__(self) -> None:
        self.number = 0
        self.renewed_at: list[str] = []
        self.is_ended = False
        self.is_away = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path in ("/api/auth/refresh", "/token"):
            self.renewed_at.append(str(request.url))
            return self._renew(request.content.decode())
        if request.headers.get("Authorization") != f"Bearer a{self.number}":
            return httpx.Response(401, json={"detail": "the sign-in has ended"})
        return httpx.Response(200, json={"user_id": "1", "username": "ann", "roles": ["author"]})

    def _renew(self, body: str) -> httpx.Response:
        if self.is_away:
            return httpx.Response(503, json={})
        if self.is_ended or f"r{self.number}" not in body:
            return httpx.Response(401, json={"detail": "no"})
        self.number += 1
        granted = {"refresh_token": f"r{self.number}", "expires_in": 600}
        word = "access_token" if "grant_type" in body else "token"
        return httpx.Response(200, json={**granted, word: f"a{self.number}"})


@pytest.fixture
def saved(tmp_path: Path) -> SavedSignIns:
    """Return a file with one sign-in."""
    sign_ins = SavedSignIns(tmp_path / "tain")
    sign_ins.put(SIGN_IN)
    return sign_ins


@pytest.fixture
def server() -> TokenServer:
    """Return a server at which that sign-in is good."""
    return TokenServer()


def _client(saved: SavedSignIns, server: TokenServer, *, now: float = 0.0) -> Client:
    sign_in = saved.get(URL)
    assert sign_in is not None
    return Client(URL, auth=SignedIn(saved, sign_in, now=lambda: now), transport=httpx.MockTransport(server.answer))


def test_only_its_owner_reads_the_file(saved: SavedSignIns) -> None:
    """It is as good as a password."""
    assert saved.path.stat().st_mode & 0o777 == 0o600
    assert saved.path.parent.stat().st_mode & 0o777 == 0o700

    saved.path.chmod(0o640)
    with pytest.raises(CommandFailed, match="chmod 600"):
        saved.get(URL)


def test_a_damaged_file_is_one_line(saved: SavedSignIns) -> None:
    """And says what to do."""
    saved.path.write_text("{")

    with pytest.raises(CommandFailed, match=r"\./tain login"):
        saved.get(URL)


def test_a_sign_in_goes_to_its_server_alone(saved: SavedSignIns, tmp_path: Path) -> None:
    """Another server must not learn it; the trailing parts of a URL make none another one."""
    environ = {"XDG_CONFIG_HOME": str(saved.path.parents[1]), "TAIN_DATA": str(tmp_path / "none")}

    with connect(ConnectionOptions(url=f"{URL}/api/"), environ) as ours:
        assert isinstance(ours._http.auth, SignedIn)
    with connect(ConnectionOptions(url="http://other.example"), environ) as others:
        assert others._http.auth is None
    with connect(ConnectionOptions(url=URL), {**environ, "TAIN_TOKEN": "t"}) as by_token:
        assert by_token._http.auth is None


def test_what_was_forgotten_is_gone(saved: SavedSignIns) -> None:
    """The others stay."""
    saved.put(SignIn(url="http://b.example", username="bob", access_token="b"))

    assert saved.forget(URL) == SIGN_IN
    assert saved.forget(URL) is None
    assert [sign_in.username for sign_in in saved.all()] == ["bob"]


def test_an_ended_token_is_renewed_before_it_is_sent(saved: SavedSignIns, server: TokenServer) -> None:
    """And what came of it is saved for the next command."""
    with _client(saved, server, now=2000.0) as client:
        assert SignInClient(client).account().username == "ann"

    kept = saved.get(URL)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token, kept.expires_at) == ("a1", "r1", 2600.0)
    assert server.renewed_at == [f"{URL}/api/auth/refresh"]


def test_a_refused_token_is_renewed_once(saved: SavedSignIns, server: TokenServer) -> None:
    """The server's clock counts, not ours."""
    saved.put(SignIn(url=URL, username="ann", access_token="old", refresh_token="r0", expires_at=9000.0))

    with _client(saved, server) as client:
        assert SignInClient(client).account().username == "ann"
    assert len(server.renewed_at) == 1


def test_what_another_command_got_is_taken(saved: SavedSignIns, server: TokenServer) -> None:
    """A refresh token is good once: who comes second must not use the old one."""
    with _client(saved, server, now=2000.0) as first, _client(saved, server, now=2000.0) as second:
        SignInClient(first).account()
        SignInClient(second).account()

    assert len(server.renewed_at) == 1


def test_commands_at_the_same_time_take_turns(saved: SavedSignIns, server: TokenServer) -> None:
    """However many there are, none of them loses the sign-in."""
    names: list[str] = []

    def ask() -> None:
        with _client(saved, server, now=2000.0) as client:
            names.append(SignInClient(client).account().username)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names == ["ann"] * 8
    assert len(server.renewed_at) == 1


def test_an_ended_sign_in_says_what_to_do(saved: SavedSignIns, server: TokenServer) -> None:
    """The command that is needed stands in the line."""
    server.is_ended = True

    with _client(saved, server, now=2000.0) as client, pytest.raises(ClientError, match=f"./tain login {URL}"):
        SignInClient(client).account()


def test_a_server_that_is_away_ends_no_sign_in(saved: SavedSignIns, server: TokenServer) -> None:
    """What is saved is good again when it is back."""
    server.is_away = True
    with _client(saved, server, now=2000.0) as client, pytest.raises(ClientError, match="try again"):
        SignInClient(client).account()

    server.is_away = False
    with _client(saved, server, now=2000.0) as client:
        assert SignInClient(client).account().username == "ann"


def test_a_providers_sign_in_is_renewed_at_the_provider(saved: SavedSignIns, server: TokenServer) -> None:
    """The server knows nothing of that refresh token."""
    provider = Provider(token_endpoint=PROVIDER, client_id="cli")
    saved.put(SignIn(url=URL, username="ann", access_token="x", refresh_token="r0", provider=provider))

    with _client(saved, server, now=2000.0) as client:
        assert SignInClient(client).account().username == "ann"
    assert server.renewed_at == [PROVIDER]


class DeviceProvider:
    """Answers each poll with the next of some errors, then with a token."""

    def __init__(self, *errors: str) -> None:
        self.errors: Iterator[str] = iter(errors)
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path == "/device":
            shown = {"device_code": "d", "user_code": "WXYZ", "verification_uri": "https://id.example/enter"}
            return httpx.Response(200, json={**shown, "expires_in": 60, "interval": 2})
        error = next(self.errors, None)
        if error is not None:
            return httpx.Response(400, json={"error": error, "error_description": "[as it says]"})
        return httpx.Response(200, json={"access_token": "a", "refresh_token": "r", "expires_in": 300})

    def flow(self) -> DeviceFlow:
        """Return a sign-in at this provider, whose pauses pass at once."""
        ways = OidcWays(
            issuer="https://id.example",
            client_id="cli",
            token_endpoint=PROVIDER,
            device_authorization_endpoint="https://id.example/device",
        )
        transport = httpx.MockTransport(self.answer)
        return DeviceFlow(ways, transport=transport, sleep=self.pauses.append, now=lambda: sum(self.pauses))


def test_a_device_waits_until_the_person_agreed() -> None:
    """And asks less often where the provider wants that (RFC 8628 section 3.5)."""
    provider = DeviceProvider("authorization_pending", "slow_down", "authorization_pending")
    flow = provider.flow()

    granted = flow.wait(flow.begin())

    assert granted.access_token == "a"
    assert provider.pauses == [2.0, 2.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        pytest.param(("access_denied",), "refused in the browser", id="denied"),
        pytest.param(("expired_token",), "in time", id="expired"),
        pytest.param(("authorization_pending",) * 40, "in time", id="nobody-came"),
        pytest.param(("invalid_client",), r"\[as it says\]", id="another-error"),
    ],
)
def test_a_device_that_gets_nothing_says_why(errors: tuple[str, ...], words: str) -> None:
    """One plain line each."""
    flow = DeviceProvider(*errors).flow()

    with pytest.raises(CommandFailed, match=words):
        flow.wait(flow.begin())


def test_a_provider_without_the_flow_says_what_else_there_is() -> None:
    """A token made in the browser does as well."""
    flow = DeviceFlow(OidcWays(issuer="https://id.example", client_id="cli", token_endpoint=PROVIDER))

    with pytest.raises(CommandFailed, match="TAIN_TOKEN"):
        flow.begin()
