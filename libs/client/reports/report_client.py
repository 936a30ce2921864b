"""The REST API's reports in Python, over a `Client`."""

import time
from urllib.parse import quote, urlencode

import msgspec

from libs.client.client import Client, read_answer
from libs.client.errors import ClientError, CommandFailed
from libs.client.reports.wire import DependencyWish, DownloadsWish, Report, ReportPage, ReportPromised

_NOT_FOUND = 404
_POLL_S = 0.25


class ReportClient:
    """Reports of one server; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask_dependencies(self, wish: DependencyWish) -> str:
        """Ask for a dependency report; returns its id."""
        answer = self._client.request("POST", "/reports/dependencies", content=msgspec.json.encode(wish))
        return read_answer(answer, ReportPromised).report_id

    def wait(self, report_id: str, *, within_s: float) -> Report:
        """Wait until a report is made, and return what is known of it.

        Raises:
            CommandFailed: when it could not be made, or takes too long.
        """
        waited_s = 0.0
        while (report := self._find(report_id)) is None:
            if waited_s > within_s:
                raise CommandFailed(
                    f"no report after {within_s:g} s; it is still being made: ./tain report show {report_id}"
                )
            time.sleep(_POLL_S)
            waited_s += _POLL_S
        if report.error is not None:
            raise CommandFailed(report.error)
        return report

    def list(self, *, kind: str | None, channel: str | None, limit: int) -> tuple[Report, ...]:
        """Return the newest reports."""
        wish = {name: value for name, value in (("kind", kind), ("channel", channel), ("limit", limit)) if value}
        return read_answer(self._client.request("GET", f"/reports?{urlencode(wish)}"), ReportPage).items

    def show(self, report_id: str) -> Report:
        """Return what is known of a report."""
        return read_answer(self._client.request("GET", _path(report_id)), Report)

    def download(self, report_id: str, *, form: str) -> bytes:
        """Return a report as a file."""
        return self._client.request("GET", f"{_path(report_id)}/download?format={quote(form, safe='')}")

    def downloads(self, wish: DownloadsWish) -> bytes:
        """Return who downloaded what, as JSON or CSV."""
        return self._client.request("POST", "/reports/artifact_downloads", content=msgspec.json.encode(wish))

    def _find(self, report_id: str) -> Report | None:
        try:
            return self.show(report_id)
        except ClientError as exc:
            if exc.status == _NOT_FOUND:
                return None
            raise


def _path(report_id: str) -> str:
    return f"/reports/{quote(report_id, safe='')}"
