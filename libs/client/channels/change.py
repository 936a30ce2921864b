"""`./tain channel create | edit | freeze | unfreeze | delete`: changing channels."""

from argparse import ArgumentParser

from libs.client.channels.look import add_channel, add_json, get_channel, print_channel
from libs.client.client import Client
from libs.client.connection import ConnectionOptions
from libs.client.errors import UsageFailed
from libs.client.wire import Channel, ChannelChanges

_PRIVACIES = {
    "private": "only owners, and who was let in, see it",
    "authenticated": "everybody who is known here reads it",
    "public": "everybody reads it",
}


class CreateOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `create`."""

    channel: str
    privacy: str | None
    description: str | None
    json: bool


class EditOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `edit`."""

    channel: str
    privacy: str | None
    description: str | None
    owner: tuple[str, ...]
    json: bool


class FreezeOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `freeze` or `unfreeze`."""

    channels: tuple[str, ...]


class DefaultOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `default`."""

    channel: str | None
    none: bool


class DeleteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `delete`."""

    channel: str
    yes: bool


def add_create_options(parser: ArgumentParser) -> None:
    """Offer the options of `create`."""
    add_channel(parser)
    _add_facts(parser)
    add_json(parser)


def add_edit_options(parser: ArgumentParser) -> None:
    """Offer the options of `edit`."""
    add_channel(parser)
    _add_facts(parser)
    parser.add_argument(
        "--owner", metavar="USER", action="append", default=[], help="who owns it; may be repeated, all are replaced"
    )
    add_json(parser)


def add_freeze_options(parser: ArgumentParser) -> None:
    """Offer the options of `freeze` and `unfreeze`."""
    parser.add_argument("channels", metavar="CHANNEL", nargs="+", help="channels or subchannels")


def add_default_options(parser: ArgumentParser) -> None:
    """Offer the options of `default`."""
    parser.add_argument("channel", metavar="CHANNEL", nargs="?", help="a channel or subchannel")
    parser.add_argument("--none", action="store_true", help="have none")


def add_delete_options(parser: ArgumentParser) -> None:
    """Offer the options of `delete`."""
    add_channel(parser)
    parser.add_argument("--yes", action="store_true", help="also when there is something in it, which goes with it")


def create_channel(typed: CreateOptions, client: Client) -> int:
    """Make a channel or subchannel."""
    made = client.create_channel(typed.channel, privacy=typed.privacy, description=typed.description)
    return print_channel(made, client, is_json=typed.json)


def edit_channel(typed: EditOptions, client: Client) -> int:
    """Change some of a channel."""
    changes = ChannelChanges(privacy=typed.privacy, description=typed.description, owners=typed.owner or None)
    if changes == ChannelChanges():
        raise UsageFailed("say what to change: --private, --authenticated, --public, --description or --owner")
    return print_channel(client.edit_channel(typed.channel, changes), client, is_json=typed.json)


def freeze_channels(typed: FreezeOptions, client: Client) -> int:
    """Let clients read channels as they are, whatever mirrors, uploads and policies bring."""
    for key in typed.channels:
        client.edit_channel(key, ChannelChanges(indexing_behavior="frozen"))
        print(f"{key} is frozen: clients read it as it is now.")
    return 0


def unfreeze_channels(typed: FreezeOptions, client: Client) -> int:
    """Publish what was held back, and all that comes from now on."""
    for key in typed.channels:
        client.edit_channel(key, ChannelChanges(indexing_behavior="default"))
        print(f"{key} is published again as it changes.")
    return 0


def choose_default_channel(typed: DefaultOptions, client: Client) -> int:
    """Say where one's uploads go that name no channel."""
    if (typed.channel is None) is not typed.none:
        raise UsageFailed("name a channel, or write --none")
    client.choose_default_channel(typed.channel)
    print(f"Uploads that name no channel go to {typed.channel}." if typed.channel else "Uploads must name a channel.")
    return 0


def delete_channel(typed: DeleteOptions, client: Client) -> int:
    """Remove a channel with all that is in it."""
    held = _held(get_channel(typed.channel, client))
    if held and not typed.yes:
        raise UsageFailed(f"{typed.channel} has {held}, which go with it; write --yes if that is meant")
    client.delete_channel(typed.channel)
    print(f"Deleted {typed.channel}{f', with {held}' if held else ''}.")
    return 0


def _held(channel: Channel) -> str:
    counts = {
        "files": channel.artifact_count,
        "mirrors": channel.mirror_count,
        "subchannels": channel.subchannel_count,
    }
    return ", ".join(f"{count:,} {word if count > 1 else word[:-1]}" for word, count in counts.items() if count)


def _add_facts(parser: ArgumentParser) -> None:
    ways = parser.add_mutually_exclusive_group()
    for privacy, about in _PRIVACIES.items():
        ways.add_argument(f"--{privacy}", dest="privacy", action="store_const", const=privacy, help=about)
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
