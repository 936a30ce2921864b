"""POST user -> user.changed."""

import msgspec
from msgspec import UNSET

from libs.common.domain.access.identity import Caller
from libs.common.domain.access.people import SERVICE_ACCOUNT, User, check_user_name
from libs.common.domain.access.roles import AUTHOR, Rights
from libs.common.domain.errors import Conflict, InvalidInput
from services.api.people.known_people import check_covered, known_people
from services.api.people.schemas import NewUser
from services.api.people.words import member_words, user_word
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.passwords import check_new_password


async def create_user(wish: NewUser, *, by: Caller, own: Rights, ports: Ports) -> User:
    """Make a user with at most the rights of `own`; without roles it is an author.

    Raises:
        InvalidInput: for a name that can't be one, a password too easily guessed, or no such role or group.
        NotAllowed: when the user would have more rights than `own`.
        Conflict: when the name is taken.
    """
    check_user_name(wish.username)
    if wish.username.startswith(SERVICE_ACCOUNT):
        raise InvalidInput(f"names of channels' service accounts begin with {SERVICE_ACCOUNT}", field="username")
    if wish.password is not None:
        check_new_password(wish.password, name=wish.username)
    people = await known_people(ports)
    user = User(
        id=ports.ids.new(),
        name=wish.username,
        email=wish.email,
        roles=people.check_roles((AUTHOR,) if wish.roles is UNSET or wish.roles is None else wish.roles),
        groups=people.check_groups(wish.groups or ()),
        password_hash=await ports.passwords.hash(wish.password) if wish.password is not None else None,
        created_at=ports.clock.now(),
    )
    check_covered(own, people.rights_of(user))
    nowhere = msgspec.structs.replace(user, groups=())
    unsaid = [
        user_word(user, "created", by=by, at=user.created_at, ids=ports.ids),
        *member_words(nowhere, user, by=by, at=user.created_at, ids=ports.ids),
    ]
    if not await ports.users.add(user, unsaid=unsaid):
        raise Conflict(f"there is a user {user.name} already; choose another name")
    await say_unsaid(ports.users, user.id, bus=ports.bus)
    return user
