"""`./tain role …`: making, changing and removing roles."""

from argparse import ArgumentParser
from collections.abc import Sequence

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import UsageFailed
from libs.client.people.people_client import PeopleClient
from libs.client.people.print_people import roles_table
from libs.client.people.wire import NewRole, Role, RoleChanges
from libs.common.domain.access.levels import Category, Level

_CATEGORIES = ", ".join(Category)
_LEVELS = tuple(Level)


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    name: str
    json: bool


class WriteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `create` or `edit`."""

    name: str
    description: str | None
    level: tuple[str, ...]
    all_channels: Level | None
    json: bool


class DeleteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `delete`."""

    name: str


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    _add_json(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    _add_name(parser)
    _add_json(parser)


def add_write_options(parser: ArgumentParser) -> None:
    """Offer the options of `create` and `edit`."""
    _add_name(parser)
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
    parser.add_argument(
        "--level",
        metavar="CATEGORY=LEVEL",
        action="append",
        default=[],
        help=f"none, read, write or manage in one of {_CATEGORIES}; may be repeated",
    )
    parser.add_argument(
        "--all-channels", choices=_LEVELS, help="how far it reaches on channels of others (default: none)"
    )
    _add_json(parser)


def add_delete_options(parser: ArgumentParser) -> None:
    """Offer the options of `delete`."""
    _add_name(parser)


def list_roles(typed: ListOptions, client: PeopleClient) -> int:
    """Show all roles in a table."""
    roles = client.roles()
    if typed.json:
        print(msgspec.json.encode(roles).decode())
    else:
        table_console().print(roles_table(roles))
    return 0


def show_role(typed: ShowOptions, client: PeopleClient) -> int:
    """Show one role."""
    return _print(client.role(typed.name), is_json=typed.json)


def create_role(typed: WriteOptions, client: PeopleClient) -> int:
    """Make a role."""
    wish = NewRole(
        name=typed.name,
        description=typed.description,
        levels=_levels(typed.level),
        all_channels=typed.all_channels or Level.NONE,
    )
    return _print(client.create_role(wish), is_json=typed.json)


def edit_role(typed: WriteOptions, client: PeopleClient) -> int:
    """Change some of a role: the levels that are named, the others stay."""
    levels = None
    if typed.level:
        levels = {**client.role(typed.name).levels, **_levels(typed.level)}
    changes = RoleChanges(description=typed.description, levels=levels, all_channels=typed.all_channels)
    if changes == RoleChanges():
        raise UsageFailed("say what to change: --level, --all-channels or --description")
    return _print(client.edit_role(typed.name, changes), is_json=typed.json)


def delete_role(typed: DeleteOptions, client: PeopleClient) -> int:
    """Remove a role."""
    client.delete_role(typed.name)
    print(f"Removed the role {typed.name}.")
    return 0


def _levels(texts: Sequence[str]) -> dict[str, str]:
    levels: dict[str, str] = {}
    for text in texts:
        category, _, level = text.partition("=")
        if category not in tuple(Category) or level not in _LEVELS:
            raise UsageFailed(f"{text!r}: write CATEGORY=LEVEL, with none, read, write or manage in {_CATEGORIES}")
        levels[category] = level
    return levels


def _add_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the role's name")


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def _print(role: Role, *, is_json: bool) -> int:
    if is_json:
        print(msgspec.json.encode(role).decode())
    else:
        table_console().print(roles_table([role]))
    return 0
