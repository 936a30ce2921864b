"""Starting a stack in a process of its own, and finding what it left behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from deploy.embedded.stack import ROOT, SERVICES
from tests.support.eventually import eventually

_HERE = Path(__file__).resolve().parent
_READY_S = 60.0
_END_S = 15.0


class StackProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A running stack: its process, its data folder, and what it says."""

    process: subprocess.Popen[bytes]
    data: Path
    output: Path

    def said(self) -> str:
        """Return what it has said so far."""
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until it has said this."""
        eventually(lambda: words in self.said(), within_s=_READY_S, what=f"{words!r} in {self.said()}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(_END_S)

    def processes(self) -> dict[int, str]:
        """Return the processes that have to do with its data folder, by id, with their commands."""
        return dict(_processes_of(self.data))

    def pid_of(self, program: str) -> int | None:
        """Return the id of the process whose command names a program."""
        return next((pid for pid, command in self.processes().items() if program in command.split()[0]), None)


def make_stand_ins(folder: Path) -> Path:
    """Make a root whose five services are stand-ins."""
    for service in SERVICES:
        place = folder / "services" / service
        place.mkdir(parents=True)
        shutil.copy(_HERE / "stand_in.py", place / "__main__.py")
    return folder


def events_of(root: Path) -> tuple[str, ...]:
    """Return what the stand-ins noted, oldest first."""
    events = root / "events"
    return tuple(events.read_text().splitlines()) if events.exists() else ()


@contextlib.contextmanager
def running_stand_ins(root: Path, data: Path) -> Iterator[StackProcess]:
    """Run the stack on stand-in services."""
    command = [sys.executable, "-P", str(_HERE / "drive_stack.py"), str(root), str(data)]
    with _running(command, data=data, output=root / "output") as stack:
        yield stack


@contextlib.contextmanager
def running_up(
    data: Path, *arguments: str, environ: Mapping[str, str] | None = None, output: Path | None = None
) -> Iterator[StackProcess]:
    """Run the real `./tain up`, with its own environment taken for granted."""
    command = [sys.executable, "-P", "-m", "libs.client", "up", "--data", str(data), *arguments]
    with _running(command, data=data, output=output or data.parent / "output", environ=environ) as stack:
        yield stack


@contextlib.contextmanager
def _running(
    command: list[str], *, data: Path, output: Path, environ: Mapping[str, str] | None = None
) -> Iterator[StackProcess]:
    values = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
    values |= {"PYTHONPATH": str(ROOT), **(environ or {})}
    with output.open("wb") as lines:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines, env=values)
    try:
        yield StackProcess(process=process, data=data, output=output)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _processes_of(folder: Path) -> Iterator[tuple[int, str]]:
    """Find processes whose command or environment names the folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if str(folder).encode() in command + (entry / "environ").read_bytes():
                yield int(entry.name), command.replace(b"\0", b" ").decode()
