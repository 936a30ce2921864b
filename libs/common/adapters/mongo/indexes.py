"""The collections and their indexes; every query of ours has one, most have `_id`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import OperationFailure

from libs.common.adapters.mongo.connect import Collection, Database
from libs.common.domain.access.sessions import FAILURES_COUNT_FOR
from libs.common.domain.download import KEPT_FOR

CHANNELS = "channels"
MIRRORS = "mirrors"
POLICIES = "policies"
POLICY_REVISIONS = "policy_revisions"
RUNS = "runs"
BATCHES = "batches"
SHARDS = "shards"
RENDERED_SHARDS = "rendered_shards"
READ_PAGES = "read_pages"
EXTRACTED = "extracted"
CATALOGUE_HEADS = "catalogue_heads"
REVISIONS = "revisions"
REPORTS = "reports"
KEPT_REPORTS = "kept_reports"
MIRROR_PREVIEWS = "mirror_previews"
SCHEDULE = "schedule"
HISTORY = "history"
CHANNEL_DOWNLOADS = "channel_downloads"
ARTIFACT_DOWNLOADS = "artifact_downloads"
DOWNLOADS = "downloads"
ADVISORIES = "advisories"
CURATIONS = "curations"
ADVISORY_BOOKS = "advisory_books"
SETTINGS = "settings"
UPLOADS = "uploads"
REMOVALS = "removals"
ATTACHMENTS = "attachments"
BULK_JOBS = "bulk_jobs"
USERS = "users"
GROUPS = "groups"
ROLES = "roles"
ACCESS_TOKENS = "access_tokens"
SESSIONS = "sessions"
SIGN_IN_ATTEMPTS = "sign_in_attempts"

ONE_ACTIVE_RUN = "one_active_run_of_a_mirror"
EXTRACTED_KNOWN = "known"

_UNSAID = IndexModel([("unsaid.at", ASCENDING)], name="unsaid", sparse=True)

_INDEXES = {
    CHANNELS: [
        IndexModel([("key", ASCENDING)], name="key", unique=True),
        IndexModel([("parent", ASCENDING), ("key", ASCENDING)], name="children"),
        _UNSAID,
    ],
    MIRRORS: [
        IndexModel([("name", ASCENDING)], name="name", unique=True),
        IndexModel([("channel", ASCENDING), ("position", ASCENDING), ("name", ASCENDING)], name="of_channel"),
        _UNSAID,
    ],
    POLICIES: [IndexModel([("name", ASCENDING)], name="name", unique=True), _UNSAID],
    POLICY_REVISIONS: [
        IndexModel([("policy_id", ASCENDING), ("number", DESCENDING)], name="of_policy", unique=True),
    ],
    RUNS: [
        IndexModel(
            [("is_active", ASCENDING), ("mirror_id", ASCENDING)],
            name=ONE_ACTIVE_RUN,
            unique=True,
            partialFilterExpression={"is_active": True},
        ),
        IndexModel([("mirror_id", ASCENDING), ("number", ASCENDING)], name="number", unique=True),
        IndexModel([("mirror_id", ASCENDING), ("state", ASCENDING), ("number", ASCENDING)], name="latest"),
        IndexModel([("is_unsaid", ASCENDING)], name="unsaid", partialFilterExpression={"is_unsaid": True}),
    ],
    BATCHES: [IndexModel([("run_id", ASCENDING), ("attempt", ASCENDING), ("batch", ASCENDING)], name="of_attempt")],
    READ_PAGES: [
        IndexModel(
            [(field, ASCENDING) for field in ("mirror_id", "source", "partition", "name")], name="name", unique=True
        ),
        IndexModel([("shard", ASCENDING)], name="shard"),
    ],
    EXTRACTED: [IndexModel([("_id", ASCENDING), ("sha256", ASCENDING)], name=EXTRACTED_KNOWN)],
    CATALOGUE_HEADS: [IndexModel([("channel_id", ASCENDING)], name="of_channel")],
    REVISIONS: [IndexModel([("channel_id", ASCENDING), ("number", DESCENDING)], name="of_channel")],
    REPORTS: [IndexModel([("at", ASCENDING)], name="for_a_week", expireAfterSeconds=7 * 24 * 3600)],
    KEPT_REPORTS: [
        IndexModel([("expires_at", ASCENDING)], name="expired", expireAfterSeconds=0),
        IndexModel([("made_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
        *(
            IndexModel([(field, ASCENDING), ("made_at", DESCENDING), ("_id", DESCENDING)], name=name)
            for name, field in (("of_kind", "kind"), ("of_channel", "channel"), ("of_mirror", "mirror_id"))
        ),
    ],
    MIRROR_PREVIEWS: [
        IndexModel([("expires_at", ASCENDING)], name="expired", expireAfterSeconds=0),
        IndexModel([("state", ASCENDING), ("requested_by", ASCENDING)], name="open"),
    ],
    SCHEDULE: [IndexModel([("at", ASCENDING)], name="due")],
    HISTORY: [
        IndexModel([("created", DESCENDING), ("_id", DESCENDING)], name="newest"),
        *(
            IndexModel([(field, ASCENDING), ("created", DESCENDING), ("_id", DESCENDING)], name=name)
            for name, field in (("of_channel", "channel_id"), ("of_event_type", "event_type"), ("of_person", "by"))
        ),
    ],
    ADVISORIES: [
        IndexModel([("order", DESCENDING)], name="newest"),
        IndexModel([("texts", ASCENDING)], name="texts"),
        IndexModel([("aliases", ASCENDING)], name="aliases"),
        IndexModel([("ecosystems", ASCENDING), ("order", DESCENDING)], name="of_ecosystem"),
        IndexModel([("score", DESCENDING)], name="score"),
    ],
    CURATIONS: [
        IndexModel([("cve", ASCENDING)], name="of_cve"),
        IndexModel([("status", ASCENDING)], name="in_force"),
    ],
    DOWNLOADS: [
        IndexModel([("at", ASCENDING)], name="for_thirteen_months", expireAfterSeconds=int(KEPT_FOR.total_seconds())),
        IndexModel([("at", ASCENDING), ("_id", ASCENDING)], name="oldest"),
        *(
            IndexModel([(field, ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)], name=name)
            for name, field in (("of_channel", "channel"), ("of_user", "user"))
        ),
    ],
    SETTINGS: [_UNSAID],
    ARTIFACT_DOWNLOADS: [IndexModel([("channel_id", ASCENDING), ("count", DESCENDING)], name="of_channel")],
    UPLOADS: [
        IndexModel([("channel_id", ASCENDING), ("type", ASCENDING), ("name", ASCENDING)], name="of_package"),
        _UNSAID,
    ],
    REMOVALS: [IndexModel([("channel_id", ASCENDING)], name="of_channel"), _UNSAID],
    ATTACHMENTS: [
        IndexModel([("channel_id", ASCENDING), ("of", ASCENDING)], name="of_file"),
    ],
    BULK_JOBS: [
        IndexModel([("state", ASCENDING), ("at", ASCENDING)], name="open"),
        IndexModel([("finished_at", ASCENDING)], name="for_a_week", expireAfterSeconds=7 * 24 * 3600),
    ],
    USERS: [IndexModel([("known_as", ASCENDING)], name="known_as", unique=True), _UNSAID],
    GROUPS: [IndexModel([("known_as", ASCENDING)], name="known_as", unique=True), _UNSAID],
    ROLES: [_UNSAID],
    ACCESS_TOKENS: [
        IndexModel([("hash", ASCENDING)], name="hash", unique=True),
        IndexModel([("user_id", ASCENDING), ("name", ASCENDING)], name="of_user", unique=True),
        _UNSAID,
    ],
    SESSIONS: [
        IndexModel([("hash", ASCENDING)], name="hash", unique=True),
        IndexModel([("was", ASCENDING)], name="was"),
        IndexModel([("user_id", ASCENDING)], name="of_user"),
        IndexModel([("expires_at", ASCENDING)], name="expired", expireAfterSeconds=0),
    ],
    SIGN_IN_ATTEMPTS: [
        IndexModel(
            [("last_at", ASCENDING)],
            name="counts_no_more",
            expireAfterSeconds=int(FAILURES_COUNT_FOR.total_seconds()),
        ),
        _UNSAID,
    ],
}


_CHANGED = frozenset({85, 86})
"""IndexOptionsConflict and IndexKeySpecsConflict: there is another index of this name, or under these keys."""

_MEANWHILE = frozenset({26, 27, 276, 12587})
"""NamespaceNotFound, IndexNotFound, IndexBuildAborted, BackgroundOperationInProgress: another service does the same."""

_TRIES = 50
_PAUSE_S = 0.1


async def ensure_indexes(database: Database) -> None:
    """Make the indexes that are not there, and make anew those that were defined otherwise; again is a no-op.

    Services that start at once may drop each other's new index, but each of them ends with
    one that is as it should be.
    """
    await asyncio.gather(*(_ensure_all(database[collection], models) for collection, models in _INDEXES.items()))


async def _ensure_all(collection: Collection, models: Sequence[IndexModel]) -> None:
    """Make a collection's indexes by one command; one by one where that is refused."""
    try:
        await collection.create_indexes(models)
    except OperationFailure as exc:
        if exc.code not in _CHANGED | _MEANWHILE:
            raise
        for model in models:
            await _ensure(collection, model)


async def _ensure(collection: Collection, model: IndexModel) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            await collection.create_indexes([model])
        except OperationFailure as exc:
            if exc.code not in _CHANGED | _MEANWHILE or not tries_left:
                raise
            if exc.code in _CHANGED:
                await _drop_others(collection, model.document)
            else:
                await asyncio.sleep(_PAUSE_S)
        else:
            return


async def _drop_others(collection: Collection, wanted: Mapping[str, Any]) -> None:
    """Drop what stands in the way of an index, unless another service has made the very same by now."""
    async for found in collection.list_indexes():
        if found["name"] != wanted["name"] and _keys(found) != _keys(wanted):
            continue
        if _definition(found) == _definition(wanted):
            continue
        try:
            await collection.drop_index(found["name"])
        except OperationFailure as exc:
            if exc.code not in _MEANWHILE:
                raise


def _keys(index: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(index["key"].items())


def _definition(index: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what we define of an index, as the server shows it; `v` is the server's own."""
    return {name: value for name, value in index.items() if name not in ("v", "key")} | {"key": _keys(index)}
