"""Reports on the command line."""

import io
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from rich.console import Console

from libs.client.cli import main
from libs.client.client import Client
from libs.client.errors import ClientError, CommandFailed
from libs.client.reports import look, make
from libs.client.reports.dependency_view import dependency_view
from libs.client.reports.report_client import ReportClient
from libs.client.reports.wire import Report
from libs.common.reporting.dependency_report import Alone, DependencyReport, encode_report
from libs.common.reporting.forms import FORMS
from libs.common.solving.order import Solution, SolvedFile
from tests.unit.reporting.reports import REPORT

HEAD = Report(
    report_id="r/1",
    kind="dependencies",
    title="What app needs in main",
    channel="main",
    requested_by="ann",
    made_at="2026-05-17T12:00:00.000000+00:00",
    expires_at="2026-08-17T12:00:00.000000+00:00",
    size_bytes=1234,
    formats=tuple(FORMS),
    error=None,
)
POSSIBLE: DependencyReport = msgspec.structs.replace(REPORT, platforms=REPORT.platforms[:1])


class Reports:
    """The part of the REST API that is asked; the report is there at the last of `looks`."""

    def __init__(self, *, head: Report = HEAD, report: DependencyReport = REPORT, looks: int = 1) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self._head = head
        self._report = report
        self._looks = looks

    def client(self) -> ReportClient:
        """Return a client of it."""
        return ReportClient(Client("http://tain.example", transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.raw_path.decode().removeprefix("/api/reports")
        self.requests.append((request.method, path, msgspec.json.decode(request.content) if request.content else None))
        if request.method == "POST" and path == "/dependencies":
            return httpx.Response(202, json={"report_id": "r/1"})
        if request.method == "POST":
            return httpx.Response(200, content=b"channel_name,ckey\r\n")
        if path.startswith("/r%2F1/download"):
            return httpx.Response(200, content=FORMS[request.url.params["format"]].write(self._report))
        if path == "/r%2F1":
            self._looks -= 1
            return httpx.Response(404) if self._looks else httpx.Response(200, content=msgspec.json.encode(self._head))
        return httpx.Response(200, content=msgspec.json.encode({"items": [self._head]}))


def dependencies(**typed: object) -> make.DependencyOptions:
    """Return what was typed."""
    options = make.DependencyOptions(
        channel="main",
        spec=("app",),
        mirror=None,
        policy=None,
        platform=None,
        python=None,
        ecosystem=None,
        format=None,
        output=None,
        check=False,
    )
    return msgspec.structs.replace(options, **typed)


def shown(report: DependencyReport) -> str:
    """Return a report as people see it."""
    console = Console(file=io.StringIO(), width=200)
    console.print(dependency_view(report))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_dependency_report_is_asked_for_waited_for_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """In a table, with where to find it again."""
    server = Reports(looks=2)

    code = make.report_dependencies(dependencies(platform="linux-64, win-64", policy="strict"), server.client())

    assert code == 0
    wish = {"channel": "main", "specs": ["app"], "policy": "strict", "platforms": ["linux-64", "win-64"]}
    assert server.requests[0] == ("POST", "/dependencies", wish)
    out = capsys.readouterr().out
    assert "linux-64: main alone can create it" in out
    assert "win-64: main alone can't create it" in out
    assert "r/1" in out


def test_a_report_says_for_each_package_whether_it_is_there_and_why_not() -> None:
    """One line a package, of the version that the solver took or the newest."""
    text = shown(REPORT)

    app, lib = (next(line for line in text.splitlines() if line.startswith(name)) for name in ("app", "lib"))
    assert "app (asked for)" in app
    assert "CVE-2024-1" in app
    assert "2.0 and 1 more" in lib
    assert "license GPL-3.0-only is not among MIT (rule licenses)" in lib
    assert "No source has gone, needed by app 1.0." in text
    assert "nothing in the channel matches app" in text


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ((1_500,), "1 package, 1.5 kB"),
        ((1_500, 500), "2 packages, 2.0 kB"),
        ((None,), "1 package"),
        ((None, 5), "2 packages"),
    ],
)
def test_an_environment_has_a_size_where_all_of_it_is_known(sizes: tuple[int | None, ...], told: str) -> None:
    """Indexes of R packages tell none."""
    (platform,) = POSSIBLE.platforms
    files = tuple(
        SolvedFile(ckey="cran/x", name="x", version="1", build="", size_bytes=size_bytes) for size_bytes in sizes
    )
    environment = msgspec.structs.replace(platform.environment, files=files)
    report = msgspec.structs.replace(POSSIBLE, platforms=(msgspec.structs.replace(platform, environment=environment),))

    assert shown(report).splitlines()[0].strip() == f"linux-64: main alone can create it: {told}"


