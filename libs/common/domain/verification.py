"""What a comparison of store, catalogues and index finds."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from libs.common.domain.channel import ChannelKey


class Part(StrEnum):
    """What can be at fault."""

    REVISION = "revision"
    CONTENTS = "contents"
    INDEX_FILE = "index_file"
    RENDERED_SHARD = "rendered_shard"
    CATALOGUE = "catalogue"
    MANIFEST = "manifest"
    SHARD = "shard"
    ARTIFACT = "artifact"


RENDERED_PARTS = frozenset({Part.REVISION, Part.CONTENTS, Part.INDEX_FILE, Part.RENDERED_SHARD})
"""These are made again from catalogues; the others are read or fetched again from the source."""


class Problem(StrEnum):
    """What is wrong with it."""

    MISSING = "missing"
    DAMAGED = "damaged"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is missing or damaged.

    `digest` names it; `affects` is the path, ckey or package name that stands on it.
    `remedy` says what was done about it, or what can be.
    """

    channel: ChannelKey
    part: Part
    problem: Problem
    digest: str
    affects: str
    mirror_id: str | None = None
    remedy: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared, and the first of the faults that were found; `channel` is None for all."""

    id: str
    channel: str | None
    is_deep: bool
    is_repair: bool
    started_at: datetime
    finished_at: datetime
    checked: Mapping[Part, int] = {}
    fault_count: int = 0
    faults: tuple[Fault, ...] = ()
