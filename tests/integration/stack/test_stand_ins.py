"""The stack's own work, seen on stand-in services: order, restarts, and nothing left behind."""

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.embedded.stack import SERVICES
from tests.integration.stack.running import events_of, make_stand_ins, running_stand_ins
from tests.support.eventually import eventually

_PROCESSES = len(SERVICES) + 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a root with stand-in services."""
    return make_stand_ins(tmp_path / "root")


def test_services_end_before_the_servers_and_leave_nothing(root: Path, tmp_path: Path) -> None:
    """A service may still need NATS and MongoDB while it ends; only the api learns the admin's token."""
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        code = stack.end()

    ends = [event for event in events_of(root) if " ended" in event]
    assert code == 0
    assert len(ends) == _PROCESSES
    assert all("nats there: True" in event for event in ends)
    assert [event.split()[0] for event in ends if event.endswith("token told: True")] == ["api"]
    assert stack.processes() == {}


def test_a_service_that_dies_is_started_again(root: Path, tmp_path: Path) -> None:
    """What crashes comes back by itself, and it is said."""
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        first = _pids(root, "indexer")[0]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(_pids(root, "indexer")) == 2, within_s=20, what="the indexer to be back")
        stack.end()

    assert "indexer was killed by signal 9; starting it again in 0.5 s" in stack.said()


def test_a_killed_server_comes_back_where_it_was(root: Path, tmp_path: Path) -> None:
    """Services know one address of NATS; it must answer there again."""
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        first = stack.pid_of("nats-server")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        stack.wait_for("nats was killed by signal 9")
        eventually(lambda: stack.pid_of("nats-server") not in (None, first), within_s=20, what="nats to be back")
        eventually(lambda: _answers(_nats_url(root)), within_s=20, what="nats to answer where it was")
        code = stack.end()

    ends = [event for event in events_of(root) if " ended" in event]
    assert code == 0
    assert all("nats there: True" in event for event in ends)


def test_a_killed_supervisor_takes_all_with_it(root: Path, tmp_path: Path) -> None:
    """Even `kill -9` of `./tain up` leaves no service and no server behind."""
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        stack.end(signal.SIGKILL)

        eventually(lambda: not stack.processes(), within_s=20, what="all processes to have ended")


def test_what_hangs_is_killed_and_named(root: Path, tmp_path: Path) -> None:
    """Ctrl-C ends everything within ten seconds, whatever a service is doing."""
    (root / "services" / "reporter" / "hangs").touch()
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        code = stack.end(signal.SIGINT)

    assert code == 0
    assert "reporter did not end in time and was killed" in stack.said()
    assert stack.processes() == {}


def test_a_second_signal_makes_it_quick(root: Path, tmp_path: Path) -> None:
    """Who presses Ctrl-C twice does not want to wait."""
    (root / "services" / "reporter" / "hangs").touch()
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        stack.process.send_signal(signal.SIGINT)
        eventually(lambda: "reporter was asked to end" in events_of(root), within_s=20, what="the first signal")
        code = stack.end(signal.SIGINT)

    assert code == 0
    assert stack.processes() == {}


def test_a_service_that_can_not_start_is_named_with_its_words(root: Path, tmp_path: Path) -> None:
    """The reason stands in its log; nobody should have to look for it."""
    (root / "services" / "scheduler" / "fails").touch()
    with running_stand_ins(root, tmp_path / "data") as stack:
        code = stack.process.wait(60)

    assert code == 1
    assert "failed: scheduler ended at the start" in stack.said()
    assert "the stand-in was told to fail" in stack.said()
    assert stack.processes() == {}


def test_a_folder_belongs_to_one_stack_at_a_time(root: Path, tmp_path: Path) -> None:
    """Two on one database would spoil it; the second is told who has it."""
    with running_stand_ins(root, tmp_path / "data") as stack:
        stack.wait_for("ready at")
        with running_stand_ins(make_stand_ins(tmp_path / "second"), tmp_path / "data") as second:
            code = second.process.wait(60)
        stack.end()

    assert code == 1
    assert f"in use by another ./tain up (process {stack.process.pid})" in second.said()


def test_secrets_are_made_once_and_for_their_owner_alone(root: Path, tmp_path: Path) -> None:
    """A restart keeps the token and the key, without which sealed secrets would be lost."""
    data = tmp_path / "data"
    seen = []
    for _ in range(2):
        with running_stand_ins(root, data) as stack:
            stack.wait_for("ready at")
            assert (data / "endpoint.json").exists()
            stack.end()
        seen.append((data / "admin.token").read_text() + (data / "secret.key").read_text())

    assert seen[0] == seen[1]
    assert data.stat().st_mode & 0o777 == 0o700
    assert {(data / name).stat().st_mode & 0o777 for name in ("admin.token", "secret.key")} == {0o600}
    assert not (data / "endpoint.json").exists()


def _pids(root: Path, service: str) -> list[int]:
    """Return the process ids under which a service has started so far."""
    return [int(event.split()[2]) for event in events_of(root) if event.startswith(f"{service} started")]


def _nats_url(root: Path) -> str:
    """Return where the services were told that NATS is."""
    environment = Path(f"/proc/{_pids(root, 'indexer')[0]}/environ").read_text().split("\0")
    return next(line.partition("=")[2] for line in environment if line.startswith("TAIN_NATS_URL="))


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False
