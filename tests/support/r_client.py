"""R as a package client: with a library of its own, and without this machine's own repositories."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

_TIMEOUT_S = 100
_OPTIONS = """
options(repos = c(Tain = {repository}), timeout = 60, warn = 1, menu.graphics = FALSE, download.file.method = "libcurl")
.libPaths(c(Sys.getenv("R_LIBS"), .Library))
"""
_INSTALL = """
install.packages(c({names}), lib = Sys.getenv("R_LIBS"), type = "source", quiet = TRUE,
                 INSTALL_opts = c("--no-docs", "--no-test-load", "--no-byte-compile"))
"""
_INSTALLED = """
rows <- installed.packages(lib.loc = Sys.getenv("R_LIBS"), noCache = TRUE)
cat(sprintf("installed %s %s\\n", rows[, "Package"], rows[, "Version"]), sep = "")
"""


class RFailed(Exception):
    """R could not do it; the message is its own."""


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A library that R installed into, and what it said."""

    folder: Path
    output: str

    def versions(self) -> dict[str, str]:
        """Return the version of every package in it, as R reads them."""
        rows = (line.split() for line in self.output.splitlines() if line.startswith("installed "))
        return {name: version for _, name, version in rows}


def run_r(program: str, *, repository: str, library: Path | None = None) -> str:
    """Run a program in an R that knows this repository alone; return all that it printed.

    Raises:
        RFailed: with R's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-r-") as folder:
        own = library or Path(folder)
        # A profile of its own keeps the machine's away; TMPDIR keeps what R caches of repositories away.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("R_", "TAIN_"))}
        settings = {"R_LIBS": str(own), "R_PROFILE": os.devnull, "R_PROFILE_USER": os.devnull, "TMPDIR": folder}
        script = Path(folder) / "program.R"
        script.write_text(_OPTIONS.format(repository=quoted(repository)) + program, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "--no-environ", "--no-site-file", "--no-init-file", str(script)],
            cwd=folder,
            env={**kept, "no_proxy": "*", "NO_PROXY": "*", **settings},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    said = done.stdout + done.stderr
    if done.returncode:
        raise RFailed(said)
    return said


@contextmanager
def r_install(*names: str, repository: str, program: str | None = None) -> Iterator[Library]:
    """Install packages from source into a new library, or run another program that does; it goes at the end.

    Raises:
        RFailed: with R's own words.
    """
    wish = program if program is not None else _INSTALL.format(names=", ".join(map(quoted, names)))
    with tempfile.TemporaryDirectory(prefix="tain-library-") as folder:
        yield Library(folder=Path(folder), output=run_r(wish + _INSTALLED, repository=repository, library=Path(folder)))


def available(repository: str, *, contrib: str | None = None, filters: Sequence[str] | None = None) -> dict[str, str]:
    """Return what `available.packages` shows: package -> version.

    Raises:
        RFailed: with R's own words.
    """
    where = f"contriburl = {quoted(contrib)}" if contrib is not None else 'type = "source"'
    chosen = "" if filters is None else f", filters = list({', '.join(map(quoted, filters))})"
    said = run_r(
        f"rows <- available.packages({where}{chosen})\n"
        'cat(sprintf("listed %s %s\\n", rows[, "Package"], rows[, "Version"]), sep = "")',
        repository=repository,
    )
    rows = (line.split() for line in said.splitlines() if line.startswith("listed "))
    return {name: version for _, name, version in rows}


def quoted(text: str) -> str:
    """Write a string as R reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
