"""Real R as a judge, where it is installed."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="there is no Rscript on PATH")

_TIMEOUT_S = 60


def r_lines(program: str, lines: Sequence[str]) -> list[str]:
    """Run a program that reads `x <- readLines("stdin")` and writes one line for each."""
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", f'x <- readLines(file("stdin")); {program}'],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=True,
    )
    return done.stdout.splitlines()


def run_r(program: str, files: Mapping[str, bytes]) -> tuple[str, Mapping[str, bytes]]:
    """Run a program in a folder of these files; return what it printed, and the folder's files after it.

    Raises:
        RuntimeError: when R fails, with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="tain-r-") as name:
        folder = Path(name)
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        call = ["Rscript", "--vanilla", "-e", program]
        done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return done.stdout, {path: place.read_bytes() for path, place in found.items()}
