"""Connecting to MongoDB, and saying in our words that it does not answer.

Motor is in its last year; its successor is a small step away as long as nobody outside
of this folder imports it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, TypeAlias

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError

from libs.common.domain.errors import InvalidInput, StoreUnavailable

Document: TypeAlias = dict[str, Any]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
Database: TypeAlias = AsyncIOMotorDatabase[Document]

DEFAULT_DATABASE = "tain"

_ANSWER_TIMEOUT_MS = 30_000
_CONNECT_TIMEOUT_MS = 5_000


def connect(url: str, *, find_timeout_s: float = 5.0, answer_within_s: float | None = None) -> Database:
    """Return the database that a URL names, or `tain` where it names none; opens nothing yet.

    A write is acknowledged when it is in the journals of most members (of the one server
    where it stands alone), so that it survives `kill -9` and the loss of a primary.
    With `answer_within_s` each call ends by then, also where a server hangs and is asked
    twice; without it large reads and the making of indexes may take their time.

    Raises:
        InvalidInput: for a URL that can't be read; the message does not repeat it.
    """
    try:
        client = AsyncIOMotorClient[Document](
            url,
            appname="tain",
            w="majority",
            journal=True,
            tz_aware=True,
            tzinfo=UTC,
            uuidRepresentation="standard",
            serverSelectionTimeoutMS=int(find_timeout_s * 1000),
            connectTimeoutMS=_CONNECT_TIMEOUT_MS,
            socketTimeoutMS=_ANSWER_TIMEOUT_MS,
            timeoutMS=None if answer_within_s is None else int(answer_within_s * 1000),
        )
        return client.get_default_database(DEFAULT_DATABASE)
    except (InvalidURI, ConfigurationError, ValueError) as exc:
        raise InvalidInput(
            "the MongoDB URL can't be read; write mongodb://HOST:PORT/DATABASE", field="TAIN_MONGO_URL"
        ) from exc


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """Turn whatever goes wrong with MongoDB into our own error; also stands above methods.

    Raises:
        StoreUnavailable: when MongoDB does not answer or does not do what was asked.
    """
    try:
        yield
    except PyMongoError as exc:
        reason = (exc.details or {}).get("codeName") if isinstance(exc, OperationFailure) else None
        raise StoreUnavailable(f"MongoDB did not do what was asked: {reason or type(exc).__name__}") from exc
