"""Running the developers' tools of `.venv`, in the project's folder."""

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.client.errors import CommandFailed

ROOT = Path(__file__).resolve().parents[2]


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs `python -m NAME ARGUMENT…`.

    Raises:
        CommandFailed: when it is not there.
    """
    if importlib.util.find_spec(name) is None:
        raise CommandFailed(f"{name} is not there; if it should be, ./tain makes .venv again after: rm -r .venv")
    return (sys.executable, "-P", "-m", name, *arguments)


def program(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a program which was installed next to this Python."""
    return (str(Path(sys.executable).with_name(name)), *arguments)


def run_command(command: Sequence[str]) -> int:
    """Run it on the user's terminal and return its exit code; Ctrl-C reaches it as well, and it ends by itself."""
    with subprocess.Popen(command, cwd=ROOT) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
