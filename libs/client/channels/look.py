"""`./tain channel list | show`: looking at channels."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.amounts import files
from libs.client.client import Client
from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import CommandFailed
from libs.client.wire import Channel


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    channel: str
    json: bool


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    add_json(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    add_channel(parser)
    add_json(parser)


def add_channel(parser: ArgumentParser) -> None:
    """Ask for a channel."""
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")


def add_json(parser: ArgumentParser) -> None:
    """Offer machine-readable output."""
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def list_channels(typed: ListOptions, client: Client) -> int:
    """Show the channels that one may see, each followed by its subchannels."""
    channels = client.channels()
    if typed.json:
        print(msgspec.json.encode(channels).decode())
    elif not channels:
        print("There are no channels that you may see; ./tain channel create --help shows how to make one.")
    else:
        table_console().print(channels_table(channels))
    return 0


def show_channel(typed: ShowOptions, client: Client) -> int:
    """Show one channel."""
    return print_channel(get_channel(typed.channel, client), client, is_json=typed.json)


def get_channel(key: str, client: Client) -> Channel:
    """Return a channel.

    Raises:
        CommandFailed: where there is none that one may see.
    """
    channel = client.channel(key)
    if channel is None:
        raise CommandFailed(f"there is no channel {key} that you may see; ./tain channel list shows what there is")
    return channel


def print_channel(channel: Channel, client: Client, *, is_json: bool) -> int:
    """Print a channel, and where clients read it."""
    if is_json:
        print(msgspec.json.encode(channel).decode())
    else:
        print("\n".join([channel.key, *lines_of(channel), f"clients read it at {client.url}/api/repo/{channel.key}"]))
    return 0


def channels_table(channels: Iterable[Channel]) -> Table:
    """Lay it out, a line per channel."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Channel", "Privacy", "Files", "Mirrors", "Policy", "Owners"):
        table.add_column(heading, overflow="fold")
    for channel in channels:
        name = f"{channel.key} (frozen)" if channel.is_frozen else channel.key
        counts = (f"{channel.artifact_count:,}", str(channel.mirror_count))
        owners = ", ".join(channel.owners) or "-"
        table.add_row(escape(name), channel.privacy, *counts, escape(channel.policy_name or "-"), escape(owners))
    return table


def lines_of(channel: Channel) -> Iterator[str]:
    """Tell of a channel in words, a line per fact."""
    if channel.description:
        yield channel.description
    yield f"privacy: {channel.privacy}"
    yield f"owners: {', '.join(channel.owners) or 'nobody'}"
    if channel.policy_name is not None:
        yield f"policy: {channel.policy_name}"
    if channel.revision is None:
        yield "published: nothing yet"
    else:
        yield f"published: revision {channel.revision.number}, {files(channel.artifact_count)}"
    if channel.is_frozen:
        yield "frozen: clients read this revision until ./tain channel unfreeze"
    if channel.mirror_count:
        yield f"mirrors: {channel.mirror_count}"
    if channel.subchannel_count:
        yield f"subchannels: {channel.subchannel_count}"
