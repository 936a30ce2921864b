"""The users of the embedded mongod: one who makes users, and one for the services.

Rules of this file:
1. Made where they are missing, each by one command, so that a kill in between is mended by the next start.
2. The first one is made by mongod's localhost exception, which ends with it. Who is quicker on a shared
   machine gains nothing: then our password is refused, and the start fails and says so.
3. The passwords are in files before mongod starts, and never in a message.
"""

from dataclasses import dataclass, field
from typing import Any

import pymongo
import pymongo.errors

from deploy.embedded.failure import ServerFailed

DATABASE = "tain"

_REFUSED = 18
_MISSING_RIGHTS = 13
_EXISTS = 51003
_ROLES = ({"role": "readWrite", "db": DATABASE}, {"role": "dbAdmin", "db": DATABASE})
_TIMEOUT_MS = 10_000


@dataclass(frozen=True, kw_only=True)
class MongoUsers:
    """Names and passwords: who may do everything, and who may use the database of the services."""

    admin: str
    admin_password: str = field(repr=False)
    user: str
    user_password: str = field(repr=False)


def make_users(url: str, users: MongoUsers) -> None:
    """Make the users that are missing; a no-op where both get in.

    Raises:
        ServerFailed: when mongod knows other passwords, or does not answer.
    """
    try:
        if _gets_in(url, users.user, users.user_password):
            return
        if not _gets_in(url, users.admin, users.admin_password):
            _make(url, users.admin, users.admin_password, roles=("root",))
        _make(url, users.user, users.user_password, roles=_ROLES, by=(users.admin, users.admin_password))
    except pymongo.errors.OperationFailure as exc:
        if exc.code not in (_REFUSED, _MISSING_RIGHTS):
            raise ServerFailed(f"mongod did not make its users: {type(exc).__name__} {exc.code}; see its log") from exc
        raise ServerFailed(
            "mongod refuses the passwords of this data folder: it has users from elsewhere. Put the files of "
            "passwords/ back as they were, or choose another folder with --data"
        ) from exc
    except pymongo.errors.PyMongoError as exc:
        raise ServerFailed(f"mongod did not make its users: {type(exc).__name__}; see its log") from exc


def _gets_in(url: str, user: str, password: str) -> bool:
    with _client(url, user, password) as client:
        try:
            client.admin.command("ping")
        except pymongo.errors.OperationFailure as exc:
            if exc.code != _REFUSED:
                raise
            return False
        return True


def _make(url: str, user: str, password: str, *, roles: tuple[Any, ...], by: tuple[str, str] | None = None) -> None:
    with _client(url, *(by or (None, None))) as client:
        try:
            client.admin.command("createUser", user, pwd=password, roles=list(roles))
        except pymongo.errors.OperationFailure as exc:
            # Who was made before, with a password that is not the file's any more, gets the file's.
            if exc.code != _EXISTS or by is None:
                raise
            client.admin.command("updateUser", user, pwd=password, roles=list(roles))


def _client(url: str, user: str | None, password: str | None) -> pymongo.MongoClient[dict[str, object]]:
    return pymongo.MongoClient(
        url, username=user, password=password, directConnection=True, serverSelectionTimeoutMS=_TIMEOUT_MS
    )
