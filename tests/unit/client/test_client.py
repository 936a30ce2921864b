"""The REST client: paths, bodies, and errors in one line."""

from collections.abc import Callable

import httpx
import pytest

from libs.client.client import Client
from libs.client.errors import ClientError
from libs.client.wire import MirrorWish
from tests.unit.client.small_server import URL, SmallServer

_WISH = MirrorWish(
    mirror_name="m", source_root="https://up.example/c", mirror_type="conda", mirror_mode="passive", cron="0 0 1 * *"
)


def test_channels_come_with_their_subchannels(server: SmallServer) -> None:
    """A list that hides subchannels would hide their mirrors, too."""
    with server.client() as client:
        client.create_channel("main")
        client.create_channel("main/stage", privacy="private")
        client.create_channel("other")
        found = [(channel.key, channel.privacy) for channel in client.channels()]

    assert found == [("main", "public"), ("main/stage", "private"), ("other", "public")]


def test_a_missing_channel_is_none(server: SmallServer) -> None:
    """Asking whether there is one is no error."""
    with server.client() as client:
        assert client.channel("nothing") is None


def test_mirrors_of_a_subchannel_hang_below_it(server: SmallServer) -> None:
    """One path for both would mix them up."""
    with server.client() as client:
        client.create_channel("main")
        client.create_channel("main/stage")
        made = client.create_mirror("main/stage", _WISH)
        client.stop_mirror("main/stage", made.mirror_id)

        assert client.mirror("main/stage", "m") is not None
        assert client.mirrors("main") == ()
    assert ("POST", "/api/channels/main/subchannels/stage/mirrors/m1/stop_mirror_sync", None) in server.requests


@pytest.mark.parametrize("key", ["../system", "main/../x", "main?x#y", "a/b/c", "Main"])
def test_a_name_that_could_lead_elsewhere_is_not_sent(server: SmallServer, key: str) -> None:
    """What a user types names a channel, and never another address."""
    with server.client() as client, pytest.raises(ClientError):
        client.channel(key)

    assert server.requests == []


def test_a_refusal_is_the_servers_own_words(server: SmallServer) -> None:
    """It knows best what was wrong; a refused token also says what to do."""
    with server.client(token="wrong") as client, pytest.raises(ClientError) as refused:
        client.channels()

    assert str(refused.value) == (
        "the token is not valid; sign in with ./tain login, or pass another token with --token-file or TAIN_TOKEN"
    )
    assert (refused.value.status, refused.value.code) == (401, "refused")


def _break(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _stall(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(_break, f"no answer from {URL}; is the server running? (./tain up starts one)", id="nobody"),
        pytest.param(_stall, f"{URL} did not answer in time", id="slow"),
        pytest.param(lambda _: httpx.Response(200, text="<html>"), "can't be read", id="another_server"),
        pytest.param(lambda _: httpx.Response(502, text="<html>"), "the server answered 502", id="proxy"),
    ],
)
def test_trouble_on_the_way_is_one_plain_line(answer: Callable[[httpx.Request], httpx.Response], words: str) -> None:
    """No stack trace ever reaches a user for what is not a bug."""
    client = Client(f"{URL}/api/", transport=httpx.MockTransport(answer))
    with client, pytest.raises(ClientError) as failed:
        client.channels()

    assert words in str(failed.value)
    assert "\n" not in str(failed.value)
