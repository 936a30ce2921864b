"""py-rattler as a package client: solve and install from a channel, with empty caches.

Each call is a process of its own (`solve_process.py`), for two reasons: caches are never
shared, and py-rattler's gateway can abort the interpreter when it exits.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import msgspec

_TIMEOUT_S = 100


class ClientForm(StrEnum):
    """The index form that the client is made to read."""

    SHARDS = "shards"
    ZST = "zst"
    BZ2 = "bz2"
    JSON = "json"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the client is asked to do; `prefix` empty means to solve only."""

    channels: tuple[str, ...]
    specs: tuple[str, ...]
    platforms: tuple[str, ...] = ("linux-64", "noarch")
    form: ClientForm = ClientForm.SHARDS
    virtual_packages: dict[str, str] = {}
    headers: dict[str, str] = {}
    prefix: str = ""


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """One package of the solution."""

    name: str
    version: str
    subdir: str
    filename: str
    url: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the client found, or why it gave up."""

    packages: tuple[Solved, ...] = ()
    error: str | None = None

    @property
    def filenames(self) -> frozenset[str]:
        """The files of the solution."""
        return frozenset(package.filename for package in self.packages)


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that the client made."""

    prefix: Path
    outcome: Outcome

    def has(self, path: str) -> bool:
        """Tell whether a file stands in the environment."""
        return (self.prefix / path).is_file()


class ClientFailed(Exception):
    """The client could not do it; the message is its own."""


def solve(order: Order) -> Outcome:
    """Solve without downloading any package.

    Raises:
        ClientFailed: when there is no solution, or the channel can't be read.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.solve_process"],
        input=msgspec.json.encode(order),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise ClientFailed(done.stderr.decode(errors="replace"))
    outcome = msgspec.json.decode(done.stdout, type=Outcome)
    if outcome.error is not None:
        raise ClientFailed(outcome.error)
    return outcome


@contextmanager
def install(order: Order) -> Iterator[Installed]:
    """Solve, download, verify and link into a new environment, which goes at the end.

    Raises:
        ClientFailed: when any of it does not work.
    """
    with tempfile.TemporaryDirectory(prefix="tain-env-") as folder:
        yield Installed(prefix=Path(folder), outcome=solve(msgspec.structs.replace(order, prefix=folder)))
