"""Commands below a command, as `./tain policy create`."""

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from libs.client.client import Client
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One of them; `run` gets what was typed as `options`, and a client of its part of the API."""

    summary: str
    examples: str
    options: type[ConnectionOptions]
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Any, Any], int]


def command_of(verbs: Mapping[str, Verb], *, part_of: Callable[[Client], object], about: str, examples: str) -> Command:
    """Make the command above them; `part_of` makes a client of their part of the API."""

    def add_options(parser: ArgumentParser) -> None:
        _add_verbs(parser, verbs)

    def run(options: Namespace) -> int:
        verb = verbs[options.verb]
        typed = msgspec.convert(vars(options), verb.options)
        with connect(typed, os.environ) as client:
            return verb.run(typed, part_of(client))

    return Command(about=about, examples=examples, add_options=add_options, run=run)


def _add_verbs(parser: ArgumentParser, verbs: Mapping[str, Verb]) -> None:
    """Offer them; which one was typed is `verb` among the options."""
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True, title="commands")
    for name, verb in verbs.items():
        below = commands.add_parser(
            name,
            help=verb.summary,
            description=f"{verb.summary[:1].upper()}{verb.summary[1:]}.",
            epilog=f"examples:\n{verb.examples}",
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.add_options(below)
        add_connection_options(below)
