"""Passwords of people who sign in here: argon2id, a few at a time.

Each takes 64 MiB while it is looked at (RFC 9106, second recommended option), so a flood of
sign-ins waits in a short line, and what comes after that is told to come again.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from libs.common.domain.errors import InvalidInput, TooManyAttempts

MIN_CHARACTERS = 8
MAX_CHARACTERS = 1024

_AT_ONCE = 2
_IN_LINE = 64
_COME_AGAIN_S = 5.0


class Matched(msgspec.Struct, frozen=True):
    """Whether a password is right; `rehashed` is what to store from now on, where the parameters changed."""

    is_right: bool
    rehashed: str | None = None


class Passwords:
    """Makes and checks hashes, `at_once` of them in one moment."""

    def __init__(
        self, hasher: PasswordHasher | None = None, *, at_once: int = _AT_ONCE, in_line: int = _IN_LINE
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(at_once)
        self._in_line = in_line
        self._waiting = 0
        self._decoy: str | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one may be looked at; `match` belongs inside.

        Raises:
            TooManyAttempts: where too many wait already.
        """
        if self._waiting >= self._in_line:
            raise TooManyAttempts("too many people sign in at this moment; try again", retry_after_s=_COME_AGAIN_S)
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    async def match(self, password_hash: str | None, password: str) -> Matched:
        """Tell whether a password is the one of a hash; None takes as long and is never right."""
        if self._decoy is None:
            self._decoy = await asyncio.to_thread(self._hasher.hash, secrets.token_hex(16))
        is_known = password_hash is not None
        matched = await asyncio.to_thread(self._match, password_hash or self._decoy, password)
        return matched if is_known else Matched(False)

    async def hash(self, password: str) -> str:
        """Return what is stored of a password.

        Raises:
            TooManyAttempts: where too many wait already.
        """
        async with self.turn():
            return await asyncio.to_thread(self._hasher.hash, password)

    def _match(self, password_hash: str, password: str) -> Matched:
        try:
            self._hasher.verify(password_hash, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError, UnicodeEncodeError):
            return Matched(False)
        is_old = self._hasher.check_needs_rehash(password_hash)
        return Matched(True, self._hasher.hash(password) if is_old else None)


def check_new_password(password: str, *, name: str, field: str = "password") -> None:
    """Refuse passwords that can be guessed at once, and those that can't be kept.

    Raises:
        InvalidInput: with what to choose instead.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidInput(
            f"a password has at least {MIN_CHARACTERS} and at most {MAX_CHARACTERS} characters", field=field
        )
    if password.casefold() == name.casefold():
        raise InvalidInput("the password must not be the user's name; choose another one", field=field)
    try:
        password.encode()
    except UnicodeEncodeError as exc:
        raise InvalidInput("the password has signs that are no letters; choose another one", field=field) from exc
