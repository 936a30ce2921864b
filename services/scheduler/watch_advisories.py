"""Looking after the book of advisories: due updates, and what was left undone.

Level-triggered, so that whoever died in between is made good: words of people that are
not in the book yet come into it, and a change that was not said is said. Two schedulers
that do so at once do it twice, to the same end.
"""

import asyncio
from datetime import timedelta

import structlog

from libs.common.domain.cron import next_fire
from libs.common.domain.errors import TainError
from libs.common.vulnerabilities.keep_book import keep_words, say_changed
from services.scheduler.update_advisories import UpdatePorts, update_from_source

_LOG = structlog.get_logger()
_LOOK_EVERY_S = 60.0
_LONGEST_PAUSE = timedelta(minutes=30)


class AdvisoryWatch:
    """Looks now and again."""

    def __init__(self, *, ports: UpdatePorts, cron: str) -> None:
        self._ports = ports
        self._cron = cron
        self._failures = 0
        self._not_before = ports.keeping.clock.now()

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except TainError as exc:
                _LOG.warning("advisories_not_looked_after", code=exc.code, reason=exc.message)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Do what is to be done now.

        Raises:
            TainError: when it can't be done now.
        """
        await keep_words(by=None, ports=self._ports.keeping)
        head = await self._ports.keeping.books.get()
        if head is not None:
            await say_changed(head, ports=self._ports.keeping)
        if await self._is_due():
            await self._update()

    async def _is_due(self) -> bool:
        source, now = self._ports.source, self._ports.keeping.clock.now()
        if source is None or now < self._not_before:
            return False
        head = await self._ports.keeping.books.get()
        states = [head.osv.get(ecosystem) if head is not None else None for ecosystem in source.ecosystems]
        return any(state is None or next_fire(self._cron, state.read_at) <= now for state in states)

    async def _update(self) -> None:
        try:
            await update_from_source(by=None, ports=self._ports)
        except TainError:
            # The next one is due by the cron at once: wait longer each time, or the source is asked every minute.
            self._failures += 1
            pause = min(timedelta(minutes=1) * 2**self._failures, _LONGEST_PAUSE)
            self._not_before = self._ports.keeping.clock.now() + pause
            raise
        self._failures = 0
