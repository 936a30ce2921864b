"""Somebody has shown who they are -> their channel is there, and the sign-in is told."""

from typing import Literal

from libs.common.domain.access.identity import Credential
from libs.common.domain.access.people import User
from services.api.ports import Ports
from services.api.signing_in.default_channel import make_default_channel
from services.api.signing_in.sessions import Told
from services.api.signing_in.sign_in import note_sign_in


async def finish_sign_in(
    user: User, *, way: Literal["password", "oidc"], address: str | None, ports: Ports, told: Told | None = None
) -> None:
    """Do what belongs to every sign-in, before a session begins; `told` is what a provider says of them.

    Raises:
        NotAuthenticated: for a user who is disabled.
        StoreUnavailable: when the database does not answer.
    """
    says = told or Told()
    identity = await ports.identities.of(
        user, credential=Credential.SESSION, roles=says.roles, groups=says.groups, address=address
    )
    await make_default_channel(user, identity, ports=ports)
    await note_sign_in(
        user, way=way, address=address, users=ports.users, bus=ports.bus, clock=ports.clock, ids=ports.ids
    )
