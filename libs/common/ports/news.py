"""What is said, heard in the moment in which it is said; for people who look on, not for work."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

import msgspec

from libs.common.contracts.message import Message


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """One message, and when what it tells of happened."""

    message: Message
    at: datetime


class News(Protocol):
    """What the other services and this one say; nothing is kept for who does not listen."""

    def listen(self) -> AsyncGenerator[NewsItem | None, None]:
        """Yield what is said from now on, what is of one noun in order; None when some of it may have been missed.

        None comes first of all, once everything said later is heard.

        Raises:
            StoreUnavailable: when NATS does not answer at the beginning.
        """
