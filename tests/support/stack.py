"""The whole of Tain on this machine, as `./tain up` starts it: real services, NATS, MongoDB."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import msgspec

from deploy.embedded.folder import DataFolder
from deploy.embedded.mongo_users import DATABASE
from deploy.embedded.servers import free_port
from libs.client.endpoint import Endpoint, read_endpoint
from libs.common.contracts.permissions import OPERATOR
from libs.common.contracts.subjects import EVENTS
from tests.support.api import END_STATES, Api
from tests.support.bus_recorder import BusRecorder, Heard
from tests.support.eventually import eventually
from tests.support.real_data import ROOT

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 15


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A running stack, and everything that a test needs to talk to it.

    `nats_url` and `mongo_url` are those of who may do everything there, `others_nats_url` that of other systems.
    """

    url: str
    token: str
    folder: Path
    nats_url: str
    others_nats_url: str
    mongo_url: str
    api: Api
    bus: BusRecorder

    @property
    def admin_password(self) -> str:
        """The password that `admin` signs in with."""
        return DataFolder(path=self.folder / "data").admin_password.read_text(encoding="ascii").strip()

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

    def leaks(self) -> list[str]:
        """Say which secrets of this stack and of its clients stand in a log or in an event."""
        found = [leak for log in sorted(self.folder.rglob("*.log")) for leak in self._leaks_of(log)]
        for heard in self.bus.everything():
            found += self.api.secrets.found_in(f"event {heard.subject}", heard.data + repr(heard.headers).encode())
        return sorted(set(found))

    def _leaks_of(self, log: Path) -> Iterator[str]:
        return self.api.secrets.found_in(log.name, log.read_bytes())

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

    At its end no secret of its own or of its clients may stand in a log or in an event.

    NATS and MongoDB are this stack's own, as `./tain up` starts them: with passwords, and
    each service with no more permissions than it has for users.
    """
    with ExitStack() as stack:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
        environment |= {"PYTHONPATH": str(ROOT), **(settings or {})}
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
            installed = DataFolder(path=data)
            others_url = str(_endpoint(data).nats_url)
            at = others_url.rpartition("@")[2]
            nats_url = installed.nats_url(OPERATOR, f"nats://{at}")
            bus = stack.enter_context(closing(BusRecorder(nats_url)))
            token = installed.admin_token.read_text().strip()
            api = Api(url, token)
            for file in (installed.admin_token, installed.admin_password, *(data / "passwords").iterdir()):
                api.secrets.keep_file(file)
            running = Stack(
                url=url,
                token=token,
                folder=folder,
                nats_url=nats_url,
                others_nats_url=others_url,
                mongo_url=_mongo_url(installed),
                api=api,
                bus=bus,
            )
            try:
                yield running
                leaks = running.leaks()
                assert not leaks, leaks
            finally:
                api.http.close()
        finally:
            process.terminate()
            process.wait(_STOP_TIMEOUT_S)


def _endpoint(data: Path) -> Endpoint:
    """Return what `./tain up` leaves word of once all is ready."""
    return eventually(lambda: read_endpoint(data), within_s=_START_TIMEOUT_S, what="word where the stack answers")


def _mongo_url(folder: DataFolder) -> str:
    """Return the URL of the stack's database for who may do everything."""
    users = folder.mongo_users()
    log = folder.log("mongod").read_text(errors="replace")
    port = re.findall(r'"port":(\d+)', log)[-1]
    return f"mongodb://{users.admin}:{users.admin_password}@127.0.0.1:{port}/{DATABASE}?authSource=admin"


def _is_ready(process: subprocess.Popen[bytes], url: str, folder: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the stack ended before it was ready: {(folder / 'up.log').read_text()}")
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
