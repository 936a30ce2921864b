"""Tokens: private channels need them in whatever way a client sends them; sources' never show."""

import json
from collections.abc import Callable

import httpx
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
