"""Tain over memory behind a port of this machine, and people who type commands to it."""

import io
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
import uvicorn

from libs.client.cli import main
from libs.client.errors import UsageFailed
from libs.common.adapters.memory.dead_letters import MemoryDeadLetters
from libs.common.adapters.memory.vital_signs import MemoryVitalSigns
from libs.common.domain.access.roles import ADMIN
from libs.common.runtime.clock import RandomIds, SystemClock
from services.api.access import Access
from services.api.artifacts.work_bulk_jobs import keep_working
from services.api.ports import Ports
from services.api.signing_in.jwts import Jwts
from services.api.signing_in.passwords import Passwords
from services.api.web_app import make_web_app
from tests.support.loop_thread import LoopThread
from tests.support.people import a_user
from tests.support.served import served_packages
from tests.support.uploading_world import UploadingWorld
from tests.unit.api.harness import QUICK_HASHER, SEAL

T = TypeVar("T")

ADMIN_TOKEN = "the-administrators-token-of-tests"
PASSWORD = "correct horse battery"
_LOOK_S = 0.02


class ServedTain:
    """The api with its workers of jobs, over a world in memory with a user `admin`."""

    def __init__(self, url: str, ports: Ports, loop: LoopThread) -> None:
        self.url = url
        self.ports = ports
        self._loop = loop

    def stand_on(self, world: UploadingWorld) -> None:
        """Put a world behind it."""
        vars(self.ports).update(vars(_ports(world)))
        self.run(self.ports.users.add(a_user("admin", roles=(ADMIN,), password_hash=QUICK_HASHER.hash(PASSWORD))))

    def run(self, doing: Coroutine[object, object, T]) -> T:
        """Do something where the api runs."""
        return self._loop.run(doing)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


class Shell:
    """The command line of one person, who has a home of their own."""

    def __init__(
        self, url: str, home: Path, *, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str], token: str = ""
    ) -> None:
        self.home = home
        self.environ = {
            "TAIN_URL": url,
            "TAIN_TOKEN": token,
            "TAIN_DATA": str(home / "none"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        self._patch = patch
        self._output = output

    def types(self, *arguments: str | Path, stdin: str = "") -> Said:
        """Type a command, with something to read on standard input."""
        for name, value in self.environ.items():
            self._patch.setenv(name, value)
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            code = main([*map(str, arguments)])
        except SystemExit as left:
            code = int(left.code or 0)
        said = self._output.readouterr()
        return Said(code=code, out=said.out, err=said.err)

    def does(self, *arguments: str | Path, stdin: str = "") -> str:
        """Type a command that must succeed, and return what it said.

        Raises:
            AssertionError: when it does not.
        """
        said = self.types(*arguments, stdin=stdin)
        if said.code != 0:
            raise AssertionError(f"{arguments}: {said}")
        return said.out

    def fails(self, *arguments: str | Path, stdin: str = "", code: int = 1) -> str:
        """Type a command that must fail with one plain line, and return that line.

        Raises:
            AssertionError: when it does not.
        """
        said = self.types(*arguments, stdin=stdin)
        if said.code != code or said.out or said.err.count("\n") != 1 or not said.err.startswith("tain: "):
            raise AssertionError(f"{arguments}: {said}")
        return said.err.strip()

    def misuses(self, *arguments: str | Path) -> str:
        """Type a command that makes no sense, and return the line that says so."""
        return self.fails(*arguments, code=UsageFailed.exit_code)


@contextmanager
def served_tain() -> Iterator[ServedTain]:
    """Serve a world without anything in it, and stop in order after."""
    ports = _ports(UploadingWorld())
    config = uvicorn.Config(
        make_web_app(ports), host="127.0.0.1", port=0, ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    loop = LoopThread("served tain")
    try:
        listener = config.bind_socket()
        serving = loop.start(server.serve(sockets=[listener]))
        working = loop.start(keep_working(ports, owner="worker", look_every_s=_LOOK_S))
        yield ServedTain(f"http://127.0.0.1:{listener.getsockname()[1]}", ports, loop)
        working.cancel()
        loop.call(partial(setattr, server, "should_exit", True))
        serving.result(10)
    finally:
        loop.close()


def _ports(world: UploadingWorld) -> Ports:
    clock = SystemClock()
    return Ports(
        records=world.records,
        blobs=world.blobs,
        bus=world.bus,
        seal=SEAL,
        clock=clock,
        ids=RandomIds(),
        access=Access(ADMIN_TOKEN, people=world.records, jwts=Jwts(bytes(32)), clock=clock, kept_s=0),
        passwords=Passwords(QUICK_HASHER),
        dead_letters=MemoryDeadLetters(),
        probes={},
        packages=served_packages(world.records, world.blobs, seal=SEAL, upstream=world.upstream),
        sources=world.upstream,
        signs=MemoryVitalSigns(),
        patience_s=0,
    )
