"""Which server and whose token: the order, and what is never sent where."""

from pathlib import Path

import pytest

from libs.client.client import Client
from libs.client.connection import ConnectionOptions, connect
from libs.client.endpoint import Endpoint, write_endpoint
from libs.client.errors import CommandFailed


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data folder of a server that runs."""
    (tmp_path / "admin.token").write_text("local\n")
    write_endpoint(tmp_path, Endpoint(url="http://127.0.0.1:1234", token_file=str(tmp_path / "admin.token")))
    return tmp_path


def _token(client: Client) -> str | None:
    with client:
        token: str | None = client._http.headers.get("X-Auth")
        return token


def test_the_running_server_is_found_with_its_token(data: Path) -> None:
    """After ./tain up nothing more needs to be typed."""
    client = connect(ConnectionOptions(data=str(data)), {})

    assert client.url == "http://127.0.0.1:1234"
    assert _token(client) == "local"


def test_options_come_before_the_environment(data: Path, tmp_path: Path) -> None:
    """What is typed is meant most."""
    (tmp_path / "other.token").write_text(" typed \n")
    options = ConnectionOptions(url="http://a.example", token_file=str(tmp_path / "other.token"), data=str(data))
    client = connect(options, {"TAIN_URL": "http://b.example", "TAIN_TOKEN": "environment"})

    assert client.url == "http://a.example"
    assert _token(client) == "typed"


def test_the_environment_comes_before_the_folder(data: Path) -> None:
    """A script sets both for another server."""
    client = connect(ConnectionOptions(), {"TAIN_DATA": str(data), "TAIN_URL": "b.example", "TAIN_TOKEN": "mine"})

    assert client.url == "http://b.example"
    assert _token(client) == "mine"


def test_the_local_token_never_goes_to_another_server(data: Path) -> None:
    """It is the administrator's; another server must not learn it."""
    assert _token(connect(ConnectionOptions(url="http://a.example", data=str(data)), {})) is None


@pytest.mark.parametrize("left", [None, b"{broken"], ids=["nothing", "broken"])
def test_without_a_server_it_is_said_how_to_get_one(tmp_path: Path, left: bytes | None) -> None:
    """The commonest slip is to forget ./tain up."""
    if left is not None:
        (tmp_path / "endpoint.json").write_bytes(left)
    with pytest.raises(CommandFailed, match=r"start one with \./tain up"):
        connect(ConnectionOptions(data=str(tmp_path)), {})


def test_an_unreadable_token_file_is_named(data: Path) -> None:
    """The path was typed, so it can be mended."""
    with pytest.raises(CommandFailed, match="nothing-there"):
        connect(ConnectionOptions(data=str(data), token_file="nothing-there"), {})
