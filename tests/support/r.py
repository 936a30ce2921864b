"""Real R as a judge, where it is installed."""

import shutil
import subprocess
from collections.abc import Sequence

import pytest

needs_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="there is no Rscript on PATH")


def r_lines(program: str, lines: Sequence[str]) -> list[str]:
    """Run a program that reads `x <- readLines("stdin")` and writes one line for each."""
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", f'x <- readLines(file("stdin")); {program}'],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()
