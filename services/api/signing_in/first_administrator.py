"""An installation without its first user -> the user `admin`."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from libs.common.contracts.access_messages import UserChanged
from libs.common.domain.access.people import User
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.errors import InvalidInput
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Users
from services.api.signing_in.passwords import Passwords, check_new_password

FIRST_ADMINISTRATOR = "admin"
_LOG = structlog.get_logger()


async def make_first_administrator(
    password: str | None, *, users: Users, passwords: Passwords, clock: Clock, ids: Ids
) -> None:
    """Make the first user where there is none of the name, with a password where one is given.

    Several apis may do this at once. An `admin` that is there keeps the password it has; one that has
    none, and is nobody's of a provider, gets this one.
    """
    there = await users.find(FIRST_ADMINISTRATOR)
    if there is not None and (password is None or there.password_hash is not None or there.issuer is not None):
        return
    now = clock.now()
    password_hash = None if password is None else await passwords.hash(password)
    if there is not None:
        word = _word(there.id, "updated", at=now, ids=ids)
        await users.update(there.id, {"password_hash": password_hash, "updated_at": now}, unsaid=[word])
        return
    user = User(id=ids.new(), name=FIRST_ADMINISTRATOR, roles=(ADMIN,), password_hash=password_hash, created_at=now)
    if await users.add(user, unsaid=[_word(user.id, "created", at=now, ids=ids)]):
        _LOG.info("first_administrator_made", user=user.name, has_password=password is not None)


def read_password(path: Path | None) -> str | None:
    """Read the first administrator's password; None where no file is named.

    Raises:
        InvalidInput: when the file can't be read, or holds what could be guessed.
    """
    if path is None:
        return None
    try:
        password = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(
            "the first administrator's password can't be read; check TAIN_ADMIN_PASSWORD_FILE",
            field="admin_password_file",
        ) from exc
    try:
        check_new_password(password, name=FIRST_ADMINISTRATOR)
    except InvalidInput as exc:
        raise InvalidInput(f"TAIN_ADMIN_PASSWORD_FILE: {exc.message}", field="admin_password_file") from exc
    return password


def _word(user_id: str, change: Literal["created", "updated"], *, at: datetime, ids: Ids) -> Unsaid:
    message = UserChanged(user_id=user_id, user=FIRST_ADMINISTRATOR, change=change)
    return Unsaid(event_id=f"user.changed-{ids.new()}", at=at, message=message)
