"""Other servers of Python packages, in an environment of their own, in front of one index.

None of them is installed where Tain is: pip makes the environment, and where it can't get one, that one is left out.
bandersnatch is not among them: on this Python its releases read files from another API than a simple index.
"""

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

from deploy.embedded.servers import free_port
from tests.support.eventually import eventually

_INSTALL_TIMEOUT_S = 300
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 10


class NoPeer(Exception):
    """A peer can't be installed or does not start; the message says why."""


class Environment:
    """A throw-away environment; `folder` must not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)

    def install(self, project: str) -> str:
        """Install a project, and return its version.

        Raises:
            NoPeer: when pip can't.
        """
        pip = [str(self.folder / "bin" / "python"), "-m", "pip"]
        try:
            done = subprocess.run(
                [*pip, "install", "--quiet", project],
                capture_output=True,
                text=True,
                timeout=_INSTALL_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise NoPeer("pip took too long") from exc
        if done.returncode:
            raise NoPeer(done.stderr.strip().rpartition("\n")[2])
        shown = subprocess.run([*pip, "show", project], capture_output=True, text=True, check=True).stdout
        return next(line.partition(": ")[2] for line in shown.splitlines() if line.startswith("Version: "))

    def program(self, name: str) -> str:
        """Return the path of a program that is installed."""
        return str(self.folder / "bin" / name)


@contextmanager
def proxpi(environment: Environment, index: str, folder: Path) -> Iterator[str]:
    """Run proxpi in front of an index; yields the URL of its own."""
    port = free_port()
    call = [environment.program("flask"), "--app", "proxpi.server", "run", "--port", str(port)]
    with _running(call, folder, settings={"PROXPI_INDEX_URL": f"{index}/"}, probe=f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}/index"


@contextmanager
def simple_repository_server(environment: Environment, index: str, folder: Path) -> Iterator[str]:
    """Run simple-repository-server in front of an index; yields the URL of its own."""
    port = free_port()
    call = [environment.program("simple-repository-server"), "--port", str(port), f"{index}/"]
    with _running(call, folder, settings={}, probe=f"http://127.0.0.1:{port}/simple/"):
        yield f"http://127.0.0.1:{port}/simple"


_ADMIN = "root"
"""The user that devpi-server has from the start."""


@contextmanager
def devpi_server(environment: Environment, index: str, folder: Path) -> Iterator[str]:
    """Run devpi-server with a mirror of an index, and no other; yields the URL of that."""
    port, data = free_port(), folder / "devpi"
    init = [environment.program("devpi-init"), "--serverdir", str(data), "--no-root-pypi"]
    subprocess.run(init, check=True, capture_output=True)
    call = [environment.program("devpi-server"), "--serverdir", str(data), "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with _running(call, folder, settings={}, probe=f"{url}/+api"):
        json_type = {"Accept": "application/json"}
        login = httpx.post(f"{url}/+login", json={"user": _ADMIN, "password": ""}, headers=json_type).json()
        proof = _basic(_ADMIN, login["result"]["password"])
        wish = {"type": "mirror", "mirror_url": f"{index}/", "volatile": True, "mirror_use_external_urls": False}
        made = httpx.put(f"{url}/{_ADMIN}/up", json=wish, headers={**json_type, "X-Devpi-Auth": proof})
        if made.is_error:
            raise NoPeer(f"devpi-server refused the mirror: {made.text[:200]}")
        yield f"{url}/{_ADMIN}/up/+simple"


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


PEERS: Mapping[str, Callable[[Environment, str, Path], AbstractContextManager[str]]] = {
    "proxpi": proxpi,
    "simple-repository-server": simple_repository_server,
    "devpi-server": devpi_server,
}
"""Project -> how it is run."""


@contextmanager
def _running(call: Sequence[str], folder: Path, *, settings: Mapping[str, str], probe: str) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(call, cwd=folder, env={**environment, **settings}, stdout=output, stderr=output)
    try:
        eventually(lambda: _answers(process, probe, log), within_s=_START_TIMEOUT_S, what=f"{probe} to answer")
        yield
    finally:
        process.terminate()
        process.wait(_STOP_TIMEOUT_S)


def _answers(process: subprocess.Popen[bytes], probe: str, log: Path) -> bool:
    if process.poll() is not None:
        raise NoPeer(f"it ended at once: {log.read_text(errors='replace')[-300:]}")
    try:
        return not httpx.get(probe, timeout=5).is_server_error
    except httpx.TransportError:
        return False
