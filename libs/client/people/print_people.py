"""Users, roles and groups as tables."""

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.table import Table

from libs.client.people.wire import Grant, Group, Role, User


def users_table(users: Iterable[User]) -> Table:
    """Lay it out, a line per user."""
    table = _table("Name", "Roles", "Groups", "Signs in by", "Last sign-in", "E-mail")
    for user in users:
        name = f"{user.username} (disabled)" if user.is_disabled else user.username
        last = (user.last_sign_in or "-")[:10]
        table.add_row(escape(name), _words(user.roles), _words(user.groups), user.signs_in_by, last, user.email or "-")
    return table


def roles_table(roles: Iterable[Role]) -> Table:
    """Lay it out, a line per role."""
    table = _table("Name", "Levels", "On all channels", "About")
    for role in roles:
        levels = ", ".join(f"{category}={level}" for category, level in role.levels.items() if level != "none")
        name = f"{role.name} (built in)" if role.is_preset else role.name
        table.add_row(escape(name), levels or "-", role.all_channels, escape(role.description or "-"))
    return table


def groups_table(groups: Iterable[Group]) -> Table:
    """Lay it out, a line per group."""
    table = _table("Name", "Members", "Roles", "About")
    for group in groups:
        table.add_row(escape(group.name), _words(group.members), _words(group.roles), escape(group.description or "-"))
    return table


def grants_table(grants: Iterable[Grant]) -> Table:
    """Lay it out, a line per group of a channel."""
    table = _table("Group", "May")
    for grant in grants:
        table.add_row(escape(grant.name), grant.level)
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _words(words: Sequence[str]) -> str:
    return escape(", ".join(words)) or "-"
