"""`./tain up` itself: real services, real servers, data that is still there after a restart."""

import os
import signal
import socket
from pathlib import Path

import httpx

from deploy.embedded.stack import ROOT
from libs.client.client import Client
from libs.client.connection import ConnectionOptions, connect
from libs.client.endpoint import read_endpoint
from tests.integration.stack.running import running_up


def test_up_keeps_data_over_a_restart_and_leaves_nothing(tmp_path: Path) -> None:
    """The whole life of an installation: start, use, end, start again."""
    data = tmp_path / "data"
    with running_up(data, "--port", "0", "--fetchers", "2") as up:
        up.wait_for("Tain is up:")
        with _client(data) as client:
            assert httpx.get(f"{client.url}/readyz").status_code == httpx.codes.OK
            endpoint = read_endpoint(data)
            assert endpoint is not None
            assert str(endpoint.nats_url).startswith("nats://others:")
            assert (data / "endpoint.json").stat().st_mode & 0o777 == 0o600
            client.create_channel("kept")
        assert up.end() == 0
        assert up.processes() == {}

    with running_up(data, "--port", "0") as up:
        up.wait_for("Tain is up:")
        with _client(data) as client:
            found = client.channel("kept")
        assert up.end(signal.SIGINT) == 0
        assert up.processes() == {}

    assert found is not None
    assert "did not end in time" not in up.said()


def test_a_taken_port_is_one_plain_line(tmp_path: Path) -> None:
    """Somebody else's port is the commonest trouble of a first start."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running_up(tmp_path / "data", "--port", str(port)) as up:
            code = up.process.wait(60)

    assert code == 1
    assert up.said() == f"tain: port {port} of 127.0.0.1 is taken; choose another with --port (and --host)\n"


def test_a_folder_that_can_not_be_made_is_one_plain_line(tmp_path: Path) -> None:
    """A file where the folder should be, or a read-only place."""
    (tmp_path / "file").touch()
    with running_up(tmp_path / "file" / "data", output=tmp_path / "output") as up:
        code = up.process.wait(60)

    assert code == 1
    assert up.said().startswith(f"tain: {tmp_path}/file")
    assert up.said().endswith("choose another folder with --data\n")
    assert up.said().count("\n") == 1


def test_a_missing_mongod_is_one_plain_line(tmp_path: Path) -> None:
    """Where no database can be had from a package, the choices are named."""
    site = tmp_path / "site"
    (site / "fiftyone").mkdir(parents=True)
    (site / "fiftyone" / "__init__.py").touch()
    environ = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(site))), "PATH": "/nowhere"}
    with running_up(tmp_path / "data", "--port", "0", environ=environ) as up:
        code = up.process.wait(60)

    assert code == 1
    began, reason = up.said().splitlines()
    assert began.startswith("tain: starting")
    assert reason.startswith("tain: mongod was not found")
    assert up.processes() == {}


def _client(data: Path) -> Client:
    """Connect as the command line does."""
    return connect(ConnectionOptions(data=str(data)), {})
