"""Somebody signed in at the provider -> what it told is remembered, their channel is there, user.authenticated."""

from datetime import datetime

from libs.common.contracts.access_messages import UserSignedIn
from libs.common.domain.access.identity import Credential
from libs.common.domain.access.people import User, UserKind
from libs.common.ports.outbox import Unsaid
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.default_channel import make_default_channel
from services.api.signing_in.sessions import Told


async def finish_oidc_sign_in(user: User, told: Told, *, at: datetime, address: str | None, ports: Ports) -> User:
    """Do what belongs to a sign-in; of two at once one is told.

    Raises:
        NotAuthenticated: for a user who is disabled.
        StoreUnavailable: when the database does not answer.
    """
    if user.kind is UserKind.PERSON:
        identity = await ports.identities.of(
            user, credential=Credential.SESSION, roles=told.roles, groups=told.groups, address=address
        )
        await make_default_channel(user, identity, ports=ports)
    word = Unsaid(
        event_id=f"user.authenticated-{ports.ids.new()}",
        at=ports.clock.now(),
        message=UserSignedIn(user_id=user.id, user=user.name, way="oidc", by_address=address),
    )
    changes = {"last_sign_in_at": at, "told_roles": told.roles, "told_groups": told.groups}
    changed = await ports.users.update(user.id, changes, was={"last_sign_in_at": user.last_sign_in_at}, unsaid=[word])
    if changed is None:
        return await ports.users.get(user.id) or user
    await say_unsaid(ports.users, user.id, bus=ports.bus)
    return changed
