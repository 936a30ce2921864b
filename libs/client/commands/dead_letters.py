"""`./tain dead-letters`: messages that nobody could handle, and why."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from libs.client.command import Command, page_size
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.wire import DeadLetter

ABOUT = """\
Show the messages that could not be handled in the last 90 days, newest first, each with its error and
the service that gave it up."""

EXAMPLES = """\
  ./tain dead-letters
  ./tain dead-letters --limit 5 --json"""

_FILE_WIDTH = 200
_LIMIT = 50


class DeadLettersOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    limit: int
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `dead-letters`."""
    parser.add_argument("--limit", metavar="N", type=page_size, default=_LIMIT, help=f"how many (default {_LIMIT})")
    parser.add_argument("--json", action="store_true", help="write one JSON document, with what was said")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Show what was given up."""
    typed = msgspec.convert(vars(options), DeadLettersOptions)
    with connect(typed, os.environ) as client:
        letters = client.dead_letters(limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(letters).decode())
    elif not letters:
        print("Every message could be handled.")
    else:
        console = Console()
        (console if console.is_terminal else Console(width=_FILE_WIDTH)).print(letters_table(letters))
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def letters_table(letters: Iterable[DeadLetter]) -> Table:
    """Lay it out, a line per message."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("When", "Service", "Subject", "Event", "Error"):
        table.add_column(heading, overflow="fold")
    for letter in letters:
        table.add_row(
            letter.buried_at[:19], letter.service or "-", letter.subject, escape(letter.event_id), escape(letter.error)
        )
    return table
