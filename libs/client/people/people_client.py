"""The REST API's users, roles and groups in Python, over a `Client`."""

from typing import TypeVar
from urllib.parse import quote

import msgspec

from libs.client.client import Client, channel_path, read_answer
from libs.client.people.wire import (
    Grant,
    GrantPage,
    GrantWish,
    Group,
    GroupChanges,
    GroupPage,
    NewGroup,
    NewRole,
    NewUser,
    PasswordChange,
    Role,
    RoleChanges,
    RolePage,
    User,
    UserChanges,
    UserPage,
)

T = TypeVar("T")

_PAGE = 1000


class PeopleClient:
    """Who may do what at one server; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def users(self) -> tuple[User, ...]:
        """Return all users, by name."""
        found: list[User] = []
        while True:
            page = self._get(f"/users?limit={_PAGE}&offset={len(found)}", UserPage)
            found += page.items
            if not page.items or len(found) >= page.total_count:
                return tuple(found)

    def user(self, name: str) -> User:
        """Return a user by name."""
        return self._get(_path("users", name), User)

    def create_user(self, wish: NewUser) -> User:
        """Make a user."""
        return self._send("POST", "/users", wish, User)

    def edit_user(self, name: str, changes: UserChanges) -> User:
        """Change some of a user."""
        return self._send("PUT", _path("users", name), changes, User)

    def delete_user(self, name: str, *, reassign_to: str | None = None) -> None:
        """Remove a user, with all tokens; channels that the user alone owns go to `reassign_to`."""
        query = f"?reassign_to={quote(reassign_to, safe='')}" if reassign_to is not None else ""
        self._client.request("DELETE", _path("users", name) + query)

    def change_password(self, wish: PasswordChange) -> None:
        """Change one's own password."""
        self._client.request("PUT", "/account/password", content=msgspec.json.encode(wish))

    def roles(self) -> tuple[Role, ...]:
        """Return all roles, built-in ones too."""
        return self._get(f"/roles?limit={_PAGE}", RolePage).items

    def role(self, name: str) -> Role:
        """Return a role by name."""
        return self._get(_path("roles", name), Role)

    def create_role(self, wish: NewRole) -> Role:
        """Make a role."""
        return self._send("POST", "/roles", wish, Role)

    def edit_role(self, name: str, changes: RoleChanges) -> Role:
        """Change some of a role."""
        return self._send("PUT", _path("roles", name), changes, Role)

    def delete_role(self, name: str) -> None:
        """Remove a role."""
        self._client.request("DELETE", _path("roles", name))

    def groups(self) -> tuple[Group, ...]:
        """Return all groups, by name."""
        return self._get(f"/groups?limit={_PAGE}", GroupPage).items

    def group(self, name: str) -> Group:
        """Return a group by name."""
        return self._get(_path("groups", name), Group)

    def create_group(self, wish: NewGroup) -> Group:
        """Make a group."""
        return self._send("POST", "/groups", wish, Group)

    def edit_group(self, name: str, changes: GroupChanges) -> Group:
        """Change some of a group."""
        return self._send("PUT", _path("groups", name), changes, Group)

    def delete_group(self, name: str) -> None:
        """Remove a group."""
        self._client.request("DELETE", _path("groups", name))

    def add_member(self, group: str, user: str) -> None:
        """Put a user into a group."""
        self._client.request("PUT", _path("groups", group, "members", user), content=b"{}")

    def remove_member(self, group: str, user: str) -> None:
        """Take a user out of a group."""
        self._client.request("DELETE", _path("groups", group, "members", user))

    def grants(self, channel: str) -> tuple[Grant, ...]:
        """Return what groups may do in a channel."""
        return self._get(f"{channel_path(channel)}/groups", GrantPage).items

    def grant(self, group: str, channel: str, level: str) -> None:
        """Let a group do more, or less, in a channel."""
        path = channel_path(channel) + _path("groups", group)
        self._client.request("PUT", path, content=msgspec.json.encode(GrantWish(level=level)))

    def revoke(self, group: str, channel: str) -> None:
        """Let a group do nothing of its own in a channel."""
        self._client.request("DELETE", channel_path(channel) + _path("groups", group))

    def _get(self, path: str, kind: type[T]) -> T:
        return read_answer(self._client.request("GET", path), kind)

    def _send(self, method: str, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        return read_answer(self._client.request(method, path, content=msgspec.json.encode(body)), kind)


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)
