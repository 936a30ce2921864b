"""`./tain why` and `./tain policy preview` as a user types them, against the REST API over memory."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from libs.client.client import Client
from libs.client.commands import why
from libs.client.commands.policy import COMMAND, VERBS
from libs.client.errors import ClientError, UsageFailed
from libs.client.policies.policy_client import PolicyClient
from libs.client.policies.wire_preview import Amount, Preview, Uninstallable
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Action, Rule, Where
from services.reporter.make_report import make_report
from tests.support.packages import a_package
from tests.support.records import a_policy
from tests.support.world import World
from tests.unit.api.harness import TOKEN, Web
from tests.unit.reporter.report_world import report_ports

Types = Callable[..., str]
URL = "http://testserver.local"
FREE = a_package("alpha", "1.0", license_name="MIT")
NEWER = a_package("alpha", "2.0", license_name="GPL-3.0-only")
COPYLEFT = a_package("lib", "1.0", license_name="GPL-3.0-only")
APP = a_package("app", "1.0", depends=["lib"])
POLICY = """\
name: production
rules:
  - {id: no-alpha, action: exclude, where: {name: [alpha]}}
"""


class ReportingBus(MemoryBus):
    """A bus with a reporter on it, that makes every report at once."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message, and make the report that it asks for."""
        await super().say(message, event_id=event_id, at=at)
        if not isinstance(message, ReportRequested):
            return
        # What a service logs is not what the command says.
        with capture_logs():
            await make_report(message, ports=report_ports(self._world.records, blobs=self._world.blobs, bus=self))


async def _a_world() -> World:
    world = World((FREE, NEWER, COPYLEFT, APP), filters=Filters(subdirs=("noarch",)))
    execution = await world.begin()
    await world.put_policy(Rule(id="no-two", action=Action.EXCLUDE, where=Where(spec=("alpha 2.0",))))
    await execution.execute()
    await world.publish()
    await world.records.policies.add(a_policy("strict"))
    return world


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient[Litestar]]:
    """Return a server with a channel `main` whose mirror ran, under a policy."""
    web = Web()
    with TestClient(web.app, base_url=URL) as running, running.portal() as portal:
        world = portal.call(_a_world)
        web.stand_on(world, bus=ReportingBus(world))
        yield running


@pytest.fixture
def client(server: TestClient[Litestar]) -> Client:
    """Return a client of it."""
    return Client(URL, token=TOKEN, transport=server._transport)


@pytest.fixture
def previews(client: Client, capsys: pytest.CaptureFixture[str]) -> Types:
    """Return a way to type `./tain policy preview …` and to read what it says."""

    def type_(*arguments: str | Path) -> str:
        parser = ArgumentParser(prog="policy", allow_abbrev=False)
        COMMAND.add_options(parser)
        parsed = parser.parse_args(["preview", *map(str, arguments)])
        assert VERBS["preview"].run(msgspec.convert(vars(parsed), VERBS["preview"].options), PolicyClient(client)) == 0
        return capsys.readouterr().out

    return type_


def test_a_preview_is_read_in_lines(previews: Types) -> None:
    """What would go, by which rule, and what could not be installed any more."""
    lines = previews("strict", "main").splitlines()

    assert lines[:4] == [
        "What policy strict would change in main",
        "mirror forge of main: 3 files now, 2 files then",
        "  + 0 files (0 B), 0 packages that were not there",
        f"  - 1 file ({_size(len(COPYLEFT.data))}), 1 package as a whole",
    ]
    assert "  rule no-gpl of strict leaves out 2 files (now 0)" in lines
    assert lines[-2:] == [
        "could not be installed any more:",
        "  app on noarch in main: needs lib, which rule no-gpl leaves out",
    ]


def _size(size_bytes: int) -> str:
    return f"{size_bytes} B" if size_bytes < 1000 else f"{size_bytes / 1000:.1f} kB"


SOLVING = Preview(
    report_id="r",
    title="What policy strict would change in main",
    gained=Amount(files=0, size_bytes=0),
    lost=Amount(files=1, size_bytes=7),
    mirrors=(),
    solving=True,
    uninstallable=None,
)
LOST_APP = Uninstallable(name="app", channel="main", platform="noarch", goes="lib")


