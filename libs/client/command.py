"""What every command of `./tain` consists of."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass

_LARGEST_PAGE = 1000


def no_options(parser: ArgumentParser) -> None:
    """Take no options."""
    del parser


def page_size(text: str) -> int:
    """Read how many things to show.

    Raises:
        ArgumentTypeError: when it is no number that the server takes.
    """
    if not (text.isdecimal() and 1 <= int(text) <= _LARGEST_PAGE):
        raise ArgumentTypeError(f"must be from 1 to {_LARGEST_PAGE}, not {text!r}")
    return int(text)


def count(text: str) -> int:
    """Read a number of things.

    Raises:
        ArgumentTypeError: when it is none.
    """
    if not text.isdecimal():
        raise ArgumentTypeError(f"must be 0 or more, not {text!r}")
    return int(text)


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
