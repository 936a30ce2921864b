"""Tokens: private channels need them in whatever way a client sends them; sources' never show."""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pymongo
import pytest

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.solve import ClientFailed, Order, install, solve
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

PACKAGE = a_package("guarded", padding_bytes=3)
SECRET = "s3cret-0123456789-t0ken"
FORMS = {
    "another instance": "/api/repo/main",
    "cloud virtual channel": f"/repo/t/{SECRET}/an-org/main",
    "cloud channel": f"/t/{SECRET}/repo/main",
    "public": "/main",
}


@pytest.fixture(scope="module")
def private(stack: Stack, make_source: MakeSource) -> Mirrored:
    """Return a private channel that holds one package."""
    mirrored = mirror(stack, "private", make_source((PACKAGE,)).url, mode="active")
    stack.api.update_channel("private", privacy="private")
    return mirrored


@pytest.mark.parametrize("path", ["noarch/repodata.json", "noarch/repodata_shards.msgpack.zst", PACKAGE.path])
@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_private_channel_is_closed_to_strangers(private: Mirrored, path: str, token: str | None) -> None:
    """Neither its index nor its files, whether no token was sent or a wrong one."""
    prefix = f"{private.stack.url}/t/{token}" if token else private.stack.url
    answer = httpx.get(f"{prefix}/api/repo/private/{path}")

    assert answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)


@pytest.mark.parametrize("form", ["{url}/t/{token}/api/repo/private", "{url}/api/repo/t/{token}/private"])
def test_a_client_installs_from_a_private_channel_with_a_token_in_the_url(private: Mirrored, form: str) -> None:
    """Conda moves the token to one place, others leave it in the other."""
    url = form.format(url=private.stack.url, token=private.stack.token)

    with install(Order(channels=(url,), specs=("guarded",))) as environment:
        assert environment.has(PACKAGE.installed_path)


def test_a_client_without_a_token_can_not_solve_on_a_private_channel(private: Mirrored) -> None:
    """The same request with nothing in the URL."""
    with pytest.raises(ClientFailed):
        solve(Order(channels=(private.url,), specs=("guarded",)))


@pytest.mark.parametrize("path", ["noarch/repodata.json", PACKAGE.path])
def test_a_private_channel_takes_the_token_as_header_too(private: Mirrored, path: str) -> None:
    """X-Auth, Bearer, and Basic with the token as user."""
    token = private.stack.token
    url = f"{private.url}/{path}"

    assert httpx.get(url, headers={"X-Auth": token}).status_code == httpx.codes.OK
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == httpx.codes.OK
    assert httpx.get(url, auth=(token, "x-auth-token")).status_code == httpx.codes.OK


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("mode", ["active", "passive"])
def test_every_form_of_source_url_is_mirrored(
    stack: Stack, make_source: MakeSource, channel: str, form: str, mode: str
) -> None:
    """The four ways in which a source is written, tokens included."""
    source = make_source((PACKAGE,), prefixes=(FORMS[form],))
    mirrored = mirror(stack, channel, source.url, mode=mode)

    with mirrored.install("guarded") as environment:
        assert environment.has(PACKAGE.installed_path)
    shown = mirrored.show()["source_root"]
    assert SECRET not in shown
    assert shown == source.url.replace(SECRET, "****")


