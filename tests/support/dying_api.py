"""An api that is killed in the moment of its first word on the bus: what it was asked is stored, and not said.

`python -m tests.support.dying_api` runs it, with the environment of any api.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from deploy.embedded.folder import DataFolder
from deploy.embedded.servers import free_port
from tests.support.eventually import eventually
from tests.support.real_data import ROOT
from tests.support.stack import Stack

_START_S = 60
_DEATH_S = 30


def ask_dying_api(stack: Stack, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
    """Send a request to an api beside the stack's own, and return once that api is dead.

    Raises:
        AssertionError: when it answers instead.
    """
    with _dying_api(stack) as (process, url):
        try:
            answer = _ask(stack, url, method, path, body)
        except httpx.TransportError:
            if process.wait(_DEATH_S) != -signal.SIGKILL:
                raise
        else:
            raise AssertionError(f"{method} {path} was answered: {answer.status_code} {answer.text[:500]}")


def let_api_die(stack: Stack, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
    """Send a request that an api beside the stack's own works at after its answer, and return once that api is dead.

    Raises:
        AssertionError: when it refuses.
    """
    with _dying_api(stack) as (process, url):
        with suppress(httpx.TransportError):
            answer = _ask(stack, url, method, path, body)
            assert answer.is_success, answer.text[:500]
        assert process.wait(_DEATH_S) == -signal.SIGKILL


def _ask(stack: Stack, url: str, method: str, path: str, body: Mapping[str, object] | None) -> httpx.Response:
    return httpx.request(method, f"{url}/api{path}", json=body, headers={"X-Auth": stack.token}, timeout=30)


@contextmanager
def _dying_api(stack: Stack) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    data, port = stack.folder / "data", free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")} | {
        "PYTHONPATH": str(ROOT),
        "TAIN_NATS_URL": f"nats://{stack.nats_url.rpartition('@')[2]}",
        "TAIN_NATS_CREDENTIALS_FILE": str(DataFolder(path=data).nats_credentials("api")),
        "TAIN_MONGO_URL": stack.mongo_url,
        "TAIN_BLOBS_URL": (data / "blobs").as_uri(),
        "TAIN_SECRET_KEY_FILE": str(data / "secret.key"),
        "TAIN_ADMIN_TOKEN_FILE": str(data / "admin.token"),
        "TAIN_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    with (stack.folder / f"dying-api-{port}.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "tests.support.dying_api"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: _is_live(process, url, Path(log.name)), within_s=_START_S, what="the api that will die")
        yield process, url
    finally:
        process.kill()
        process.wait()


def _is_live(process: "subprocess.Popen[bytes]", url: str, log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the api ended before it was asked: {log.read_text()}")
    try:
        return httpx.get(f"{url}/livez").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    from libs.common.adapters.nats.bus import NatsBus
    from libs.common.runtime import service
    from services.api.__main__ import main

    class _LastWord(NatsBus):
        async def say(self, *_: object, **__: object) -> None:
            """End as `kill -9` does."""
            os.kill(os.getpid(), signal.SIGKILL)

    vars(service)["NatsBus"] = _LastWord
    main()
