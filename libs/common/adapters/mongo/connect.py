"""Connecting to MongoDB, and saying in our words that it does not answer.

Motor is in its last year; its successor is a small step away as long as nobody outside
of this folder imports it.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, TypeAlias

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import ConfigurationError, ConnectionFailure, InvalidURI, OperationFailure, PyMongoError

from libs.common.adapters.server_secrets import NO_SECRETS, ServerSecrets, read_secret
from libs.common.domain.errors import InvalidInput, StoreUnavailable

Document: TypeAlias = dict[str, Any]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
Database: TypeAlias = AsyncIOMotorDatabase[Document]

DEFAULT_DATABASE = "tain"

_ANSWER_TIMEOUT_MS = 30_000
_CONNECT_TIMEOUT_MS = 5_000
_VERIFY = re.compile(r"certificate verify failed: ([^(\[,;]+?) *[(,;]")
_TOLD_OF_CODES = {
    13: "MongoDB does not let this user do what was asked; see the operator guide for the roles that it needs",
    18: "MongoDB refuses the user or password; check TAIN_MONGO_URL (authSource, too) and TAIN_MONGO_PASSWORD_FILE",
}
"""Unauthorized, and AuthenticationFailed."""


def connect(
    url: str,
    *,
    secrets: ServerSecrets = NO_SECRETS,
    find_timeout_s: float = 5.0,
    answer_within_s: float | None = None,
) -> Database:
    """Return the database that a URL names, or `tain` where it names none; opens nothing yet.

    A write is acknowledged when it is in the journals of most members (of the one server
    where it stands alone), so that it survives `kill -9` and the loss of a primary.
    With `answer_within_s` each call ends by then, also where a server hangs and is asked
    twice; without it large reads and the making of indexes may take their time.

    Raises:
        InvalidInput: for a URL or a file that can't be used; the message repeats neither.
    """
    options = _options_of(secrets)
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
            **options,
        )
        return client.get_default_database(DEFAULT_DATABASE)
    except (InvalidURI, ConfigurationError, ValueError, OSError) as exc:
        raise InvalidInput(
            "the MongoDB URL can't be read; write mongodb://HOST:PORT/DATABASE, with USER@ before HOST for "
            "the password of TAIN_MONGO_PASSWORD_FILE; check the certificates that it or TAIN_MONGO_CA_FILE names",
            field="TAIN_MONGO_URL",
        ) from exc


def _options_of(secrets: ServerSecrets) -> Mapping[str, Any]:
    """Return what the URL shall not hold: the password, and files of this machine."""
    options: dict[str, Any] = {}
    if secrets.mongo_password_file is not None:
        options["password"] = read_secret(secrets.mongo_password_file, variable="TAIN_MONGO_PASSWORD_FILE")
    if secrets.mongo_ca_file is not None:
        options |= {"tls": True, "tlsCAFile": str(secrets.mongo_ca_file)}
    if secrets.mongo_cert_file is not None:
        options |= {"tls": True, "tlsCertificateKeyFile": str(secrets.mongo_cert_file)}
    return options


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """Turn whatever goes wrong with MongoDB into our own error; also stands above methods.

    Raises:
        StoreUnavailable: when MongoDB does not answer or does not do what was asked.
    """
    try:
        yield
    except PyMongoError as exc:
        raise StoreUnavailable(_why(exc)) from exc


def _why(error: PyMongoError) -> str:
    """Say in a line what is wrong; the driver's own words may hold hosts and more."""
    if isinstance(error, OperationFailure):
        told = _TOLD_OF_CODES.get(error.code or 0)
        return (
            told or f"MongoDB did not do what was asked: {(error.details or {}).get('codeName') or 'OperationFailure'}"
        )
    if isinstance(error, ConnectionFailure):
        words = str(error)
        verify = _VERIFY.search(words)
        if verify is not None:
            return f"the certificate of MongoDB is not trusted ({verify.group(1)}); check TAIN_MONGO_CA_FILE"
        if "SSL" in words:
            return "MongoDB does not agree on TLS; check TAIN_MONGO_CA_FILE, TAIN_MONGO_CERT_FILE and TAIN_MONGO_URL"
    return f"MongoDB did not do what was asked: {type(error).__name__}"
