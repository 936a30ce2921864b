"""`./tain report list | show | download`: reports that are kept."""

from argparse import ArgumentParser
from collections.abc import Sequence

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.amounts import size
from libs.client.command import page_size
from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.reports.dependency_view import dependency_view
from libs.client.reports.make import FORMATS
from libs.client.reports.report_client import ReportClient
from libs.client.reports.wire import Report
from libs.client.reports.write_file import write_file
from libs.common.reporting.dependency_report import decode_report

_LIMIT = 50
_DAY = len("2026-05-17T12:00:00")


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    kind: str | None
    channel: str | None
    limit: int
    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    report: str
    json: bool


class DownloadOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `download`."""

    report: str
    format: str
    output: str | None


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    parser.add_argument("--kind", choices=("dependencies", "policy_preview"))
    parser.add_argument("--channel", metavar="CHANNEL[/SUB]")
    parser.add_argument("--limit", metavar="N", type=page_size, default=_LIMIT, help=f"how many (default {_LIMIT})")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    parser.add_argument("report", metavar="ID")
    parser.add_argument("--json", action="store_true", help="write what is known of it as one JSON document")


def add_download_options(parser: ArgumentParser) -> None:
    """Offer the options of `download`."""
    parser.add_argument("report", metavar="ID")
    parser.add_argument("--format", choices=FORMATS, default="json", help="default: json")
    parser.add_argument("--output", metavar="FILE", help="left out, standard output")


def list_reports(typed: ListOptions, client: ReportClient) -> int:
    """Show the reports that are kept."""
    reports = client.list(kind=typed.kind, channel=typed.channel, limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(reports).decode())
    elif not reports:
        print("No report is kept.")
    else:
        table_console().print(report_table(reports))
    return 0


def show_report(typed: ShowOptions, client: ReportClient) -> int:
    """Show one report: a dependency report as a whole, others in a line."""
    report = client.show(typed.report)
    if typed.json:
        print(msgspec.json.encode(report).decode())
        return 0
    table_console().print(report_table([report]))
    if report.kind == "dependencies" and report.error is None:
        table_console().print(dependency_view(decode_report(client.download(report.report_id, form="json"))))
    return 0


def download_report(typed: DownloadOptions, client: ReportClient) -> int:
    """Write a report down."""
    write_file(client.download(typed.report, form=typed.format), typed.output)
    return 0


def report_table(reports: Sequence[Report]) -> Table:
    """Lay reports out, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Id", "Made", "Channel", "What", "By", "Size"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Size" else "left")
    for report in reports:
        what = report.title if report.error is None else f"{report.title}: {report.error}"
        if report.state == "solving":
            what = f"{what} (still solving)"
        made = report.made_at[:_DAY].replace("T", " ")
        cells = (report.report_id, made, report.channel or "-", what, report.requested_by or "-")
        table.add_row(*map(escape, cells), size(report.size_bytes))
    return table
