"""-> artifact.served: counts the packages that clients got, and says so every few seconds.

The counts wait in memory: those of the last seconds are lost when the process is killed.
That is accepted, for they are statistics, and a write per download is not worth it.
"""

import asyncio
from collections import Counter, deque

import structlog

from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.channel import Channel
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids

NOBODY = ""
"""Who got a file without a token."""

_PER_MESSAGE = 2000
_UNSAID = 200

_LOG = structlog.get_logger()


class ServedCounts:
    """Counts by channel, ckey and user, said on the bus."""

    def __init__(self, *, bus: Bus, ids: Ids, clock: Clock, every_s: float) -> None:
        self._bus = bus
        self._ids = ids
        self._clock = clock
        self._every_s = every_s
        self._counts: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        # What the bus did not take keeps its event id, so that it is not counted twice if it was taken after all.
        self._unsaid: deque[tuple[str, ArtifactServed]] = deque(maxlen=_UNSAID)
        self._task: asyncio.Task[None] | None = None

    def count(self, channel: Channel, ckey: str, *, user: str | None) -> None:
        """Count one whole delivery to a user, None for someone without a token."""
        self._counts.setdefault((channel.key, channel.id), Counter())[user or NOBODY, ckey] += 1

    async def flush(self) -> None:
        """Say what was counted; what the bus does not take is kept for the next time."""
        counted, self._counts = self._counts, {}
        for (key, channel_id), counts in counted.items():
            delivered = sorted(counts.items())
            for first in range(0, len(delivered), _PER_MESSAGE):
                by_user: dict[str, dict[str, int]] = {}
                part: Counter[str] = Counter()
                for (user, ckey), count in delivered[first : first + _PER_MESSAGE]:
                    by_user.setdefault(user, {})[ckey] = count
                    part[ckey] += count
                message = ArtifactServed(
                    channel=key, channel_id=channel_id, counts=dict(part), at=self._clock.now(), by_user=by_user
                )
                self._unsaid.append((self._ids.new(), message))
        try:
            while self._unsaid:
                event_id, message = self._unsaid[0]
                await self._bus.say(message, event_id=event_id)
                self._unsaid.popleft()
        except StoreUnavailable as exc:
            _LOG.warning("served_counts_kept_back", messages=len(self._unsaid), reason=exc.message)

    async def start(self) -> None:
        """Begin to say the counts every few seconds."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Say what is left, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None
        await self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.flush()
