"""News in memory."""

import asyncio
from collections.abc import AsyncGenerator

from libs.common.ports.news import NewsItem


class MemoryNews:
    """Implements `ports.news.News`; what a test puts into `said` is heard, None as a gap."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[NewsItem | None] = asyncio.Queue()

    async def listen(self) -> AsyncGenerator[NewsItem | None, None]:
        """Yield what is said."""
        yield None
        while True:
            yield await self.said.get()
