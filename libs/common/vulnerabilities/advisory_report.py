"""What an import or update did, as its report tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec


class AdvisoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """An import of a file, or an update from the configured source.

    `ecosystems` counts the records that are kept by now, `read` those that came in. `broken`
    counts those that could not be used, by reason; `passed_over` those of other ecosystems.
    The rest counts CVEs. `error` says why nothing was changed.
    """

    status: Literal["done", "failed"]
    cause: Literal["import", "update"]
    at: datetime
    error: str | None = None
    ecosystems: Mapping[str, int] = {}
    read: int = 0
    passed_over: int = 0
    broken: Mapping[str, int] = {}
    cves: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
