"""An api in OIDC mode and a real provider: browsers, devices, machines, new keys, and a provider that goes away."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from deploy.embedded.folder import DataFolder
from deploy.embedded.servers import free_port
from libs.client.signing_in.device_flow import DeviceFlow
from libs.client.signing_in.sign_in_client import OidcWays
from tests.support.eventually import eventually
from tests.support.oidc_provider import BUILDER_SECRET, SECRET, RunningProvider, running_provider
from tests.support.processes import running_services
from tests.support.stack import Stack


class Site(msgspec.Struct, frozen=True):
    """The api and its provider."""

    url: str
    provider: RunningProvider
    log: Path

    def account(self, token: str) -> httpx.Response:
        """Show who holds an access token."""
        return httpx.get(f"{self.url}/api/account", headers={"Authorization": f"Bearer {token}"}, timeout=20)

    def builder_token(self) -> str:
        """Return an access token of a machine's own credentials."""
        return _granted(self.provider, "builder", BUILDER_SECRET)

    def is_ready(self) -> bool:
        """Tell whether the api answers."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return an api of the stack that signs people in at a provider."""
    folder, data, port = tmp_path_factory.mktemp("oidc"), stack.folder / "data", free_port()
    url = f"http://127.0.0.1:{port}"
    secret = folder / "client.secret"
    secret.write_text(SECRET)
    with ExitStack() as running:
        provider = running.enter_context(running_provider(redirect_uri=f"{url}/api/auth/callback"))
        settings = {
            "TAIN_NATS_URL": f"nats://{stack.nats_url.rpartition('@')[2]}",
            "TAIN_NATS_CREDENTIALS_FILE": str(DataFolder(path=data).nats_credentials("api")),
            "TAIN_MONGO_URL": stack.mongo_url,
            "TAIN_BLOBS_URL": (data / "blobs").as_uri(),
            "TAIN_SECRET_KEY_FILE": str(data / "secret.key"),
            "TAIN_ADMIN_TOKEN_FILE": str(data / "admin.token"),
            "TAIN_PORT": str(port),
            "TAIN_PUBLIC_URL": url,
            "TAIN_AUTH": "oidc",
            "TAIN_OIDC_ISSUER": provider.issuer,
            "TAIN_OIDC_CLIENT_ID": "tain",
            "TAIN_OIDC_CLIENT_SECRET_FILE": str(secret),
            "TAIN_OIDC_PASSWORD_GRANT": "true",
        }
        running.enter_context(running_services("api", folder / "logs", settings=settings))
        made = Site(url, provider, folder / "logs" / "another-api-0.log")
        eventually(made.is_ready, within_s=30, what="the api in OIDC mode to answer")
        yield made


def test_a_browser_signs_in_and_changes_things_with_its_word(site: Site) -> None:
    """Through the real provider and back; a change without the CSRF word is refused."""
    with httpx.Client(follow_redirects=True, timeout=20) as browser:
        landed = browser.get(f"{site.url}/api/auth/authorize?next=/api/auth/session")
        shown = landed.json()
        wish = {"name": "e2e-oidc", "privacy": "private"}
        without = browser.post(f"{site.url}/api/channels", json=wish)
        made = browser.post(f"{site.url}/api/channels", json=wish, headers={"X-CSRF-Token": shown["csrf_token"]})
        there = [urlsplit(str(step.url)).path for step in landed.history]
        names = {cookie.name for cookie in browser.cookies.jar}

    assert (shown["username"], shown["roles"]) == ("ann", ["author"])
    assert there[0] == "/api/auth/authorize"
    assert there[-1] == "/api/auth/callback"
    assert names == {"tain_session"}
    assert (without.status_code, made.status_code) == (403, 201)


