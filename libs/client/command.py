"""What every command of `./tain` consists of."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


def no_options(parser: ArgumentParser) -> None:
    """Take no options."""
    del parser


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: its help, its options, and what it does.

    `run` gets the parsed options and returns the exit code. A command with `passes_on`
    hands everything that follows its name to another program, as `options.rest`.
    """

    about: str
    examples: str
    run: Callable[[Namespace], int]
    add_options: Callable[[ArgumentParser], None] = no_options
    passes_on: str | None = None
