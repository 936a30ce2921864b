"""mirrors -> those that somebody looks for, in the order that they want."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.run import Run, RunState
from libs.common.ports.records import Runs, Schedule
from services.api.sync_state import state_of

_URGENCY = (
    RunState.FAILED,
    RunState.RUNNING,
    RunState.STOPPING,
    RunState.PENDING,
    RunState.STOPPED,
    RunState.COMPLETED,
    RunState.SKIPPED,
)
"""What somebody looks for first when they sort by state."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

_OF_MIRROR: Mapping[str, Callable[[Mirror], Any]] = {
    "mirror_name": attrgetter("name"),
    "name": attrgetter("name"),
    "channel": attrgetter("channel", "position"),
    "type": attrgetter("type", "name"),
    "created_at": attrgetter("created_at"),
}
_OF_RUN: Mapping[str, Callable[[Run | None], Any]] = {
    "state": lambda run: _URGENCY.index(state_of(run)),
    "last_run_at": lambda run: (run.started_at or run.requested_at) if run is not None else _LONG_AGO,
}
_NEXT = "next_run_at"
SORTS = (*_OF_MIRROR, *_OF_RUN, _NEXT)


class MirrorWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a part of the name, channel or source, a state, a type; None takes all.

    `sort` is one of `SORTS`, with a minus downwards; None leaves the order as it is.
    """

    search: str | None = None
    state: RunState | None = None
    type: MirrorType | None = None
    sort: str | None = None


async def choose_mirrors(
    mirrors: Sequence[Mirror], wish: MirrorWish, *, runs: Runs, schedule: Schedule
) -> Sequence[Mirror]:
    """Return the mirrors that fit; runs and schedule are read only where the wish is about them.

    Raises:
        InvalidInput: for a sort that there is not.
        StoreUnavailable: when a store does not answer.
    """
    word = (wish.sort or "").removeprefix("-")
    if word and word not in SORTS:
        raise InvalidInput(f"sort must be one of {', '.join(SORTS)}, with or without - before it", field="sort")
    found = [mirror for mirror in mirrors if _fits(mirror, wish)]
    ids = [mirror.id for mirror in found]
    newest = await runs.latest(ids) if wish.state is not None or word in _OF_RUN else {}
    if wish.state is not None:
        found = [mirror for mirror in found if state_of(newest.get(mirror.id)) is wish.state]
    if not word:
        return found
    fires = await schedule.next_of(ids) if word == _NEXT else {}

    def place(mirror: Mirror) -> Any:
        if word in _OF_RUN:
            return _OF_RUN[word](newest.get(mirror.id))
        return fires.get(mirror.id, _NEVER) if word == _NEXT else _OF_MIRROR[word](mirror)

    return sorted(found, key=place, reverse=(wish.sort or "").startswith("-"))


def _fits(mirror: Mirror, wish: MirrorWish) -> bool:
    text = (wish.search or "").strip().lower()
    is_named = any(text in shown.lower() for shown in (mirror.name, mirror.channel, mirror.source_root))
    return is_named and wish.type in (None, mirror.type)
