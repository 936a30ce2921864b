"""Keeping processes up, and ending them in order with nothing left behind.

Rules of this file:
1. Every process leads a session of its own: Ctrl-C reaches the supervisor alone, and a
   process's own children can be ended with it.
2. All are started from the main thread, for the kernel ends a child with the *thread* that started it.
3. What ends by itself is started again, each time after a longer pause, shorter once it has lived well.
4. Nobody waits here for what was started to answer: the others are looked after meanwhile.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Say = Callable[[str], None]

_LAUNCH = Path(__file__).with_name("launch.py")
_GUARD = Path(__file__).with_name("guard.py")
_POLL_S = 0.05
_LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """How long to wait before a start: doubled each time from `first_s` to `most_s`, forgotten after `settled_s`."""

    first_s: float = 0.5
    most_s: float = 30.0
    settled_s: float = 60.0

    def after(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return min(self.first_s * (1 << min(failures - 1, 30)), self.most_s)


@dataclass(kw_only=True)
class Unit:
    """One process that shall be up: its name, its log, and how it is started."""

    name: str
    log: Path
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    due_at: float = 0.0

    @property
    def has_ended(self) -> bool:
        """Tell whether it is not there (any more)."""
        return self.process is None or self.process.poll() is not None


class Guard:
    """A process that outlives a kill of this one, and then ends what is watched."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_GUARD)], stdin=subprocess.PIPE, start_new_session=True
        )

    def watch(self, pid: int) -> None:
        """End this session if need be."""
        self._tell(f"watch {pid}")

    def forget(self, pid: int) -> None:
        """This session has ended."""
        self._tell(f"forget {pid}")

    def dismiss(self) -> None:
        """Let the guard go; it ends what is still watched."""
        with contextlib.suppress(OSError):
            self._process.communicate()

    def _tell(self, words: str) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it was killed itself; what it guards goes on
                self._process.stdin.write(f"{words}\n".encode())
                self._process.stdin.flush()


@dataclass(kw_only=True)
class Supervisor:
    """Looks after units until told to end them."""

    say: Say
    guard: Guard
    pauses: Pauses = field(default_factory=Pauses)
    clock: Callable[[], float] = time.monotonic
    units: list[Unit] = field(default_factory=list)

    def add(self, unit: Unit) -> None:
        """Start a unit and look after it from now on."""
        self.take(unit, unit.start())

    def take(self, unit: Unit, process: subprocess.Popen[bytes]) -> None:
        """Look after a unit whose process was started already."""
        self._watch(unit, process)
        self.units.append(unit)

    def dead(self) -> Unit | None:
        """Return a unit that has ended, if there is one."""
        return next((unit for unit in self.units if unit.has_ended), None)

    def tend(self) -> None:
        """Notice what has ended, and start again what is due."""
        now = self.clock()
        for unit in self.units:
            if unit.process is not None and unit.process.poll() is not None:
                self._note_end(unit, unit.process, now)
            if unit.process is None and now >= unit.due_at:
                self._begin_again(unit, now)

    async def end(self, *, grace_s: float, hurry: asyncio.Event) -> None:
        """End all units at once with SIGTERM, by force after `grace_s` or on `hurry`, and all that they started."""
        for unit in self.units:
            if unit.process is not None:
                unit.process.terminate()
        deadline = self.clock() + grace_s
        while not all(unit.has_ended for unit in self.units) and self.clock() < deadline and not hurry.is_set():
            await wait(hurry, _POLL_S)
        for unit in self.units:
            if not unit.has_ended:
                self.say(f"{unit.name} did not end in time and was killed")
            self._bury(unit)

    def _watch(self, unit: Unit, process: subprocess.Popen[bytes]) -> None:
        unit.process, unit.started_at = process, self.clock()
        self.guard.watch(process.pid)

    def _note_end(self, unit: Unit, process: subprocess.Popen[bytes], now: float) -> None:
        self._bury(unit)
        unit.failures = 1 if now - unit.started_at >= self.pauses.settled_s else unit.failures + 1
        self._plan(unit, now, f"{unit.name} {_how_it_ended(process.returncode)}")

    def _bury(self, unit: Unit) -> None:
        """Kill what is left of a unit and of the processes that it started."""
        if unit.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(unit.process.pid, signal.SIGKILL)
        unit.process.wait()
        self.guard.forget(unit.process.pid)
        unit.process = None

    def _begin_again(self, unit: Unit, now: float) -> None:
        try:
            self._watch(unit, unit.start())
        except OSError as exc:
            unit.failures += 1
            self._plan(unit, now, f"{unit.name} could not be started ({exc})")

    def _plan(self, unit: Unit, now: float, what: str) -> None:
        pause_s = self.pauses.after(unit.failures)
        unit.due_at = now + pause_s
        self.say(f"{what}; starting it again in {pause_s:g} s (log: {unit.log})")


async def wait(event: asyncio.Event, timeout_s: float) -> None:
    """Wait for an event, but not for long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()


def launch(command: Sequence[str], *, log: Path, environ: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Run a program in a session of its own, in `folder`, with its output in `log`; it ends with this process."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", str(_LAUNCH), str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
        )


def _how_it_ended(code: int) -> str:
    """Say how a process ended."""
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
