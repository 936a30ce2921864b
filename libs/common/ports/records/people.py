"""Users, groups, roles, their tokens and sign-ins. Written by the api."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.access.people import AccessToken, Group, User
from libs.common.domain.access.roles import Role
from libs.common.domain.access.sessions import Session, SignInFailures
from libs.common.domain.digest import Sha256
from libs.common.ports.outbox import Outbox, Unsaid


class Users(Outbox, Protocol):
    """Users and service accounts."""

    async def add(self, user: User, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new user; False where the name is taken, or the issuer's subject is known."""

    async def get(self, user_id: str) -> User | None:
        """Return a user."""

    async def find(self, name: str) -> User | None:
        """Return a user by name."""

    async def find_subject(self, issuer: str, subject: str) -> User | None:
        """Return the user that a provider knows as `subject`."""

    async def list(self) -> Sequence[User]:
        """Return all users, by name."""

    async def update(
        self,
        user_id: str,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> User | None:
        """Set fields of `User` by their names; None where there is no such user, or fields of `was` are others by now.

        Its name, and what a provider knows it as, never change.
        """

    async def delete(self, user_id: str, *, unsaid: Sequence[Unsaid] = ()) -> User | None:
        """Remove a user and return what it was."""


class Groups(Outbox, Protocol):
    """Groups; who is in them stands with the users."""

    async def add(self, group: Group, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new group; False where the name is taken."""

    async def find(self, name: str) -> Group | None:
        """Return a group by name."""

    async def list(self) -> Sequence[Group]:
        """Return all groups, by name."""

    async def get(self, group_id: str) -> Group | None:
        """Return a group."""

    async def update(
        self, group_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> Group | None:
        """Set fields of `Group` by their names, but the name; None where there is no such group."""

    async def delete(self, group_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Group | None:
        """Remove a group and return what it was."""


class Roles(Outbox, Protocol):
    """Roles that were made here; presets are in the code. A role's name is its id."""

    async def add(self, role: Role, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new role; False where the name is taken."""

    async def get(self, name: str) -> Role | None:
        """Return a role."""

    async def list(self) -> Sequence[Role]:
        """Return all roles that were made here, by name."""

    async def update(self, name: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Set fields of `Role` by their names; None where there is no such role."""

    async def delete(self, name: str, *, unsaid: Sequence[Unsaid] = ()) -> Role | None:
        """Remove a role and return what it was."""


class AccessTokens(Outbox, Protocol):
    """Opaque tokens, found by the sha256 of their value."""

    async def add(self, token: AccessToken, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new token; False where its owner has one of this name."""

    async def find(self, digest: Sha256) -> AccessToken | None:
        """Return the token of a value."""

    async def get(self, token_id: str) -> AccessToken | None:
        """Return a token."""

    async def list(self, user_id: str) -> Sequence[AccessToken]:
        """Return the tokens of a user, by name."""

    async def update(
        self, token_id: str, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> AccessToken | None:
        """Set fields of `AccessToken` by their names, but its owner; None where there is no such token.

        None as well where its owner has another one of the name that is set.
        """

    async def delete(self, token_id: str, *, unsaid: Sequence[Unsaid] = ()) -> AccessToken | None:
        """Remove a token and return what it was."""

    async def delete_of_user(self, user_id: str) -> int:
        """Remove all tokens of a user; returns how many there were."""


class Sessions(Protocol):
    """Sign-ins that go on: refresh tokens and cookies, found by the sha256 of their value.

    All methods raise StoreUnavailable when the database does not answer.
    """

    async def add(self, session: Session) -> None:
        """Store a new sign-in."""

    async def get(self, session_id: str) -> Session | None:
        """Return a sign-in; what has expired may be gone."""

    async def find(self, digest: Sha256) -> Session | None:
        """Return the sign-in of a value, also of one of the last that were replaced."""

    async def rotate(self, session_id: str, *, was: Sha256, digest: Sha256, at: datetime) -> bool:
        """Replace the value and remember the old one, to tell that it was stolen; False where it is another by now."""

    async def end(self, session_id: str) -> bool:
        """Remove a sign-in; False where it was gone."""

    async def end_of_user(self, user_id: str, *, but: str | None = None) -> int:
        """Remove all sign-ins of a user but one; returns how many there were."""


class SignInAttempts(Outbox, Protocol):
    """How often a sign-in failed, by user name and by address; the same for all apis. A key is its id."""

    async def failed(self, key: str, *, at: datetime) -> SignInFailures:
        """Count one more failure, and return what that makes; counts older than an hour are forgotten."""

    async def get(self, key: str) -> SignInFailures | None:
        """Return the failures of a key."""

    async def lock(self, key: str, *, until: datetime, unsaid: Sequence[Unsaid] = ()) -> None:
        """Refuse sign-ins under a key, which failed before, until a time; an earlier one does not shorten a lock."""

    async def forget(self, key: str) -> None:
        """Begin to count anew: a sign-in succeeded."""
