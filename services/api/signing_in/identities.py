"""A user -> who asks: their roles, their groups' roles, and the rights of all of them.

What is read is kept for a moment, and so is what `Access` makes of it: together no longer than half
a second, after which a change counts on every api.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

import msgspec

from libs.common.domain.access.identity import Credential, Identity, Limits
from libs.common.domain.access.people import User
from libs.common.domain.access.roles import EVERYONE, PRESETS, Role, combine
from libs.common.domain.errors import NotAuthenticated
from libs.common.ports.records import Groups, Roles
from services.api.signing_in.kept import KEPT_S, Kept


class _Named(msgspec.Struct, frozen=True):
    """Every role there is, and which of them each group gives."""

    roles: Mapping[str, Role]
    of_group: Mapping[str, tuple[str, ...]]


class Identities:
    """Knows what roles and groups give; `kept_s` is how long that is remembered."""

    def __init__(
        self, *, roles: Roles, groups: Groups, kept_s: float = KEPT_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._roles = roles
        self._groups = groups
        self._named: Kept[str, _Named] = Kept(limit=1, kept_s=kept_s, now_s=now_s)

    async def of(
        self,
        user: User,
        *,
        credential: Credential,
        roles: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        limits: Limits | None = None,
        token_id: str | None = None,
        session_id: str | None = None,
        address: str | None = None,
    ) -> Identity:
        """Return a user as who asks; `roles` and `groups` are what a provider tells besides those that were given here.

        A token that was made here stands for what the provider told at its owner's last sign-in.
        Roles that nobody knows are passed over.

        Raises:
            NotAuthenticated: for a user who is disabled.
            StoreUnavailable: when the database does not answer.
        """
        if user.is_disabled:
            raise NotAuthenticated(f"the account {user.name} is disabled; ask your administrator")
        if credential is Credential.TOKEN:
            roles, groups = user.told_roles, user.told_groups
        named = await self._named.get("all", self._read)
        in_groups = dict.fromkeys((*user.groups, *groups))
        given = [*user.roles, *roles]
        for group in in_groups:
            given += named.of_group.get(group, ())
        held = tuple(name for name in dict.fromkeys(given) if name in named.roles and name != EVERYONE)
        return Identity(
            user_id=user.id,
            name=user.name,
            roles=held,
            rights=combine(named.roles[name] for name in (EVERYONE, *held)),
            groups=frozenset(in_groups),
            serves=user.serves,
            credential=credential,
            limits=limits,
            token_id=token_id,
            session_id=session_id,
            address=address,
        )

    async def _read(self) -> _Named:
        roles, groups = await asyncio.gather(self._roles.list(), self._groups.list())
        return _Named(
            roles={**{role.name: role for role in roles}, **PRESETS},
            of_group={group.name: group.roles for group in groups},
        )