def test_a_mirror_that_is_sent_back_as_it_was_shown_keeps_its_secret(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Clients resend the whole object, with the masked URL in it, to restart a mirror."""
    source = make_source((PACKAGE,), prefixes=(FORMS["cloud channel"],))
    mirrored = mirror(stack, channel, source.url, mode="active")

    assert mirrored.run_again() == "completed"


def test_a_source_token_shows_in_no_answer_no_message_and_no_log(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Not even when the source fails, which is when URLs like to slip out."""
    source = make_source((PACKAGE,), prefixes=(FORMS["cloud channel"],))
    mirrored = mirror(stack, channel, source.url)
    source.close()
    failed = mirrored.get(PACKAGE.path)
    stack.api.run_now(channel, mirrored.mirror_id)
    reason = eventually(
        lambda: mirrored.show()["sync_state"]["last_exception"], within_s=40, what="the run to wait for its source"
    )
    waiting = mirrored.show()["state"]
    stack.api.stop(channel, mirrored.mirror_id)
    stopped = stack.wait_for_run(channel, mirrored.mirror_id, number=2)
    answers = [
        reason,
        failed.text,
        json.dumps(stack.api.call("GET", "/mirrors", expect=200)),
        json.dumps(mirrored.show()),
        json.dumps(stack.api.channel(channel)),
        mirrored.get("noarch/repodata.json").text,
    ]

    assert (waiting, stopped) == ("running", "stopped")
    assert not [answer for answer in answers if SECRET in answer]
    assert not [heard.subject for heard in stack.bus.everything() if SECRET.encode() in heard.data]
    assert SECRET not in stack.logs()
    assert stack.token not in stack.logs()
    assert not [heard.subject for heard in stack.bus.everything() if stack.token.encode() in heard.data]


def test_no_secret_shows_anywhere(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Of people, tokens, sign-ins, sources and proxies: in no log, event, answer, document or file.

    Also of what is shown in the wrong place, and of passwords that are wrong by a letter.
    """
    secrets = stack.api.secrets
    mirrored = _mirror_with_secrets(stack, make_source, channel)
    _sign_in_and_use_tokens(stack, channel, user=f"u-{channel}")
    mirrored.get(PACKAGE.path)
    stack.settle()

    found = stack.leaks()
    for where, answer in _answers(stack, channel):
        found += secrets.found_in(where, answer)
    for where, document in _documents(stack):
        found += secrets.found_in(where, document)
    for file in _files(stack):
        found += secrets.found_in(str(file.relative_to(stack.folder)), file.read_bytes())

    assert secrets.names() >= {
        "password", "wrong password", "proxy password", "source password", "cookie tain_session",
        "token of /api/account/tokens", "token of /api/auth/login",
        "refresh_token of /api/auth/login", "refresh_token of /api/auth/refresh",
        "token of a service account", "admin.token", "admin.password", "mongo-tain", "nats-api",
    }  # fmt: skip
    assert sorted(set(found)) == []


def _mirror_with_secrets(stack: Stack, make_source: MakeSource, channel: str) -> Mirrored:
    secrets = stack.api.secrets
    source = make_source((PACKAGE,), prefixes=(FORMS["cloud channel"],))
    secrets.keep(SECRET, "token of a source")
    mirrored = mirror(stack, channel, source.url)
    stack.api.update_channel(channel, privacy="private")
    password = secrets.keep(f"p-{uuid.uuid4().hex}", "source password")
    proxy = secrets.keep(f"p-{uuid.uuid4().hex}", "proxy password")
    # Nobody is there: the run fails with the address in its hand.
    stack.api.create_mirror(
        channel,
        f"http://ann:{password}@127.0.0.1:9/forge",
        name=f"secrets of {channel}",
        proxy=f"http://bob:{proxy}@127.0.0.1:9",
    )
    return mirrored


def _sign_in_and_use_tokens(stack: Stack, channel: str, *, user: str) -> None:
    secrets = stack.api.secrets
    password = secrets.keep(f"p-{uuid.uuid4().hex}", "password")
    wrong = secrets.keep(f"{password}x", "wrong password")
    stack.api.call("POST", "/users", {"username": user, "password": password, "roles": ["author"]}, expect=201)
    url = f"{stack.url}/api"
    with httpx.Client(event_hooks=secrets.hooks(), timeout=30) as http:
        for given in (wrong, password):
            granted = http.post(f"{url}/auth/login", json={"username": user, "password": given})
        granted = http.post(f"{url}/auth/refresh", json={"refresh_token": granted.json()["refresh_token"]})
        bearer = {"Authorization": f"Bearer {granted.json()['token']}"}
        http.post(f"{url}/auth/session", json={"username": user, "password": password}).raise_for_status()
        wishes: tuple[dict[str, object], ...] = (
            {"scopes": ["artifact:download", "channel:view"]},
            {"resources": [{"channel": user, "level": "read"}]},
        )
        http.post(f"{url}/channels", json={"name": user}, headers=bearer)
        tokens = []
        for number, wish in enumerate(wishes):
            made = http.post(f"{url}/account/tokens", json={"name": f"t{number}", "days": 3, **wish}, headers=bearer)
            tokens.append(secrets.keep(made.raise_for_status().json()["token"], "token of /api/account/tokens"))
    stack.api.call("POST", f"/channels/{channel}/service-account", expect=201)
    of_channel = {"name": "ci", "level": "read", "days": 3}
    made = stack.api.call("POST", f"/channels/{channel}/service-account/tokens", of_channel, expect=200)
    tokens.append(secrets.keep(made["token"], "token of a service account"))
    for token in (*tokens, password, f"{tokens[0]}x", stack.token):
        path = f"{channel}/noarch/repodata.json"
        for place in (
            f"{stack.url}/t/{token}/api/repo/{path}",
            f"{url}/repo/t/{token}/{path}",
            f"{url}/{token}/{path}",
        ):
            httpx.get(place)
        httpx.get(f"{url}/repo/{path}", auth=(token, "x-auth-token"))
        httpx.get(f"{url}/repo/{path}", auth=(user, token))
        httpx.get(f"{url}/channels/{channel}", headers={"X-Auth": token})
        httpx.get(f"{url}/channels", params={"token": token, "limit": token})
        httpx.post(f"{url}/channels", json={"name": f"!{token}"}, headers={"Authorization": f"Bearer {token}"})


def _answers(stack: Stack, channel: str) -> Iterator[tuple[str, bytes]]:
    """Yield what the administrator is answered wherever there is something to read."""
    document = httpx.get(f"{stack.url}/api/docs/openapi.json").json()
    mirrors = stack.api.call("GET", f"/channels/{channel}/mirrors", expect=200)["items"]
    words = {"channel": channel, "number": "1", "family": "conda", "package": "guarded", "username": f"u-{channel}"}
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        for shown in mirrors:
            named = defaultdict(lambda: "none", words | {"mirror_id": shown["mirror_id"]})
            address = f"{stack.url}{path.format_map(named)}"
            yield path, _content(address, stack.token)
            if "{mirror_id}" not in path:
                break


def _documents(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield every document of every collection of the stack's database."""
    with pymongo.MongoClient[dict[str, object]](stack.mongo_url) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            for document in database[name].find():
                yield f"a document of {name}", repr(document)


def _files(stack: Stack) -> Iterator[Path]:
    """Yield all files of the stack but those that are there to hold a secret."""
    data = stack.folder / "data"
    secret = {data / "admin.token", data / "admin.password", data / "secret.key", data / "endpoint.json"}
    for file in stack.folder.rglob("*"):
        if file.is_file() and file not in secret and data / "passwords" not in file.parents:
            yield file


def _content(address: str, token: str) -> bytes:
    """Return an answer's bytes; of a stream that goes on as long as one listens, how it begins."""
    with httpx.stream("GET", address, headers={"X-Auth": token}) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return next(answer.iter_bytes())
        return answer.read()