def test_what_does_not_go_together_is_shown_one_by_one() -> None:
    """And what could not be found out is not called impossible."""
    (linux,) = POSSIBLE.platforms
    no, yes = (Solution(platform="linux-64", is_possible=it) for it in (False, True))
    unknown = msgspec.structs.replace(no, is_unknown=True)
    alone = (Alone(spec="app", environment=yes), Alone(spec="old", environment=no))
    platform = msgspec.structs.replace(linux, environment=unknown, alone=alone)

    text = shown(msgspec.structs.replace(POSSIBLE, platforms=(platform,)))

    assert "could not be found out" in text
    assert "app alone: yes" in text
    assert "old alone: no" in text


@pytest.mark.parametrize(("report", "code"), [(REPORT, 1), (POSSIBLE, 0)], ids=["impossible", "possible"])
def test_a_check_fails_where_an_environment_is_impossible(report: DependencyReport, code: int, tmp_path: Path) -> None:
    """For those who build by it; the report is written all the same."""
    output = tmp_path / "report.json"

    assert (
        make.report_dependencies(dependencies(check=True, output=str(output)), Reports(report=report).client()) == code
    )
    assert output.read_bytes() == encode_report(report)


def test_a_report_is_written_in_any_form(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """To a file, or to standard output for the next program."""
    make.report_dependencies(dependencies(format="csv"), Reports().client())

    assert capfdbinary.readouterr().out == FORMS["csv"].write(REPORT)


def test_a_report_that_could_not_be_made_says_why() -> None:
    """In one line; and one that takes too long can be looked at later."""
    failed = msgspec.structs.replace(HEAD, error="no package is named")

    with pytest.raises(CommandFailed, match="no package is named"):
        make.report_dependencies(dependencies(), Reports(head=failed).client())
    with pytest.raises(CommandFailed, match="tain report show r/1"):
        Reports(looks=9).client().wait("r/1", within_s=-1)


def test_a_refusal_is_not_taken_for_a_report_that_is_being_made() -> None:
    """It would be asked for ever."""
    transport = httpx.MockTransport(lambda _: httpx.Response(403))

    with pytest.raises(ClientError):
        ReportClient(Client("http://tain.example", transport=transport)).wait("r", within_s=9)


def test_downloads_are_asked_for_as_they_were_typed(tmp_path: Path) -> None:
    """Lists are separated by commas."""
    server = Reports()
    output = tmp_path / "downloads.csv"
    typed = make.DownloadOptions(
        since="2026-01-01", until="2026-12-31", user="ann,bob", channel=None, format="csv", output=str(output)
    )

    assert make.report_downloads(typed, server.client()) == 0

    wish = {
        "from_date": "2026-01-01",
        "to_date": "2026-12-31",
        "download_as": "csv",
        "user_names": ["ann", "bob"],
        "channel_names": [],
    }
    assert server.requests == [("POST", "/artifact_downloads", wish)]
    assert output.read_bytes() == b"channel_name,ckey\r\n"


def test_kept_reports_are_listed_shown_and_downloaded(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As tables for people, as JSON for programs, as files."""
    server = Reports()
    output = tmp_path / "report.spdx.json"

    look.list_reports(look.ListOptions(kind="dependencies", channel="main", limit=5, json=False), server.client())
    listed = capsys.readouterr().out
    look.list_reports(look.ListOptions(kind=None, channel=None, limit=5, json=True), server.client())
    as_json = capsys.readouterr().out
    look.show_report(look.ShowOptions(report="r/1", json=False), Reports().client())
    view = capsys.readouterr().out
    look.show_report(look.ShowOptions(report="r/1", json=True), Reports().client())
    shown_json = capsys.readouterr().out
    look.download_report(look.DownloadOptions(report="r/1", format="spdx", output=str(output)), server.client())

    assert server.requests[0][1] == "?kind=dependencies&channel=main&limit=5"
    assert "2026-05-17 12:00:00" in listed
    assert msgspec.json.decode(as_json, type=list[Report]) == [HEAD]
    assert "linux-64: main alone can create it" in view
    assert msgspec.json.decode(shown_json, type=Report) == HEAD
    assert output.read_bytes() == FORMS["spdx"].write(REPORT)


def test_a_report_that_is_still_solved_is_listed_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not whole yet."""
    solving = msgspec.structs.replace(HEAD, kind="policy_preview", state="solving")

    look.show_report(look.ShowOptions(report="r/1", json=False), Reports(head=solving).client())

    assert "What app needs in main (still solving)" in " ".join(capsys.readouterr().out.split())


def test_no_report_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Not an empty table; one that failed shows why."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": []}))
    client = ReportClient(Client("http://tain.example", transport=transport))
    failed = msgspec.structs.replace(HEAD, error="no such channel")

    look.list_reports(look.ListOptions(kind=None, channel=None, limit=5, json=False), client)
    look.show_report(look.ShowOptions(report="r/1", json=False), Reports(head=failed).client())

    out = capsys.readouterr().out
    assert "No report is kept." in out
    assert "no such channel" in out


@pytest.mark.parametrize("verb", ["dependencies", "downloads", "list", "show", "download"])
def test_each_command_teaches_by_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` is where people look first."""
    with pytest.raises(SystemExit):
        main(["report", verb, "--help"])

    assert f"./tain report {verb}" in capsys.readouterr().out