class Solving:
    """A server that has the difference at once, and what is wanted of the whole when it is waited for."""

    def __init__(self, *uninstallable: Uninstallable, shown: Callable[[], str] = str) -> None:
        self.shown_meanwhile = ""
        self._whole = msgspec.structs.replace(SOLVING, solving=False, uninstallable=uninstallable)
        self._shown = shown

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.params.get("wait") == "solved":
            self.shown_meanwhile = self._shown()
            return httpx.Response(200, content=msgspec.json.encode(self._whole))
        return httpx.Response(200, content=msgspec.json.encode(SOLVING))

    def preview(self, *arguments: str) -> int:
        """Type `./tain policy preview …` at it."""
        parser = ArgumentParser(prog="policy", allow_abbrev=False)
        COMMAND.add_options(parser)
        typed = msgspec.convert(vars(parser.parse_args(["preview", *arguments])), VERBS["preview"].options)
        client = Client(URL, token=TOKEN, transport=httpx.MockTransport(self.answer))
        return VERBS["preview"].run(typed, PolicyClient(client))


@pytest.mark.parametrize(
    ("found", "then"),
    [
        ((LOST_APP,), ["could not be installed any more:", "  app on noarch in main: needs lib"]),
        ((), ["  none was found"]),
    ],
    ids=["one", "none"],
)
def test_the_difference_is_shown_before_it_is_solved(
    capsys: pytest.CaptureFixture[str], found: tuple[Uninstallable, ...], then: list[str]
) -> None:
    """With a line that says what is still looked for."""
    server = Solving(*found, shown=lambda: capsys.readouterr().out)

    assert server.preview("strict", "main") == 0

    assert server.shown_meanwhile.splitlines() == [
        SOLVING.title,
        "looking for packages that could not be installed any more …",
    ]
    assert capsys.readouterr().out.splitlines() == then


def test_a_script_gets_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """One document, when all is known."""
    assert Solving(LOST_APP).preview("strict", "main", "--json") == 0

    whole = json.loads(capsys.readouterr().out)
    assert (whole["solving"], [one["name"] for one in whole["uninstallable"]]) == (False, ["app"])


def test_rules_are_typed_laid_over_those_of_a_policy_or_read_from_a_file(previews: Types, tmp_path: Path) -> None:
    """As `edit` would save them."""
    document = tmp_path / "production.yaml"
    document.write_text(POLICY)

    typed = json.loads(previews("--exclude", "lib", "--channel", "main", "--without-solving", "--json"))
    edited = json.loads(previews("production", "--newest", "1", "--json"))
    saved = json.loads(previews("production", "--file", document, "--json"))

    assert (typed["gained"]["files"], typed["lost"]["files"], typed["uninstallable"]) == (1, 1, [])
    assert (edited["gained"]["files"], edited["lost"]["files"]) == (0, 0)
    assert (saved["gained"]["files"], saved["lost"]["files"]) == (0, 1)
    assert saved["mirrors"][0]["files_lost"][0]["rule"] == "no-alpha"


def test_what_makes_no_sense_together_is_wrong_usage(previews: Types) -> None:
    """It is told what to write."""
    for typed in ([], ["production"], ["--channel", "main"], ["strict", "main", "--channel", "other"]):
        with pytest.raises(UsageFailed, match="write"):
            previews(*typed)
    with pytest.raises(ClientError, match="no policy 'nobody'"):
        previews("nobody", "--channel", "main")


def test_the_channel_is_typed_as_for_assign_or_as_an_option(previews: Types) -> None:
    """Or both, where they are one."""
    typed = [("strict", "main"), ("strict", "--channel", "main"), ("strict", "main", "--channel", "main")]
    shown = [json.loads(previews(*it, "--without-solving", "--json")) for it in typed]

    assert [it["lost"]["files"] for it in shown] == [1, 1, 1]


def test_why_is_answered_in_lines(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an exit code that a script can use."""
    monkeypatch.setattr(why, "connect", lambda *_: nullcontext(client))

    def type_(*arguments: str) -> tuple[int, str]:
        parser = ArgumentParser(prog="why", allow_abbrev=False)
        why.add_options(parser)
        return why.run(parser.parse_args(arguments)), capsys.readouterr().out

    code, said = type_("main", "alpha 2.0")
    assert (code, said.splitlines()[0]) == (1, "alpha 2.0 is not there: clients see none of the 1 matching files")
    assert "excluded by rule no-two of policy production" in said
    code, said = type_("main", "app")
    assert (code, said.splitlines()[1]) == (0, "  mirror forge: its only matching file is visible to clients")
    code, said = type_("main", "alpah")
    assert (code, said.splitlines()[-1]) == (1, "    names like it: alpha")
    code, said = type_("main", "alpha", "--platform", "linux-64", "--json")
    assert json.loads(said)["mirrors"][0]["file_count"] == 2
