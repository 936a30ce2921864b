"""`./tain status`: channels, their mirrors, and what these are doing."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from datetime import datetime

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from libs.client.client import Client
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.wire import Channel, Mirror

ABOUT = """\
Show all channels that you may see, their mirrors, where the mirrors' runs are, and when the
next ones come. Times are local ones; cron expressions are in UTC."""

EXAMPLES = """\
  ./tain status
  ./tain status --json | python3 -m json.tool"""

_TYPES = {"python_simple": "Python", "CRAN": "R"}
_FILE_WIDTH = 200
_COLOURS = {"completed": "green", "running": "cyan", "failed": "red", "stopping": "yellow", "stopped": "yellow"}


class StatusOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    json: bool


class ChannelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A channel and its mirrors, as `--json` shows them."""

    channel: Channel
    mirrors: tuple[Mirror, ...]


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `status`."""
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Show what is there."""
    typed = msgspec.convert(vars(options), StatusOptions)
    with connect(typed, os.environ) as client:
        found = tuple(_statuses(client))
    if typed.json:
        print(msgspec.json.encode(found).decode())
    elif not found:
        print("No channels yet. Make one: ./tain mirror SOURCE --channel NAME")
    else:
        console = Console()
        # A file or a pipe has no width; what greps it wants whole lines.
        (console if console.is_terminal else Console(width=_FILE_WIDTH)).print(status_table(found))
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def status_table(found: Iterable[ChannelStatus]) -> Table:
    """Lay it out, a line per mirror."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Channel", "Published", "Mirror", "Type", "Mode", "State", "Mirrored", "Last run", "Next run"):
        table.add_column(heading, overflow="fold")
    for status in found:
        channel = status.channel
        home = (escape(_name(channel)), _published(channel))
        for place, mirror in enumerate(status.mirrors):
            table.add_row(*(home if place == 0 else ("", "")), *_mirror_cells(mirror))
        if not status.mirrors:
            table.add_row(*home, "-")
    return table


def _statuses(client: Client) -> Iterable[ChannelStatus]:
    """Ask for every channel's mirrors."""
    for channel in client.channels():
        mirrors = client.mirrors(channel.key) if channel.mirror_count else ()
        yield ChannelStatus(channel=channel, mirrors=mirrors)


def _name(channel: Channel) -> str:
    """Name a channel, and say who may read it where not everybody may, and its policy where it has one."""
    marks = [channel.privacy] if channel.privacy != "public" else []
    marks += [f"policy {channel.policy_name}"] if channel.policy_name else []
    return f"{channel.key} ({', '.join(marks)})" if marks else channel.key


def _mirror_name(mirror: Mirror) -> str:
    """Name a mirror, and its policy where it has one of its own."""
    return f"{mirror.mirror_name} (policy {mirror.policy_name})" if mirror.policy_name else mirror.mirror_name


def _published(channel: Channel) -> str:
    """Tell what clients read."""
    text = "-" if channel.revision is None else f"{channel.revision.number}: {channel.artifact_count:,}"
    return f"{text} frozen" if channel.is_frozen else text


def _mirror_cells(mirror: Mirror) -> tuple[str, ...]:
    """Tell where a mirror is."""
    sync = mirror.sync_state
    colour = _COLOURS.get(mirror.state, "default")
    state = mirror.state
    if mirror.run_number is None:
        state = "never ran"
    elif mirror.state == "running":
        state = (
            f"{sync.current_step_number}/{sync.total_steps_count} {sync.current_step_description} {_percent(mirror)}"
        )
        if sync.last_exception:
            state = f"waits: {sync.last_exception}"
    elif mirror.state == "failed" and sync.last_exception:
        state = f"failed: {sync.last_exception}"
    name, type_ = escape(_mirror_name(mirror)), _TYPES.get(mirror.mirror_type, mirror.mirror_type)
    times = map(_moment, (mirror.last_run_at, mirror.next_run_at))
    return (name, type_, mirror.mirror_mode, f"[{colour}]{escape(state)}[/]", _amounts(mirror), *times)


def _amounts(mirror: Mirror) -> str:
    """Count what a mirror holds or offers, and what it does not."""
    count = mirror.sync_state.count
    parts = [f"{count.listed:,}"]
    parts += [f"{count.unread:,} projects unread"] if count.unread else []
    parts += [f"{count.failed:,} failed"] if count.failed else []
    return ", ".join(parts)


def _percent(mirror: Mirror) -> str:
    return f"{mirror.sync_state.current_step_percentage} %"


def _moment(text: str | None) -> str:
    """Write a time without what nobody reads, in local time."""
    if text is None:
        return "-"
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text
