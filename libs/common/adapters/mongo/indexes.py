"""The collections and their indexes; every query of ours has one, most have `_id`."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from libs.common.adapters.mongo.connect import Database

CHANNELS = "channels"
MIRRORS = "mirrors"
RUNS = "runs"
BATCHES = "batches"
SHARDS = "shards"
RENDERED_SHARDS = "rendered_shards"
CATALOGUE_HEADS = "catalogue_heads"
REVISIONS = "revisions"
REPORTS = "reports"
SCHEDULE = "schedule"
HISTORY = "history"
CHANNEL_DOWNLOADS = "channel_downloads"
ARTIFACT_DOWNLOADS = "artifact_downloads"

ONE_ACTIVE_RUN = "one_active_run_of_a_mirror"

_INDEXES = {
    CHANNELS: [
        IndexModel([("key", ASCENDING)], name="key", unique=True),
        IndexModel([("parent", ASCENDING), ("key", ASCENDING)], name="children"),
    ],
    MIRRORS: [
        IndexModel([("name", ASCENDING)], name="name", unique=True),
        IndexModel([("channel", ASCENDING), ("position", ASCENDING), ("name", ASCENDING)], name="of_channel"),
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
    ],
    BATCHES: [IndexModel([("run_id", ASCENDING), ("attempt", ASCENDING), ("batch", ASCENDING)], name="of_attempt")],
    CATALOGUE_HEADS: [IndexModel([("channel_id", ASCENDING)], name="of_channel")],
    REVISIONS: [IndexModel([("channel_id", ASCENDING), ("number", DESCENDING)], name="of_channel")],
    REPORTS: [IndexModel([("at", ASCENDING)], name="for_a_week", expireAfterSeconds=7 * 24 * 3600)],
    SCHEDULE: [IndexModel([("at", ASCENDING)], name="due")],
    HISTORY: [
        IndexModel([("created", DESCENDING), ("_id", DESCENDING)], name="newest"),
        *(
            IndexModel([(field, ASCENDING), ("created", DESCENDING), ("_id", DESCENDING)], name=name)
            for name, field in (("of_channel", "channel_id"), ("of_event_type", "event_type"), ("of_person", "by"))
        ),
    ],
    ARTIFACT_DOWNLOADS: [IndexModel([("channel_id", ASCENDING), ("count", DESCENDING)], name="of_channel")],
}


async def ensure_indexes(database: Database) -> None:
    """Make the indexes that are not there; a second time is a no-op."""
    for collection, models in _INDEXES.items():
        await database[collection].create_indexes(models)
