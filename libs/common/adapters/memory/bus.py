"""A bus that only remembers what was said."""

from datetime import datetime

from libs.common.contracts.message import Message


class MemoryBus:
    """Implements `ports.bus.Bus`; `said` has every message once, in order."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self._event_ids: set[str] = set()

    async def say(self, message: Message, *, event_id: str | None = None, at: datetime | None = None) -> None:  # noqa: ARG002 - remembered in order
        """Remember one message; the same event id a second time is a no-op."""
        if event_id is not None:
            if event_id in self._event_ids:
                return
            self._event_ids.add(event_id)
        self.said.append(message)