def test_a_callback_counts_once(site: Site) -> None:
    """Neither the state nor the code is good for a second sign-in."""
    with httpx.Client(follow_redirects=False, timeout=20) as browser:
        answer = browser.get(f"{site.url}/api/auth/authorize")
        while "/api/auth/callback" not in answer.headers["location"]:
            answer = browser.get(str(answer.url.join(answer.headers["location"])))
        callback = answer.headers["location"]
        attempt = {it.name: it.value or "" for it in browser.cookies.jar if it.name.startswith("tain_oidc_")}
        first = browser.get(callback)
        again = browser.get(callback)
    kept = "; ".join(f"{name}={value}" for name, value in attempt.items())
    with_kept_cookie = httpx.get(callback, headers={"Cookie": kept}, timeout=20)

    assert len(attempt) == 1
    assert first.status_code == 302
    assert (again.status_code, again.json()["field"]) == (400, "state")
    assert (with_kept_cookie.status_code, "begin again" in with_kept_cookie.json()["detail"]) == (401, True)


def test_a_device_signs_in_as_the_command_line_does(site: Site) -> None:
    """With the command line's own code: a person agrees in a browser elsewhere."""
    methods = httpx.get(f"{site.url}/api/auth/methods", timeout=20).json()
    flow = DeviceFlow(msgspec.convert(methods["oidc"], OidcWays), sleep=lambda _: None)
    code = flow.begin()
    site.provider.control(f"devices/{code.user_code}", name="boss", is_let_in=True)

    granted = flow.wait(code)
    account = site.account(granted.access_token or "").json()

    assert granted.refresh_token
    assert account["username"] == "boss"
    assert set(account["roles"]) == {"admin", "author"}


def test_a_machine_works_with_its_own_credentials(site: Site) -> None:
    """What another client was given is not for us, and says so."""
    mine = site.account(site.builder_token())
    others = site.account(_granted(site.provider, "other", "o"))

    assert (mine.status_code, mine.json()["username"]) == (200, "service-account-builder")
    assert others.status_code == 401
    assert "(aud)" in others.json()["detail"]


def test_the_old_clients_way_ends_in_a_token_that_packages_are_read_with(site: Site) -> None:
    """rest-api.md section 4.2: a password, then a token of our own, which any api of the site knows."""
    login = {"username": "boss", "password": "boss' password"}
    granted = httpx.post(f"{site.url}/api/auth/login", json=login, timeout=20).json()
    bearer = {"Authorization": f"Bearer {granted['token']}"}
    scopes = httpx.get(f"{site.url}/api/account/scopes", headers=bearer, timeout=20).json()["scopes"]
    wish = {"name": "repo-cli-token-host", "scopes": scopes}
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400))
    made = httpx.post(f"{site.url}/api/account/tokens", json=wish | {"expires_at": day}, headers=bearer, timeout=20)
    shown = httpx.get(f"{site.url}/api/account", headers={"X-Auth": made.json()["token"]}, timeout=20)
    renewed = httpx.post(f"{site.url}/api/auth/refresh", json={"refresh_token": granted["refresh_token"]}, timeout=20)
    wrong = httpx.post(f"{site.url}/api/auth/login", json=login | {"password": "no"}, timeout=20)

    assert made.status_code == 200
    assert shown.json()["username"] == "boss"
    assert "admin" in shown.json()["roles"]
    assert renewed.json()["token"] != granted["token"]
    assert wrong.status_code == 401


def test_new_keys_count_at_once_and_old_ones_no_more(site: Site) -> None:
    """Nobody restarts anything."""
    old = site.builder_token()
    assert site.account(old).status_code == 200
    site.provider.control("rotate")
    new = site.builder_token()

    assert site.account(new).status_code == 200
    # What the api looked up a moment ago counts for half a second.
    eventually(lambda: site.account(old).status_code == 401, within_s=10, what="the old key to count no more")


def test_what_is_known_goes_on_while_the_provider_is_away(site: Site) -> None:
    """The last test of this file. Only what needs the provider itself is refused, with the time to come again."""
    token = site.builder_token()
    assert site.account(token).status_code == 200
    site.provider.end()

    login = {"username": "ann", "password": "ann's password"}
    refused = httpx.post(f"{site.url}/api/auth/login", json=login, timeout=20)
    logged = site.log.read_text()

    assert site.account(token).status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (503, "provider_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    for secret in (SECRET, BUILDER_SECRET, token, token.rpartition(".")[2], "ann's password", "boss' password"):
        assert secret not in logged


def _granted(provider: RunningProvider, client_id: str, secret: str) -> str:
    answer = httpx.post(
        provider.endpoint("token_endpoint"), data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    )
    return str(answer.json()["access_token"])
