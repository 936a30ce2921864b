"""`./tain cve` as a user types it, against the REST API over memory, with a scheduler that reads at once."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from libs.client.client import Client
from libs.client.commands.cve import COMMAND, VERBS
from libs.client.cves.cve_client import CveClient
from libs.client.errors import ClientError, CommandFailed
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import AdvisoriesUpdate
from services.api.ports import Ports
from services.scheduler.update_advisories import UpdatePorts, update_advisories
from tests.support.osv import MEDIUM, all_zip, an_osv
from tests.unit.api.harness import TOKEN, Web

Types = Callable[..., str]
URL = "http://testserver.local"
DJANGO = an_osv("GHSA-1", vector=MEDIUM, published="2026-04-01T10:00:00Z")
FLASK = an_osv("GHSA-2", "flask", aliases=["CVE-2026-2000"], details="Much.\n" * 100)


class ReadingBus(MemoryBus):
    """A bus with a scheduler on it that reads advisories while they are said."""

    def __init__(self, ports: Ports) -> None:
        super().__init__()
        self._ports = UpdatePorts(keeping=ports.keeping, reports=ports.reports, upstream=MemoryUpstream(), source=None)

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:
        """Remember the message, and do what it asks for."""
        await super().say(message, event_id=event_id, at=at)
        if isinstance(message, AdvisoriesUpdate):
            await update_advisories(message, ports=self._ports)


@pytest.fixture
def types(capsys: pytest.CaptureFixture[str]) -> Iterator[Types]:
    """Return a way to type `./tain cve …` and to read what it says."""
    web = Web()
    web.ports.bus = ReadingBus(web.ports)
    with TestClient(web.app, base_url=URL) as running:
        client = CveClient(Client(URL, token=TOKEN, transport=running._transport))

        def type_(*arguments: str | Path) -> str:
            parser = ArgumentParser(prog="cve", allow_abbrev=False)
            COMMAND.add_options(parser)
            parsed = parser.parse_args([*map(str, arguments)])
            verb = VERBS[parsed.verb]
            assert verb.run(msgspec.convert(vars(parsed), verb.options), client) == 0
            return capsys.readouterr().out

        yield type_


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive with two CVEs of Python and one of npm."""
    path = tmp_path / "all.zip"
    path.write_bytes(all_zip(DJANGO, FLASK, an_osv("GHSA-9", ecosystem="npm")))
    return path


def test_an_archive_is_imported(types: Types, archive: Path) -> None:
    """The line says what became of its records."""
    with capture_logs():
        said = types("import", archive)
        again = types("import", archive, "--json")

    assert said == (
        f"{archive}: 2 records read, 1 of other ecosystems passed over; 2 CVEs new, 0 changed, 0 gone; 2 in all\n"
    )
    assert json.loads(again)["added"] == 0


def test_a_file_that_is_no_archive_is_told_in_one_line(types: Types, tmp_path: Path) -> None:
    """With its name and the reason."""
    path = tmp_path / "page.html"
    path.write_bytes(b"<html>")

    with pytest.raises(CommandFailed, match=r"page\.html: this is no zip file"):
        types("import", path)


@pytest.mark.parametrize("verb", ["import", "names"])
def test_a_file_that_is_not_there_is_told_in_one_line(types: Types, tmp_path: Path, verb: str) -> None:
    """With its name."""
    with pytest.raises(CommandFailed, match=r"none\.zip can't be read: No such file"):
        types(verb, tmp_path / "none.zip")


def test_cves_are_listed(types: Types, archive: Path) -> None:
    """Those that are looked for; a long description is cut."""
    assert "./tain cve import FILE" in types("list")
    types("import", archive)
    lines = types("list").splitlines()

    assert [line.split()[:3] for line in lines] == [
        ["CVE", "Score", "Status"],
        ["CVE-2026-2000", "9.8", "Reported"],
        ["CVE-2026-1000", "6.1", "Reported"],
        ["1", "to", "2"],
    ]
    assert lines[1].endswith("…")
    assert "CVE-2026-1000" not in types("list", "flask", "--min-score", "7")
    assert json.loads(types("list", "--status", "Active", "--json"))["total_count"] == 0


def test_a_cve_is_shown_in_plain_words(types: Types, archive: Path) -> None:
    """And its status is changed."""
    types("import", archive)
    assert types("show", "GHSA-1").splitlines() == [
        "CVE-2026-1000  6.1 MEDIUM",
        "  Trouble in django",
        "  also GHSA-1",
        "  published 2026-04-01",
        "",
        "Affected",
        "  django (python) all versions, before 2.0",
        "",
        "Status",
        "  Reported: nobody has reviewed it here",
        "",
        "References",
        "  https://advisories.example/GHSA-1",
    ]
    said = types("set-status", "GHSA-1", "Cleared", "django", "--file", "django-1*", "--note", "not used")
    assert "  Cleared in django (conda) django-1* (by admin, 2026-05-17): not used" in said.splitlines()
    assert json.loads(types("show", "CVE-2026-1000", "--json"))["curated"]
    types("unset-status", "GHSA-1", "django", "--file", "django-1*")
    assert not json.loads(types("show", "CVE-2026-1000", "--json"))["curated"]


def test_what_is_not_there_is_told(types: Types) -> None:
    """In the server's words."""
    with pytest.raises(ClientError, match="nothing is known of CVE-2000-1"):
        types("show", "CVE-2000-1")
    with pytest.raises(ClientError, match="nobody set a status of CVE-2000-1 for x"):
        types("unset-status", "CVE-2000-1", "x")
    with pytest.raises(CommandFailed, match="the source: no source of advisories is configured"):
        types("update")


def test_files_are_listed(types: Types, archive: Path) -> None:
    """None without channels."""
    types("import", archive)

    assert types("files", "CVE-2026-1000") == "CVE-2026-1000 affects no file that clients read now.\n"
    assert json.loads(types("files", "CVE-2026-1000", "--json")) == {"total_count": 0, "items": []}


def test_a_map_of_names_is_sent(types: Types, tmp_path: Path) -> None:
    """And counted."""
    path = tmp_path / "names.yaml"
    path.write_text("pytorch: torch\ncurl: none\n")

    assert types("names", path) == "2 names of conda packages: 1 with another in Python, 1 without one.\n"


@pytest.mark.parametrize(
    "arguments", [("set-status", "CVE-1", "Bad", "x"), ("list", "--ecosystem", "npm"), (), ("import",)]
)
def test_wrong_usage_ends_with_code_2(types: Types, arguments: tuple[Any, ...]) -> None:
    """Before anything is asked."""
    with pytest.raises(SystemExit) as ended:
        types(*arguments)

    assert ended.value.code == 2
