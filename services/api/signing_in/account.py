"""One's own account: the user behind a request, the default channel, the password."""

import msgspec

from libs.common.contracts.access_messages import UserChanged
from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, can_see, decide_access
from libs.common.domain.access.identity import Credential, Identity
from libs.common.domain.access.people import User
from libs.common.domain.channel import ChannelKey, channel_key
from libs.common.domain.errors import Conflict, InvalidInput, NotAuthenticated
from libs.common.ports.outbox import Unsaid
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.passwords import check_new_password
from services.api.signing_in.sign_in import check_password


async def find_account(identity: Identity, *, ports: Ports) -> User | None:
    """Return the user behind a request; for the administrator's token of a file the user `admin`, if there is one."""
    if identity.user_id is None or identity.name is None:
        return None
    if identity.credential is Credential.BOOTSTRAP:
        return await ports.users.find(identity.name)
    return await ports.users.get(identity.user_id)


async def get_account(identity: Identity, *, ports: Ports) -> User:
    """Return the user behind a request.

    Raises:
        Conflict: for the administrator's token where there is no user `admin`.
        NotAuthenticated: for a user who was removed in this moment.
    """
    user = await find_account(identity, ports=ports)
    if user is not None:
        return user
    if identity.credential is Credential.BOOTSTRAP:
        raise Conflict("there is no user admin that this token could act for; make one, or sign in as another user")
    raise NotAuthenticated("this account is not there any more")


async def set_default_channel(name: str | None, identity: Identity, *, ports: Ports) -> User:
    """Set where uploads without a channel go.

    Raises:
        InvalidInput: for a channel that one may not put packages into.
        Conflict, NotAuthenticated: as `get_account`.
    """
    user = await get_account(identity, ports=ports)
    key = None if name is None else await _own_channel(name, identity, ports=ports)
    if key == user.default_channel:
        return user
    return await _change(user, {"default_channel": key}, identity, ports=ports)


async def change_password(old: str, new: str, identity: Identity, *, ports: Ports) -> None:
    """Set one's password; all other sign-ins end.

    Raises:
        NotAuthenticated: for a wrong old password.
        TooManyAttempts: after too many of them.
        InvalidInput: for a new one that is too easily guessed, or a user who signs in elsewhere.
    """
    user = await get_account(identity, ports=ports)
    if user.password_hash is None:
        raise InvalidInput(
            "this account has no password here: it signs in at the OpenID provider, or an administrator sets one",
            field="old_password",
        )
    check_new_password(new, name=user.name, field="new_password")
    await check_password(
        user.name,
        old,
        address=identity.address,
        users=ports.users,
        attempts=ports.sign_in_attempts,
        passwords=ports.passwords,
        bus=ports.bus,
        clock=ports.clock,
        ids=ports.ids,
    )
    password_hash = await ports.passwords.hash(new)
    await _change(user, {"password_hash": password_hash}, identity, ports=ports)
    await ports.sessions.end_of_user(user.id, but=identity.session_id)


async def _own_channel(name: str, identity: Identity, *, ports: Ports) -> ChannelKey:
    first, _, below = name.partition("/")
    field = "default_channel_name"
    try:
        key = channel_key(first, below or None)
    except InvalidInput as exc:
        raise InvalidInput(exc.message, field=field) from exc
    channel = await ports.channels.get(key)
    if channel is None or not can_see(identity, channel):
        raise InvalidInput(f"there is no channel {key} that you may read", field=field)
    as_owner = msgspec.structs.replace(identity, limits=None)
    if decide_access(as_owner, Action.ARTIFACT_CREATE, channel) is not Verdict.ALLOWED:
        raise InvalidInput(f"you may not put packages into {key}; choose another channel", field=field)
    return key


async def _change(user: User, changes: dict[str, object], identity: Identity, *, ports: Ports) -> User:
    by, now = caller_of(identity), ports.clock.now()
    fields = tuple("password" if name == "password_hash" else name for name in changes)
    message = UserChanged(
        user_id=user.id, user=user.name, change="updated", fields=fields, by=by.name, by_address=by.address
    )
    word = Unsaid(event_id=f"user.changed-{ports.ids.new()}", at=now, message=message)
    changed = await ports.users.update(user.id, {**changes, "updated_at": now}, unsaid=[word])
    if changed is None:
        raise NotAuthenticated("this account is not there any more")
    await say_unsaid(ports.users, user.id, bus=ports.bus)
    return changed
