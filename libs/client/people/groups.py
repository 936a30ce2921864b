"""`./tain group …`: groups, who is in them, and what they may do in channels."""

from argparse import ArgumentParser

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import UsageFailed
from libs.client.people.people_client import PeopleClient
from libs.client.people.print_people import grants_table, groups_table
from libs.client.people.wire import Group, GroupChanges, NewGroup

_LEVELS = ("read", "write", "manage")


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    channel: str | None
    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    name: str
    json: bool


class WriteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `create` or `edit`."""

    name: str
    description: str | None
    role: tuple[str, ...]
    json: bool


class DeleteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `delete`."""

    name: str


class MemberOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `add` or `remove`."""

    name: str
    users: tuple[str, ...]


class GrantOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `grant`."""

    name: str
    channel: str
    level: str


class RevokeOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `revoke`."""

    name: str
    channel: str


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    parser.add_argument("--channel", metavar="CHANNEL", help="show what groups may do in this channel")
    _add_json(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    _add_name(parser)
    _add_json(parser)


def add_write_options(parser: ArgumentParser) -> None:
    """Offer the options of `create` and `edit`."""
    _add_name(parser)
    parser.add_argument("--description", metavar="TEXT", help="who is in it")
    parser.add_argument(
        "--role", metavar="ROLE", action="append", default=[], help="a role of all members; may be repeated"
    )
    _add_json(parser)


def add_delete_options(parser: ArgumentParser) -> None:
    """Offer the options of `delete`."""
    _add_name(parser)


def add_member_options(parser: ArgumentParser) -> None:
    """Offer the options of `add` and `remove`."""
    _add_name(parser)
    parser.add_argument("users", metavar="USER", nargs="+", help="the names of users")


def add_grant_options(parser: ArgumentParser) -> None:
    """Offer the options of `grant`."""
    _add_name(parser)
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")
    parser.add_argument("level", choices=_LEVELS, help="what its members may do there, as far as their roles go")


def add_revoke_options(parser: ArgumentParser) -> None:
    """Offer the options of `revoke`."""
    _add_name(parser)
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")


def list_groups(typed: ListOptions, client: PeopleClient) -> int:
    """Show all groups, or those of a channel, in a table."""
    if typed.channel is not None:
        grants = client.grants(typed.channel)
        if typed.json:
            print(msgspec.json.encode(grants).decode())
        else:
            table_console().print(grants_table(grants))
        return 0
    groups = client.groups()
    if typed.json:
        print(msgspec.json.encode(groups).decode())
    elif not groups:
        print("There are no groups; ./tain group create --help shows how to make one.")
    else:
        table_console().print(groups_table(groups))
    return 0


def show_group(typed: ShowOptions, client: PeopleClient) -> int:
    """Show one group."""
    return _print(client.group(typed.name), is_json=typed.json)


def create_group(typed: WriteOptions, client: PeopleClient) -> int:
    """Make a group."""
    wish = NewGroup(name=typed.name, description=typed.description, roles=typed.role or None)
    return _print(client.create_group(wish), is_json=typed.json)


def edit_group(typed: WriteOptions, client: PeopleClient) -> int:
    """Change some of a group."""
    changes = GroupChanges(description=typed.description, roles=typed.role or None)
    if changes == GroupChanges():
        raise UsageFailed("say what to change: --role or --description")
    return _print(client.edit_group(typed.name, changes), is_json=typed.json)


def delete_group(typed: DeleteOptions, client: PeopleClient) -> int:
    """Remove a group."""
    client.delete_group(typed.name)
    print(f"Removed the group {typed.name}.")
    return 0


def add_members(typed: MemberOptions, client: PeopleClient) -> int:
    """Put users into a group."""
    for user in typed.users:
        client.add_member(typed.name, user)
        print(f"{user} is in {typed.name}.")
    return 0


def remove_members(typed: MemberOptions, client: PeopleClient) -> int:
    """Take users out of a group."""
    for user in typed.users:
        client.remove_member(typed.name, user)
        print(f"{user} is no longer in {typed.name}.")
    return 0


def grant(typed: GrantOptions, client: PeopleClient) -> int:
    """Say what a group may do in a channel."""
    client.grant(typed.name, typed.channel, typed.level)
    print(f"Members of {typed.name} may {typed.level} in {typed.channel}, as far as their roles go.")
    return 0


def revoke(typed: RevokeOptions, client: PeopleClient) -> int:
    """Take a group off a channel."""
    client.revoke(typed.name, typed.channel)
    print(f"{typed.name} has nothing of its own in {typed.channel} any more.")
    return 0


def _add_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="GROUP", help="the group's name")


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def _print(group: Group, *, is_json: bool) -> int:
    if is_json:
        print(msgspec.json.encode(group).decode())
    else:
        table_console().print(groups_table([group]))
    return 0
