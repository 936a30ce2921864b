"""`./tain garbage`: show or remove what nothing names any more."""

import os
from argparse import ArgumentParser, Namespace

import msgspec
from rich.table import Table

from libs.client.amounts import size
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.console import table_console
from libs.client.errors import CommandFailed
from libs.client.wait_for_report import wait_for_report
from libs.client.wire_upkeep import GarbageReport

ABOUT = """\
Show what a sweep would remove: blobs, shards, revisions and more that nothing names and
that are older than the grace period. --sweep removes it; the server does so once a day."""

EXAMPLES = """\
  ./tain garbage
  ./tain garbage --sweep
  ./tain garbage --sweep --grace 3600"""

_TIMEOUT_S = 3600.0


class GarbageOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    sweep: bool
    grace: float | None
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `garbage`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_false", dest="sweep", help="remove nothing (the default)")
    what.add_argument("--sweep", action="store_true", help="remove it")
    parser.set_defaults(sweep=False)
    parser.add_argument(
        "--grace",
        type=float,
        metavar="SECONDS",
        help="keep what is younger (default: as the server is set); shorter than a publication takes is not safe",
    )
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Ask for the sweep, and show its report."""
    typed = msgspec.convert(vars(options), GarbageOptions)
    with connect(typed, os.environ) as client:
        report_id = client.ask_sweep(is_dry_run=not typed.sweep, grace_s=typed.grace)
        report = wait_for_report(client, report_id, GarbageReport, within_s=_TIMEOUT_S)
    if typed.json:
        print(msgspec.json.encode(report).decode())
    if report.refused is not None:
        raise CommandFailed(report.refused)
    if not typed.json:
        table_console().print(_table(report))
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def _table(report: GarbageReport) -> Table:
    """Lay it out, a line per kind."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Would go" if report.is_dry_run else "Removed")
    table.add_column("Count", justify="right")
    table.add_column("Size", justify="right")
    for kind, amount in report.found.items():
        table.add_row(kind.replace("_", " "), f"{amount.count:,}", size(amount.size_bytes) if amount.size_bytes else "")
    return table
