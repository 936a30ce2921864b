"""`./tain user …`: making, changing and removing users."""

from argparse import ArgumentParser

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import ClientError, CommandFailed, UsageFailed
from libs.client.people.people_client import PeopleClient
from libs.client.people.print_people import users_table
from libs.client.people.wire import NewUser, PasswordChange, User, UserChanges
from libs.client.signing_in.passwords import add_password_options, read_new_password, read_password


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    name: str
    json: bool


class NameOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `enable` or `disable`."""

    name: str


class CreateOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `create`."""

    name: str
    email: str | None
    role: tuple[str, ...]
    group: tuple[str, ...]
    no_roles: bool
    password_file: str | None
    password_stdin: bool
    no_password: bool
    json: bool


class EditOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `edit`."""

    name: str
    email: str | None
    role: tuple[str, ...]
    group: tuple[str, ...]
    no_roles: bool
    no_groups: bool
    json: bool


class PasswordOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `password`."""

    name: str | None
    password_file: str | None
    password_stdin: bool
    old_password_file: str | None


class DeleteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `delete`."""

    name: str
    reassign_to: str | None


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    _add_json(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    _add_name(parser)
    _add_json(parser)


def add_name_options(parser: ArgumentParser) -> None:
    """Offer the options of `enable` and `disable`."""
    _add_name(parser)


def add_create_options(parser: ArgumentParser) -> None:
    """Offer the options of `create`."""
    _add_name(parser)
    _add_facts(parser)
    add_password_options(parser)
    parser.add_argument("--no-password", action="store_true", help="for who shall not sign in by a password")
    _add_json(parser)


def add_edit_options(parser: ArgumentParser) -> None:
    """Offer the options of `edit`."""
    _add_name(parser)
    _add_facts(parser)
    parser.add_argument("--no-groups", action="store_true", help="take the user out of all groups")
    _add_json(parser)


def add_password_command_options(parser: ArgumentParser) -> None:
    """Offer the options of `password`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="whose (default: your own)")
    add_password_options(parser, of="the new password")
    parser.add_argument("--old-password-file", metavar="FILE", help="read your present one from a file")


def add_delete_options(parser: ArgumentParser) -> None:
    """Offer the options of `delete`."""
    _add_name(parser)
    parser.add_argument("--reassign-to", metavar="NAME", help="who gets the channels that nobody else owns")


def list_users(typed: ListOptions, client: PeopleClient) -> int:
    """Show all users in a table."""
    users = client.users()
    if typed.json:
        print(msgspec.json.encode(users).decode())
    else:
        table_console().print(users_table(users))
    return 0


def show_user(typed: ShowOptions, client: PeopleClient) -> int:
    """Show one user."""
    return _print(client.user(typed.name), is_json=typed.json)


def create_user(typed: CreateOptions, client: PeopleClient) -> int:
    """Make a user."""
    if typed.no_password and (typed.password_file or typed.password_stdin):
        raise UsageFailed("--no-password goes with no other way to set one")
    if typed.role and typed.no_roles:
        raise UsageFailed("--no-roles goes without --role")
    password = None
    if not typed.no_password:
        question = f"Password for {typed.name}"
        password = read_new_password(question, file=typed.password_file, from_stdin=typed.password_stdin)
    wish = NewUser(
        username=typed.name,
        password=password,
        email=typed.email,
        roles=() if typed.no_roles else typed.role or None,
        groups=typed.group or None,
    )
    return _print(client.create_user(wish), is_json=typed.json)


def edit_user(typed: EditOptions, client: PeopleClient) -> int:
    """Change some of a user."""
    if (typed.role and typed.no_roles) or (typed.group and typed.no_groups):
        raise UsageFailed("--no-roles goes without --role, and --no-groups without --group")
    roles = () if typed.no_roles else typed.role or None
    groups = () if typed.no_groups else typed.group or None
    changes = UserChanges(email=typed.email, roles=roles, groups=groups)
    if changes == UserChanges():
        raise UsageFailed("say what to change: --role, --group, --email, --no-roles or --no-groups")
    return _print(client.edit_user(typed.name, changes), is_json=typed.json)


def change_password(typed: PasswordOptions, client: PeopleClient) -> int:
    """Set somebody's password, or change one's own."""
    if typed.name is not None:
        if typed.old_password_file is not None:
            raise UsageFailed("--old-password-file is for your own password; leave out NAME")
        question = f"New password for {typed.name}"
        new = read_new_password(question, file=typed.password_file, from_stdin=typed.password_stdin)
        client.edit_user(typed.name, UserChanges(password=new))
        print(f"The password of {typed.name} is changed, and all sign-ins by the old one have ended.")
    else:
        old = read_password("Present password", file=typed.old_password_file, from_stdin=False)
        new = read_new_password("New password", file=typed.password_file, from_stdin=typed.password_stdin)
        client.change_password(PasswordChange(old_password=old, new_password=new))
        print("Your password is changed; wherever else you were signed in, you no longer are.")
    return 0


def enable_user(typed: NameOptions, client: PeopleClient) -> int:
    """Let a user in again."""
    client.edit_user(typed.name, UserChanges(is_disabled=False))
    print(f"{typed.name} is let in again.")
    return 0


def disable_user(typed: NameOptions, client: PeopleClient) -> int:
    """Keep a user out, tokens and sign-ins included."""
    client.edit_user(typed.name, UserChanges(is_disabled=True))
    print(f"{typed.name} is kept out.")
    return 0


def delete_user(typed: DeleteOptions, client: PeopleClient) -> int:
    """Remove a user."""
    try:
        client.delete_user(typed.name, reassign_to=typed.reassign_to)
    except ClientError as exc:
        # The server names its own way to say it.
        raise CommandFailed(str(exc).replace("?reassign_to=NAME", "--reassign-to NAME")) from exc
    print(f"Removed {typed.name}, with all tokens.")
    return 0


def _add_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the user's name")


def _add_facts(parser: ArgumentParser) -> None:
    parser.add_argument("--email", metavar="ADDRESS", help="where to write to")
    parser.add_argument(
        "--role", metavar="ROLE", action="append", default=[], help="give this role; may be repeated, all are replaced"
    )
    parser.add_argument("--no-roles", action="store_true", help="leave only what everybody may")
    parser.add_argument(
        "--group", metavar="GROUP", action="append", default=[], help="put into this group; may be repeated, as above"
    )


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def _print(user: User, *, is_json: bool) -> int:
    if is_json:
        print(msgspec.json.encode(user).decode())
    else:
        table_console().print(users_table([user]))
    return 0
