"""`./tain why`: why a package is in a channel, or why not."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

import msgspec
from rich.markup import escape

from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.console import table_console
from libs.client.wire_why import Why, WhyMirror

ABOUT = """\
Say why a package is in a channel, or why it is not: mirror by mirror, which rule of which
policy leaves it out, what keeps clients from seeing what is kept, and which of its
dependencies is missing, and why. The exit code is 1 where clients see no such file, or what it needs is missing."""

EXAMPLES = """\
  ./tain why main numpy
  ./tain why main 'numpy >=2' --platform linux-64
  ./tain why main/stage linux-64/numpy-2.0.0-py312h1_0.conda --json"""

_SHOWN_FILES = 10


class WhyOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    channel: str
    spec: str
    platform: str | None
    all: bool
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `why`."""
    parser.add_argument("channel", metavar="CHANNEL[/SUB]", help="a channel or subchannel")
    parser.add_argument("spec", metavar="SPEC", help="a package, a spec such as 'numpy >=2', or the name of a file")
    parser.add_argument("--platform", metavar="P", help="only this platform, and noarch")
    parser.add_argument("--all", action="store_true", help="name all files, not only the newest ones")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Ask, and show the answer."""
    typed = msgspec.convert(vars(options), WhyOptions)
    with connect(typed, os.environ) as client:
        why = client.why(typed.channel, typed.spec, platform=typed.platform)
    if typed.json:
        print(msgspec.json.encode(why).decode())
    else:
        show_why(why, limit=None if typed.all else _SHOWN_FILES)
    return 0 if why.is_there and not why.missing else 1


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def show_why(why: Why, *, limit: int | None) -> None:
    """Write the answer in lines; of files the newest `limit`."""
    console = table_console()
    console.print(escape(why.words), style="bold")
    for mirror in why.mirrors:
        console.print(f"  mirror {escape(mirror.mirror)}: {escape(mirror.words)}")
        _show_mirror(console.print, mirror, limit=limit)
    for missing in why.missing:
        console.print(f"  missing: {escape(' -> '.join((missing.ckey, *missing.chain)))}")
        console.print(f"    {escape(missing.words)}")


def _show_mirror(write: Callable[[str], None], mirror: WhyMirror, *, limit: int | None) -> None:
    files = mirror.files if limit is None else mirror.files[-limit:]
    for file in files:
        write(f"    {escape(file.ckey)}: {escape(file.words)}")
    if mirror.file_count > len(files):
        write(f"    and {mirror.file_count - len(files):,} more; --all shows them")
    if mirror.versions:
        write(f"    versions there: {escape(', '.join(mirror.versions))}")
    if mirror.names:
        write(f"    names like it: {escape(', '.join(mirror.names))}")
