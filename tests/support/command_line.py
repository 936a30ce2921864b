"""`./tain` as somebody with a home of their own types it, in processes of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.real_data import ROOT

_TIMEOUT_S = 60


class CommandLine:
    """Knows the server and nothing else: no token, and no data folder of `./tain up`."""

    def __init__(self, url: str, home: Path) -> None:
        own = {"TAIN_URL": url, "TAIN_DATA": str(home / "none"), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT)}
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")} | own
        self._home = home

    def does(self, *arguments: str | Path, stdin: str = "") -> str:
        """Type a command that must succeed, and return what it said.

        Raises:
            AssertionError: when it does not.
        """
        done = self._run(arguments, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"{arguments[:2]} ended {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def fails(self, *arguments: str | Path, stdin: str = "") -> str:
        """Type a command that must fail with one plain line, and return that line.

        Raises:
            AssertionError: when it does not.
        """
        done = self._run(arguments, stdin=stdin)
        if done.returncode != 1 or done.stdout or done.stderr.count("\n") != 1:
            raise AssertionError(f"{arguments[:2]} ended {done.returncode}: {done.stdout}{done.stderr}")
        return done.stderr.strip()

    def _run(self, arguments: tuple[str | Path, ...], *, stdin: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "libs.client", *map(str, arguments)],
            cwd=self._home,
            env=self._environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
