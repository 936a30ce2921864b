"""`./tain history`: what happened to a channel, or to all, and whose doing it was."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from datetime import datetime

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from libs.client.command import Command, page_size
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.wire import HistoryEvent, HistoryWish

ABOUT = """\
Show what happened to a channel, or to all channels, newest first: runs, edits and decisions."""

EXAMPLES = """\
  ./tain history bio
  ./tain history --event mirroring_failed,mirroring_rejected --from 2026-01-01
  ./tain history airgap/stage --by admin --limit 10 --json"""

_FILE_WIDTH = 200
_LIMIT = 50


class HistoryOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    channel: str | None
    event: str | None
    by: str | None
    since: str | None
    until: str | None
    limit: int
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `history`."""
    parser.add_argument("channel", metavar="CHANNEL[/SUB]", nargs="?", help="left out, all, also those that are gone")
    parser.add_argument("--event", metavar="NAME,…", help="only these events, such as mirroring_failed")
    parser.add_argument("--by", metavar="PERSON", help="only what this person did")
    parser.add_argument("--from", metavar="TIME", dest="since", help="only since then, ISO 8601; UTC without a zone")
    parser.add_argument("--to", metavar="TIME", dest="until", help="only before then")
    parser.add_argument("--limit", metavar="N", type=page_size, default=_LIMIT, help=f"how many (default {_LIMIT})")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Show what happened."""
    typed = msgspec.convert(vars(options), HistoryOptions)
    wish = HistoryWish(event_type=typed.event, by=typed.by, since=typed.since, until=typed.until, limit=typed.limit)
    with connect(typed, os.environ) as client:
        events = client.history(typed.channel, wish)
    if typed.json:
        print(msgspec.json.encode(events).decode())
    elif not events:
        print("Nothing happened.")
    else:
        console = Console()
        (console if console.is_terminal else Console(width=_FILE_WIDTH)).print(history_table(events))
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def history_table(events: Iterable[HistoryEvent]) -> Table:
    """Lay it out, a line per event."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("When", "Channel", "Event", "By", "What"):
        table.add_column(heading, overflow="fold")
    for event in events:
        facts = ", ".join(f"{name}={value}" for name, value in event.data.items() if value not in (None, ""))
        who = event.meta.get("by") or event.meta.get("source") or "-"
        cells = (_moment(event.created), event.channel or "-", event.event_type, str(who), facts)
        table.add_row(*map(escape, cells))
    return table


def _moment(text: str) -> str:
    """Write a time in local time, to the second."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
