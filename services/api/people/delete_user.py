"""DELETE user -> user.changed; channels are given away first, sign-ins and tokens end with it."""

from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.access.people import UserKind
from libs.common.domain.access.roles import Rights
from libs.common.domain.errors import Conflict
from services.api.people.edit_user import change_user
from services.api.people.known_people import check_covered, known_people
from services.api.people.owned_channels import all_channels, check_heir, give_away
from services.api.people.words import user_word
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid


async def delete_user(
    name: str, *, reassign_to: str | None, asked_by: Identity, by: Caller, own: Rights, ports: Ports
) -> None:
    """Remove a user: disabled first, so that nothing is done in the name of somebody who is half gone.

    Broken off, it goes on when it is asked for again. The name stays in the audit trail, and in
    no channel's owners, so that who is called so later gets nothing of it.

    Raises:
        NotFound: when there is no such user.
        InvalidInput: when there is nobody of the name `reassign_to`.
        NotAllowed: when the user has more rights than `own`, or channels that who asks does not manage.
        Conflict: when the user alone owns channels, is a service account, is the last who may do
            everything, or was changed in this moment.
    """
    people = await known_people(ports)
    user = people.find_user(name)
    check_covered(own, people.rights_of(user))
    if user.kind is UserKind.SERVICE:
        raise Conflict(f"this is the service account of channel {user.serves}; DELETE it below its channel")
    heir = people.find_heir(reassign_to) if reassign_to is not None else None
    owned = [channel for channel in await all_channels(ports.channels) if user.name in channel.owners]
    check_heir(owned, of=user, heir=heir, asked_by=asked_by)
    changes: dict[str, object] = {} if user.is_disabled else {"is_disabled": True}
    disabled = await change_user(user, changes, people=people, by=by, own=own, ports=ports)
    if disabled is None:
        raise Conflict(f"somebody else changed the user {name} in this moment; look again")
    await give_away(owned, of=user, heir=heir, by=by, ports=ports)
    await ports.sessions.end_of_user(user.id)
    await ports.access_tokens.delete_of_user(user.id)
    word = user_word(user, "deleted", by=by, at=ports.clock.now(), ids=ports.ids)
    await ports.users.delete(user.id, unsaid=[word])
    await say_unsaid(ports.users, user.id, bus=ports.bus)
