"""What one who looks on has not yet been sent: bounded, however slowly they read. Pure, time comes as an argument."""

import msgspec

MOST_EVENTS = 500
PROGRESS_PACE_S = 0.25


class LiveEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is sent: its name, and its data as JSON.

    `mirror_id` is the mirror that it is of, if any. Of the progress of a mirror only the newest counts.
    """

    name: str
    data: bytes
    mirror_id: str | None = None
    is_progress: bool = False


class Backlog:
    """Events that wait to be sent, in order; progress of a mirror at most each `pace_s` seconds.

    When more than `most` wait, all are thrown away, and `resync` stands for them.
    """

    def __init__(self, *, resync: LiveEvent, most: int = MOST_EVENTS, pace_s: float = PROGRESS_PACE_S) -> None:
        self._resync = resync
        self._most = most
        self._pace_s = pace_s
        self._is_lost = False
        self._events: list[LiveEvent] = []
        self._progress: dict[str, LiveEvent] = {}
        self._sent_at_s: dict[str, float] = {}

    def add(self, event: LiveEvent) -> None:
        """Take an event; a no-op while `resync` stands for all that comes."""
        if self._is_lost:
            return
        if event.is_progress and event.mirror_id is not None:
            self._progress[event.mirror_id] = event
        else:
            # What was held back of its progress is out of date now.
            self._progress.pop(event.mirror_id or "", None)
            self._events.append(event)
        if len(self._events) + len(self._progress) > self._most:
            self.lose()

    def lose(self) -> None:
        """Throw all away: whoever reads must ask for everything anew."""
        self._is_lost = True
        self._events.clear()
        self._progress.clear()

    def take(self, *, now_s: float) -> tuple[LiveEvent, ...]:
        """Return what may be sent now; it is out of the backlog then."""
        if self._is_lost:
            self._is_lost = False
            return (self._resync,)
        due = [mirror_id for mirror_id in self._progress if not self._held_for_s(mirror_id, now_s)]
        taken = (*self._events, *(self._progress.pop(mirror_id) for mirror_id in due))
        self._events.clear()
        self._sent_at_s = {key: at_s for key, at_s in self._sent_at_s.items() if at_s + self._pace_s > now_s}
        self._sent_at_s |= dict.fromkeys(due, now_s)
        return taken

    def wait_s(self, *, now_s: float) -> float | None:
        """Return after how long there will be something to take, 0 if there is now; None where nothing waits."""
        if self._is_lost or self._events:
            return 0.0
        return min((self._held_for_s(mirror_id, now_s) for mirror_id in self._progress), default=None)

    def _held_for_s(self, mirror_id: str, now_s: float) -> float:
        sent_at_s = self._sent_at_s.get(mirror_id)
        return 0.0 if sent_at_s is None else max(sent_at_s + self._pace_s - now_s, 0.0)
