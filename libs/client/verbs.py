"""Commands below a command, as `./tain policy create`."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from libs.client.connection import ConnectionOptions, add_connection_options


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One of them; `run` gets what was typed as `options`, and a client of its part of the API."""

    summary: str
    examples: str
    options: type[ConnectionOptions]
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Any, Any], int]


def add_verbs(parser: ArgumentParser, verbs: Mapping[str, Verb]) -> None:
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
