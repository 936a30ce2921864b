"""`./tain up`: the whole of Tain on this machine, until Ctrl-C."""

import asyncio
import contextlib
import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import msgspec

from deploy.embedded.failure import StackFailed
from deploy.embedded.stack import Plan, Running, run_stack
from libs.client.command import Command
from libs.client.connection import DEFAULT_DATA, data_folder
from libs.client.errors import CommandFailed, UsageFailed

ABOUT = """\
Start NATS, MongoDB and Tain's five services on this machine, and end them all on Ctrl-C.

Everything is kept in one folder (default: .tain beside the program) and is there again
at the next start. The folder also gets admin.token, secret.key and logs/. Where
TAIN_NATS_URL, TAIN_MONGO_URL or TAIN_BLOBS_URL is set, that server is used instead."""

EXAMPLES = """\
  ./tain up
  ./tain up --port 9000 --data /srv/tain --fetchers 4
  ./tain up --host 0.0.0.0                    answer other machines, too
  ./tain up --allow-file-source /mnt/usb      mirrors may read file:///mnt/usb/..."""

_MOST_FETCHERS = 64
_MOST_PORT = 65535


class UpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    host: str
    port: int
    data: str | None
    fetchers: int
    allow_file_source: tuple[str, ...]


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `up`."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to answer on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="its port; 0 takes a free one (default: 8080)")
    parser.add_argument("--data", metavar="DIR", help="where everything is kept (or TAIN_DATA; default: ./.tain)")
    parser.add_argument("--fetchers", type=int, default=1, metavar="N", help="how many fetchers to run (default: 1)")
    parser.add_argument(
        "--allow-file-source",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder that mirrors may read by file://; may be repeated (default: none)",
    )


def run(options: Namespace) -> int:
    """Bring Tain up, and stay until told to end."""
    typed = msgspec.convert(vars(options), UpOptions)
    plan = Plan(
        folder=data_folder(typed.data, os.environ),
        host=typed.host,
        port=_within(typed.port, 0, _MOST_PORT, "--port"),
        fetchers=_within(typed.fetchers, 1, _MOST_FETCHERS, "--fetchers"),
        file_sources=_folders(typed.allow_file_source),
    )
    try:
        asyncio.run(run_stack(plan, environ=os.environ, say=_say, on_ready=lambda running: _show(running, plan)))
    except StackFailed as exc:
        raise CommandFailed(str(exc)) from exc
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def _within(number: int, least: int, most: int, option: str) -> int:
    if not least <= number <= most:
        raise UsageFailed(f"{option} must be from {least} to {most}")
    return number


def _folders(names: Sequence[str]) -> tuple[Path, ...]:
    """Check the folders that sources may lie below."""
    folders = tuple(Path(name).expanduser().resolve() for name in names)
    for folder in folders:
        if not folder.is_dir():
            raise UsageFailed(f"--allow-file-source {folder} is no folder")
        if os.pathsep in str(folder):
            raise UsageFailed(f"--allow-file-source {folder} may have no {os.pathsep!r} in it")
    return folders


def _show(running: Running, plan: Plan) -> None:
    """Say where everything is, and what to do first."""
    data = "" if plan.folder == DEFAULT_DATA else f" --data {shlex.quote(str(plan.folder))}"
    first = f"./tain mirror https://conda.anaconda.org/bioconda --channel bio --subdir noarch{data}"
    python = f"./tain mirror https://INDEX/simple --channel py --project six{data}"
    r = f"./tain mirror https://REPOSITORY --type CRAN --channel r{data}"
    with contextlib.suppress(OSError):  # the terminal may be gone; the server is not
        print(
            f"Tain is up:    {running.url}\n"
            f"API pages:     {running.url}/api/docs\n"
            f"Admin's token: {running.admin_token_file}\n"
            f"To sign in:    user admin, password in {running.admin_password_file}\n"
            f"Data and logs: {plan.folder}\n"
            f"Try:           {first}\n"
            f"               {python}\n"
            f"               {r}\n"
            "Ctrl-C ends it.",
            flush=True,
        )


def _say(text: str) -> None:
    """Tell of what happens."""
    with contextlib.suppress(OSError):  # as above
        print(f"tain: {text}", file=sys.stderr, flush=True)
