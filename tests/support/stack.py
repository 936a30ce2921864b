"""The whole of Tain on this machine, as `./tain up` starts it: real services, NATS, MongoDB."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from deploy.embedded.servers import free_port
from libs.common.contracts.subjects import EVENTS
from tests.support.api import END_STATES, Api
from tests.support.bus_recorder import BusRecorder, Heard
from tests.support.eventually import eventually
from tests.support.real_data import ROOT
from tests.support.servers import running_mongo, running_nats

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 15


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A running stack, and everything that a test needs to talk to it."""

    url: str
    token: str
    folder: Path
    nats_url: str
    mongo_url: str
    api: Api
    bus: BusRecorder

    def channel_url(self, channel: str) -> str:
        """Where package clients find a channel."""
        return f"{self.url}/api/repo/{channel}"

    def wait_for_run(self, channel: str, mirror_id: str, *, number: int = 1, within_s: float = 40) -> str:
        """Wait until the mirror's run of this number has ended and its result was published; returns its state.

        The end is stored before it is said.
        """
        finished = self.bus.wait_for("mirror.finished", mirror_id=mirror_id, run_number=number, within_s=within_s)
        state = str(finished.body["state"])
        self.api.wait_for_state(channel, mirror_id, *END_STATES)
        self.settle()
        return state

    def settle(self) -> None:
        """Wait until every service has followed every event that was said."""
        eventually(lambda: self.bus.is_quiet(EVENTS.name), within_s=40, what="all events to be followed")

    def published(self, channel: str) -> tuple[Heard, ...]:
        """Return the publications of a channel, oldest first."""
        return self.bus.heard("channel.published", channel=channel)

    def logs(self) -> str:
        """Return what everything logged, NATS and MongoDB too."""
        return "".join(log.read_text(errors="replace") for log in sorted(self.folder.rglob("*.log")))

    def service_logs(self, *, last_lines: int) -> str:
        """Return the last lines of each of our services' logs."""
        logs = sorted((self.folder / "data").rglob("*.log"))
        tails = (log.read_text(errors="replace").splitlines()[-last_lines:] for log in logs)
        return "\n".join(line for log, lines in zip(logs, tails, strict=True) for line in (f"--- {log.stem}", *lines))


@contextmanager
def running_stack(
    folder: Path,
    *,
    file_sources: Sequence[Path] = (),
    fetchers: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Start everything on free ports and yield it once it is ready; stop it in order after.

    `settings` are further environment values of the services.

    NATS and MongoDB are this stack's own, since durable consumers of other tests would
    take its messages.
    """
    with running_nats(folder / "nats") as nats_url, running_mongo(folder / "mongo") as mongo_url:
        bus = BusRecorder(nats_url)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
        environment |= {"TAIN_NATS_URL": nats_url, "TAIN_MONGO_URL": f"{mongo_url}/tain_e2e", "PYTHONPATH": str(ROOT)}
        environment |= settings or {}
        url = f"http://127.0.0.1:{free_port()}"
        data = folder / "data"
        command = [
            sys.executable,
            "-P",
            "-m",
            "libs.client",
            "up",
            "--port",
            url.rpartition(":")[2],
            "--data",
            str(data),
        ]
        command += ["--fetchers", str(fetchers)]
        for source in file_sources:
            command += ["--allow-file-source", str(source)]
        with (folder / "up.log").open("wb") as output:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            eventually(lambda: _is_ready(process, url, folder), within_s=_START_TIMEOUT_S, what="the stack to be ready")
            token = (data / "admin.token").read_text().strip()
            api = Api(url, token)
            try:
                yield Stack(
                    url=url,
                    token=token,
                    folder=folder,
                    nats_url=nats_url,
                    mongo_url=environment["TAIN_MONGO_URL"],
                    api=api,
                    bus=bus,
                )
            finally:
                api.http.close()
        finally:
            process.terminate()
            process.wait(_STOP_TIMEOUT_S)
            bus.close()


def _is_ready(process: subprocess.Popen[bytes], url: str, folder: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the stack ended before it was ready: {(folder / 'up.log').read_text()}")
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
