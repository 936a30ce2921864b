"""Servers in memory for the client's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.uploading_world import UploadingWorld
from tests.unit.client.served_tain import ADMIN_TOKEN, ServedTain, Shell, served_tain
from tests.unit.client.small_server import SmallServer


@pytest.fixture
def server() -> SmallServer:
    """Return a server without channels."""
    return SmallServer()


@pytest.fixture(scope="session")
def serving() -> Iterator[ServedTain]:
    """Return the REST API behind a port, which the tests of a session share."""
    with served_tain() as tain:
        yield tain


@pytest.fixture
def tain(serving: ServedTain) -> Iterator[ServedTain]:
    """Return the REST API over a world of this test's own, with the user `admin`."""
    serving.stand_on(UploadingWorld())
    # What the server logs is not what a command says.
    with capture_logs():
        yield serving


@pytest.fixture
def admin(
    tain: ServedTain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Return the command line of who holds the administrator's token."""
    return Shell(tain.url, tmp_path / "admin", patch=monkeypatch, output=capsys, token=ADMIN_TOKEN)


@pytest.fixture
def ann(tain: ServedTain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return the command line of somebody who shows nothing yet."""
    return Shell(tain.url, tmp_path / "ann", patch=monkeypatch, output=capsys)
