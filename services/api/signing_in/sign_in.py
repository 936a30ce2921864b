"""POST login -> user.authenticated; after too many failures signin.refused and a pause."""

from typing import Literal

from libs.common.contracts.access_messages import SignInRefused, UserSignedIn
from libs.common.domain.access.lock_out import (
    TRIES_OF_A_NAME,
    TRIES_OF_AN_ADDRESS,
    key_of_address,
    key_of_name,
    pause_after,
)
from libs.common.domain.access.people import User
from libs.common.domain.errors import NotAuthenticated, TooManyAttempts
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import SignInAttempts, Users
from services.api.say_unsaid import say_unsaid
from services.api.signing_in.passwords import MAX_CHARACTERS, Passwords

_WRONG = "the user name or the password is wrong"


async def check_password(
    name: str,
    password: str,
    *,
    address: str | None,
    users: Users,
    attempts: SignInAttempts,
    passwords: Passwords,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> User:
    """Return the user whose name and password these are.

    A name that nobody has is counted, refused and looked at for as long as any other. While there is
    a pause, the right password is refused like a wrong one.

    Raises:
        NotAuthenticated: for a wrong name or password, or a user who is disabled.
        TooManyAttempts: while there is a pause for the name or the address, or too many wait.
        StoreUnavailable: when the database does not answer.
    """
    tries = {key_of_name(name): TRIES_OF_A_NAME}
    if address is not None:
        tries[key_of_address(address)] = TRIES_OF_AN_ADDRESS
    async with passwords.turn():
        # Inside of the turn: what waits in line while others fail must see the pause that they make.
        for key in tries:
            await check_pause(key, attempts=attempts, clock=clock)
        user = await users.find(name)
        known = user.password_hash if user is not None else None
        matched = await passwords.match(known if len(password) <= MAX_CHARACTERS else None, password[:MAX_CHARACTERS])
        if user is None or not matched.is_right:
            for key, of_key in tries.items():
                await count_failure(
                    key, tries=of_key, user=user, address=address, attempts=attempts, bus=bus, clock=clock, ids=ids
                )
            raise NotAuthenticated(_WRONG)
    await attempts.forget(key_of_name(name))
    if user.is_disabled:
        raise NotAuthenticated(f"the account {user.name} is disabled; ask your administrator")
    if matched.rehashed is not None:
        await users.update(user.id, {"password_hash": matched.rehashed})
    return user


async def note_sign_in(
    user: User, *, way: Literal["password", "oidc"], address: str | None, users: Users, bus: Bus, clock: Clock, ids: Ids
) -> None:
    """Remember that somebody signed in, and tell it."""
    now = clock.now()
    word = Unsaid(
        event_id=f"user.authenticated-{ids.new()}",
        at=now,
        message=UserSignedIn(user_id=user.id, user=user.name, way=way, by_address=address),
    )
    await users.update(user.id, {"last_sign_in_at": now}, unsaid=[word])
    await say_unsaid(users, user.id, bus=bus)


async def check_pause(key: str, *, attempts: SignInAttempts, clock: Clock) -> None:
    """Refuse while there is a pause for a name or an address.

    Raises:
        TooManyAttempts: with the time after which it may try again.
    """
    failures = await attempts.get(key)
    now = clock.now()
    if failures is None or failures.locked_until is None or failures.locked_until <= now:
        return
    raise TooManyAttempts(
        "too many sign-ins failed; wait before the next one",
        retry_after_s=(failures.locked_until - now).total_seconds(),
    )


async def count_failure(
    key: str,
    *,
    tries: int,
    user: User | None,
    address: str | None,
    attempts: SignInAttempts,
    bus: Bus,
    clock: Clock,
    ids: Ids,
) -> None:
    """Count a failure of a name or an address, and begin a pause where there were too many."""
    now = clock.now()
    failures = await attempts.failed(key, at=now)
    pause = pause_after(failures.count, tries=tries)
    if pause is None:
        return
    refused = SignInRefused(
        user=user.name if user is not None else None,
        failures=failures.count,
        locked_s=int(pause.total_seconds()),
        by_address=address,
    )
    word = Unsaid(event_id=f"signin.refused-{ids.new()}", at=now, message=refused)
    await attempts.lock(key, until=now + pause, unsaid=[word])
    await say_unsaid(attempts, key, bus=bus)
