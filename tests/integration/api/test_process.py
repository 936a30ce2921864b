"""`python -m services.api` against a real NATS and a real MongoDB."""

import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.support.bus_recorder import BusRecorder
from tests.support.eventually import eventually

TOKEN = "a-token-of-the-administrator"
AUTH = {"X-Auth": TOKEN}


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A running api."""

    popen: subprocess.Popen[str]
    url: str
    log: Path

    def stop(self) -> int:
        """Ask it to end, and return how it did."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(timeout=20)


@pytest.fixture
def environment(tmp_path: Path, nats_url: str, mongo_database_url: str) -> dict[str, str]:
    """Return the environment of an api with stores of its own."""
    key, token = tmp_path / "secret.key", tmp_path / "admin.token"
    key.write_text(base64.b64encode(os.urandom(32)).decode())
    token.write_text(f"{TOKEN}\n")
    return os.environ | {
        "TAIN_NATS_URL": nats_url,
        "TAIN_MONGO_URL": mongo_database_url,
        "TAIN_BLOBS_URL": f"file://{tmp_path}/blobs",
        "TAIN_SECRET_KEY_FILE": str(key),
        "TAIN_ADMIN_TOKEN_FILE": str(token),
        "TAIN_PORT": str(_free_port()),
    }


@pytest.fixture
def process(environment: dict[str, str], tmp_path: Path) -> Iterator[Process]:
    """Return an api that answers."""
    with _running(environment, tmp_path / "log") as started:
        eventually(lambda: _is_live(started), within_s=60, what="the api to answer")
        yield started


def test_what_is_changed_is_stored_and_said(process: Process, nats_url: str) -> None:
    """REST to MongoDB and JetStream, and a mirror's secret in neither the answers nor the bus nor the log."""
    recorder = BusRecorder(nats_url)
    with httpx.Client(base_url=process.url, headers=AUTH) as http:
        made = http.post("/api/channels", json={"name": "main", "filters": {"exclude_licenses": ["gpl3"]}})
        mirror = http.post(
            "/api/channels/main/mirrors",
            json={"mirror_name": "m", "source_root": "https://s.example/t/tok-123/x", "run_now": True},
        )
        shown = http.get("/api/channels/main")
        frozen = http.put("/api/channels/main", json={"indexing_behavior": "frozen"})

        said = recorder.wait_for("mirror.requested", channel="main")
        recorder.wait_for("channel.frozen", channel="main")
        everything = b"".join(heard.data for heard in recorder.everything())
        recorder.close()

    assert (made.status_code, mirror.status_code, shown.status_code, frozen.status_code) == (201, 201, 200, 200)
    assert shown.json()["filters"] == {"exclude_licenses": ["gpl3"]}
    assert shown.json()["mirror_count"] == 1
    assert said.body["requested_by"] == "admin"
    assert said.headers["ce-source"]
    assert b"tok-123" not in everything
    assert process.stop() == 0
    assert "tok-123" not in process.log.read_text()
    assert TOKEN not in process.log.read_text()


def test_it_is_watched_and_ended_in_order(process: Process, tmp_path: Path) -> None:
    """Readiness names what is missing; a token in an address is not logged; SIGTERM waits for no idle client.

    And for none that looks on: its stream ends as it should.
    """
    blobs = tmp_path / "blobs"
    with httpx.Client(base_url=process.url) as http, http.stream("GET", "/api/live", headers=AUTH) as live:
        lines = live.iter_lines()
        assert next(line for line in lines if line.startswith("event")) == "event: hello"
        ready = http.get("/readyz")
        moved = blobs.rename(blobs.with_name("moved"))
        without_blobs = http.get("/readyz")
        moved.rename(blobs)
        package = http.get("/t/tok-789/api/repo/none/noarch/repodata.json")

        assert process.stop() == 0
        assert not [line for line in lines if line.startswith("event: channel")]
    log = process.log.read_text()

    assert "running task" not in log
    assert ready.status_code == 503
    assert ready.json()["missing"] == ["fetcher", "indexer", "reporter", "scheduler"]
    assert without_blobs.json()["missing"] == ["blobs", "fetcher", "indexer", "reporter", "scheduler"]
    assert package.status_code == 401
    assert package.headers["www-authenticate"].startswith("Basic")
    assert "tok-789" not in log
    assert "service_stopping" in log


def test_a_taken_port_is_one_plain_line(environment: dict[str, str], tmp_path: Path) -> None:
    """That says what to do."""
    taken = socket.create_server(("127.0.0.1", int(environment["TAIN_PORT"])))
    with taken, _running(environment, tmp_path / "log") as started:
        assert started.popen.wait(timeout=60) == 1

    (line,) = (tmp_path / "log").read_text().strip().splitlines()
    assert "TAIN_PORT" in line


@contextmanager
def _running(environment: dict[str, str], log: Path) -> Iterator[Process]:
    with log.open("w") as output:
        popen = subprocess.Popen(
            [sys.executable, "-m", "services.api"], env=environment, stdout=output, stderr=output, text=True
        )
        try:
            yield Process(popen=popen, url=f"http://127.0.0.1:{environment['TAIN_PORT']}", log=log)
        finally:
            if popen.poll() is None:
                popen.kill()
            popen.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _is_live(process: Process) -> bool:
    if process.popen.poll() is not None:
        raise AssertionError(f"the api ended: {process.log.read_text()}")
    try:
        return httpx.get(f"{process.url}/livez").status_code == 200
    except httpx.TransportError:
        return False
