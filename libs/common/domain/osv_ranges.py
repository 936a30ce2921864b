"""Whether a version is affected: OSV's versions and ranges.

Essential reading: the Evaluation part of the OSV schema 1.7 (osv-schema: docs/schema.md).

Rules of this file:
1. A version is affected if it is listed, or equal to a listed one, or if a range holds it.
2. A range holds a version if the last event at or before it, in the ecosystem's order,
   opens the range, and the version lies before one of its limits, if it has any.
3. `introduced: "0"` lies before every version, `limit: "*"` behind.
4. A version that can't be compared counts as older than any other: a fix does not clear
   it, and only `introduced: "0"` opens a range for it.
"""

from collections.abc import Collection
from functools import cmp_to_key
from typing import Literal

from libs.common.domain.version_order import Compare

EventKind = Literal["introduced", "fixed", "last_affected", "limit"]

Event = tuple[EventKind, str]
"""What begins or ends at a version."""

Range = tuple[Event, ...]
"""The events of one range, in any order."""

NO_LIMIT = "*"

_BEFORE_ALL: Event = ("introduced", "0")


def is_affected(version: str, *, versions: Collection[str], ranges: Collection[Range], compare: Compare) -> bool:
    """Tell whether a version is listed, or lies in one of the ranges."""
    return (
        version in versions
        or any(range_holds(events, version, compare) for events in ranges)
        or any(compare(version, listed) == 0 for listed in versions)
    )


def range_holds(events: Range, version: str, compare: Compare) -> bool:
    """Tell whether a version lies in one range."""
    limits = [at for kind, at in events if kind == "limit"]
    if limits and not any(at == NO_LIMIT or _order(version, at, compare) < 0 for at in limits):
        return False
    holds = False
    for kind, at in _in_order(events, compare):
        if kind == "introduced":
            holds = holds or (kind, at) == _BEFORE_ALL or _order(version, at, compare) >= 0
        elif kind == "fixed":
            holds = holds and _order(version, at, compare) < 0
        elif kind == "last_affected":
            holds = holds and _order(version, at, compare) <= 0
    return holds


def _order(version: str, other: str, compare: Compare) -> int:
    compared = compare(version, other)
    return -1 if compared is None else compared


def _in_order(events: Range, compare: Compare) -> Range:
    if len(events) == 2 and events[0] == _BEFORE_ALL:
        return events

    def compare_events(one: Event, other: Event) -> int:
        if _BEFORE_ALL in (one, other):
            return (other == _BEFORE_ALL) - (one == _BEFORE_ALL)
        return compare(one[1], other[1]) or 0

    return tuple(sorted(events, key=cmp_to_key(compare_events)))
