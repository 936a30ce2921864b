"""A name of a source that was read alone, when somebody first asked for it."""

from datetime import datetime

import msgspec

from libs.common.domain.manifest import ShardDigest


class ReadPage(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: the shard, None where the source lists the name and has nothing usable of it.

    `etag` and `last_modified` are the source's, to ask again with.
    """

    name: str
    shard: ShardDigest | None
    read_at: datetime
    etag: str | None = None
    last_modified: str | None = None
