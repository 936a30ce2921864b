"""`./tain verify`: compare store, catalogues and index, and repair what differs."""

import os
from argparse import ArgumentParser, Namespace

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.console import table_console
from libs.client.wait_for_report import wait_for_report
from libs.client.wire_upkeep import Verification

ABOUT = """\
Compare what channels publish with what is stored: index files, catalogues, shards, and
the package files of active mirrors. The exit code is 1 where something is missing or damaged."""

EXAMPLES = """\
  ./tain verify
  ./tain verify main --deep
  ./tain verify main/stage --repair"""

_TIMEOUT_S = 24 * 3600.0


class VerifyOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    channel: str | None
    deep: bool
    repair: bool
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `verify`."""
    parser.add_argument("channel", nargs="?", metavar="CHANNEL[/SUB]", help="one channel (default: all)")
    parser.add_argument(
        "--deep", action="store_true", help="read every stored shard and package file and compare its digest"
    )
    parser.add_argument("--repair", action="store_true", help="publish anew and request runs, as what differs needs")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Ask for the verification, and show its report."""
    typed = msgspec.convert(vars(options), VerifyOptions)
    with connect(typed, os.environ) as client:
        report_id = client.ask_verify(typed.channel, is_deep=typed.deep, is_repair=typed.repair)
        report = wait_for_report(client, report_id, Verification, within_s=_TIMEOUT_S)
    if typed.json:
        print(msgspec.json.encode(report).decode())
    else:
        show_verification(report)
    return 1 if report.fault_count else 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def show_verification(report: Verification) -> None:
    """Write what was looked at, and a line per fault."""
    console = table_console()
    looked = ", ".join(_amount(part, count) for part, count in report.checked.items()) or "nothing"
    console.print(f"compared: {looked}")
    if not report.fault_count:
        console.print("all is there")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Channel", "What", "Problem", "Affects", "Remedy"):
        table.add_column(heading, overflow="fold")
    for fault in report.faults:
        remedy = fault.remedy or "run again with --repair"
        cells = (fault.channel, fault.part.replace("_", " "), fault.problem, fault.affects, remedy)
        table.add_row(*map(escape, cells))
    console.print(table)
    if report.fault_count > len(report.faults):
        console.print(f"and {report.fault_count - len(report.faults):,} more")


def _amount(part: str, count: int) -> str:
    """Write how many parts of a kind there are; the contents of a revision have no singular."""
    words = part.replace("_", " ")
    return f"{count:,} {words if count == 1 or words.endswith('s') else f'{words}s'}"
