"""Passwords from people and from scripts; never from arguments, which everybody on a machine can read."""

import getpass
import sys
from argparse import ArgumentParser
from pathlib import Path

from libs.client.errors import CommandFailed


def add_password_options(parser: ArgumentParser, *, of: str = "the password") -> None:
    """Offer the ways in which a script hands over a password."""
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--password-file", metavar="FILE", help=f"read {of} from a file (default: ask for it)")
    ways.add_argument("--password-stdin", action="store_true", help=f"read {of} from standard input")


def read_password(question: str, *, file: str | None, from_stdin: bool) -> str:
    """Return a password; asked for without echo where nobody handed one over.

    Raises:
        CommandFailed: when a file can't be read, there is nobody to ask, or nothing was typed.
    """
    if file is not None:
        try:
            password = Path(file).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandFailed(f"the password file {file} can't be read: {exc}") from exc
    elif from_stdin:
        password = sys.stdin.readline()
    elif sys.stdin.isatty():
        password = _ask(f"{question}: ")
    else:
        raise CommandFailed("there is nobody to ask for the password; use --password-file or --password-stdin")
    password = password.rstrip("\r\n")
    if not password:
        raise CommandFailed("no password was given")
    return password


def read_new_password(question: str, *, file: str | None, from_stdin: bool) -> str:
    """Return a password that is set: who types it, types it twice.

    Raises:
        CommandFailed: as `read_password`, or when the two differ.
    """
    password = read_password(question, file=file, from_stdin=from_stdin)
    if file is None and not from_stdin and _ask(f"{question}, again: ") != password:
        raise CommandFailed("the two passwords differ; nothing was changed")
    return password


def _ask(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        print(file=sys.stderr)
        return ""
