"""What a benchmark measures: rows of figures, each taken in a process of its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

_STATUS = Path("/proc/self/status")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: who did what, how much of it, how long it took, at what peak of memory."""

    benchmark: str
    who: str
    step: str
    seconds: float
    items: int = 0
    unit: str = ""
    size_bytes: int = 0
    peak_bytes: int = 0
    note: str = ""

    @property
    def items_per_s(self) -> float:
        """The rate."""
        return self.items / self.seconds if self.seconds else 0.0


class Stopwatch:
    """Times one step after the other and makes a row of each."""

    def __init__(self, benchmark: str, *, who: str) -> None:
        self._benchmark = benchmark
        self._who = who
        self.rows: list[Row] = []

    @contextmanager
    def step(self, name: str, *, items: int = 0, unit: str = "", size_bytes: int = 0, note: str = "") -> Iterator[None]:
        """Time the block."""
        began = time.perf_counter()
        yield
        self.rows.append(
            Row(
                benchmark=self._benchmark,
                who=self._who,
                step=name,
                seconds=time.perf_counter() - began,
                items=items,
                unit=unit,
                size_bytes=size_bytes,
                note=note,
                peak_bytes=peak_bytes(),
            )
        )

    def print(self) -> None:
        """Hand the rows to the parent process."""
        sys.stdout.write(msgspec.json.encode(self.rows).decode())
        sys.stdout.flush()


def peak_bytes() -> int:
    """Return this process's peak memory.

    From the kernel's own mark where there is one: `ru_maxrss` also counts what the parent
    held when it forked.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def rows_of(module: str, *arguments: str) -> list[Row]:
    """Run `python -m tests.benchmarks.MODULE ARGUMENTS` and return the rows that it prints.

    Raises:
        RuntimeError: when it fails, with what it said.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr.decode(errors='replace')[-4000:]}")
    return msgspec.json.decode(done.stdout, type=list[Row])


def as_json(rows: list[Row]) -> str:
    """Write rows for a machine."""
    return json.dumps([msgspec.to_builtins(row) | {"items_per_s": round(row.items_per_s, 1)} for row in rows], indent=2)
