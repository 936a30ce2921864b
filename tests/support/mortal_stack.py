"""A stack whose every part may be killed: NATS and MongoDB are its own, and all come back by themselves."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from deploy.embedded.servers import free_port
from tests.support.eventually import eventually
from tests.support.patient_api import PatientApi
from tests.support.real_data import ROOT

PARTS = ("nats", "mongod", "api", "scheduler", "fetcher", "fetcher-2", "indexer", "reporter")
_PROGRAMS = ("nats-server", "mongod", "services.api", "services.scheduler", "services.indexer", "services.reporter")
_START_S = 60
_STOP_S = 15


class MortalStack(msgspec.Struct, frozen=True, kw_only=True):
    """A running stack, its processes, and a way to talk to it while they come and go."""

    folder: Path
    process: subprocess.Popen[bytes]
    api: PatientApi

    @property
    def blobs(self) -> Path:
        """The folder of the blob store."""
        return self.folder / "data" / "blobs"

    def pids(self) -> dict[str, int]:
        """Return the processes that are there now, by the name of the part."""
        found: dict[str, int] = {}
        fetchers = iter(("fetcher", "fetcher-2"))
        for pid, command in sorted(_children(self.process.pid).items()):
            if "services.fetcher" in command:
                found[next(fetchers)] = pid
            for program in _PROGRAMS:
                if any(word == program or word.endswith(f"/{program}") for word in command):
                    found[program.removeprefix("services.").removesuffix("-server")] = pid
        return found

    def kill(self, part: str) -> bool:
        """End a part as `kill -9` does; False where it is not there just now."""
        pid = self.pids().get(part)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    @contextlib.contextmanager
    def fetchers_limited_to(self, *, file_bytes: int) -> Iterator[None]:
        """Let no fetcher write files larger than this, as if its disk were full."""
        fetchers = [pid for part, pid in self.pids().items() if part.startswith("fetcher")]
        before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in fetchers]
        for pid, (_, most) in zip(fetchers, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (file_bytes, most))
        try:
            yield
        finally:
            for pid, limits in zip(fetchers, before, strict=True):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    def wait_until_ready(self) -> None:
        """Return once every part answers."""
        eventually(self.api.is_ready, within_s=_START_S, what="the stack to be ready")

    def logs(self, *, last_lines: int) -> str:
        """Return the last lines of every log."""
        logs = sorted(self.folder.rglob("*.log"))
        return "\n".join(
            line
            for log in logs
            for line in (f"--- {log.stem}", *log.read_text(errors="replace").splitlines()[-last_lines:])
        )


@contextlib.contextmanager
def running_mortal_stack(folder: Path, *, environ: Mapping[str, str] | None = None) -> Iterator[MortalStack]:
    """Start a stack with two fetchers, and end it in order after."""
    values = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
    values |= {"PYTHONPATH": str(ROOT), **(environ or {})}
    port = free_port()
    data = folder / "data"
    command = [sys.executable, "-P", "-m", "tests.support.drive_mortal_stack", str(data), str(port), "2"]
    with (folder / "up.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=values, stdout=output, stderr=output)
    try:
        token_file = data / "admin.token"
        eventually(token_file.exists, within_s=_START_S, what=f"the stack to start; {folder / 'up.log'} says more")
        with PatientApi(f"http://127.0.0.1:{port}", token_file.read_text().strip()) as api:
            stack = MortalStack(folder=folder, process=process, api=api)
            stack.wait_until_ready()
            yield stack
    finally:
        process.terminate()
        process.wait(_STOP_S)


def _children(parent: int) -> dict[int, list[str]]:
    """Return the commands of a process's children by their ids."""
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # After the command in parentheses, which may hold anything: state, then the parent.
            facts = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(facts[1]) == parent and facts[0] != "Z":
                found[int(entry.name)] = (entry / "cmdline").read_text().split("\0")
    return found
