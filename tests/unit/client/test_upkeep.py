"""Asking for sweeps and verifications, and waiting for their reports."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from libs.client.client import Client
from libs.client.commands.verify import show_verification
from libs.client.errors import ClientError, CommandFailed
from libs.client.wait_for_report import wait_for_report
from libs.client.wire_upkeep import Amount, GarbageReport, Verification

REPORT = {"is_dry_run": True, "older_than": "2026-05-17T12:00:00Z", "found": {"blobs": {"count": 2, "size_bytes": 30}}}


class Upkeep:
    """The part of the REST API that is asked; a report is there at the last of `looks`."""

    def __init__(self, *, report: dict[str, Any], looks: int, status: int = 404) -> None:
        self.wishes: list[tuple[str, Any]] = []
        self._report = report
        self._looks = looks
        self._status = status

    def client(self) -> Client:
        """Return a client of it."""
        return Client("http://tain.example", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.method == "POST":
            self.wishes.append((request.url.path, msgspec.json.decode(request.content)))
            return httpx.Response(202, json={"report_id": "r/1"})
        assert request.url.raw_path == b"/api/system/reports/r%2F1"
        self._looks -= 1
        return httpx.Response(200, json=self._report) if self._looks == 0 else httpx.Response(self._status)


@pytest.mark.parametrize(
    ("ask", "wish"),
    [
        (
            lambda client: client.ask_sweep(is_dry_run=False, grace_s=60.0),
            ("/api/system/garbage", {"dry_run": False, "grace_s": 60.0}),
        ),
        (
            lambda client: client.ask_verify("main", is_deep=True, is_repair=False),
            ("/api/system/verify", {"channel": "main", "deep": True, "repair": False}),
        ),
    ],
    ids=["sweep", "verify"],
)
def test_a_wish_says_what_is_wanted(ask: Callable[[Client], str], wish: tuple[str, object]) -> None:
    """And gives the id of the report that will come."""
    server = Upkeep(report={}, looks=1)

    assert ask(server.client()) == "r/1"
    assert server.wishes == [wish]


def test_a_report_is_waited_for() -> None:
    """It is not there at once."""
    report = wait_for_report(Upkeep(report=REPORT, looks=2).client(), "r/1", GarbageReport, within_s=5)

    assert report.found == {"blobs": Amount(count=2, size_bytes=30)}


def test_who_waited_long_enough_is_told_where_the_report_will_be() -> None:
    """The work goes on."""
    with pytest.raises(CommandFailed, match="reports/r/1"):
        wait_for_report(Upkeep(report={}, looks=9).client(), "r/1", Verification, within_s=0)


def test_another_failure_is_not_taken_for_a_report_that_is_being_made() -> None:
    """A server that refuses would be asked for ever."""
    with pytest.raises(ClientError):
        Upkeep(report={}, looks=9, status=403).client().report("r/1", Verification)


def test_what_was_compared_reads_as_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """One of a kind, many, and the contents of revisions, which have no singular."""
    show_verification(Verification(checked={"revision": 1, "contents": 7, "index_file": 2}, fault_count=0, faults=()))

    assert capsys.readouterr().out == "compared: 1 revision, 7 contents, 2 index files\nall is there\n"
