"""How the parts of an installation are, as far as they can be asked in a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class ServiceSign(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a service that answers; `host` and `pid` say where it runs, "" where it does not tell."""

    name: str
    id: str
    version: str
    started_at: datetime | None = None
    host: str = ""
    pid: str = ""


class QueueSign(msgspec.Struct, frozen=True, kw_only=True):
    """What one service has still to hear of a stream.

    `waiting` was not given to it yet, `in_hand` is worked on or waits to be tried again, `redelivered` counts
    those of `in_hand` that were given out more than once.
    """

    stream: str
    consumer: str
    waiting: int
    in_hand: int
    redelivered: int


class StreamSign(msgspec.Struct, frozen=True, kw_only=True):
    """How much a stream keeps."""

    name: str
    messages: int
    size_bytes: int


class DiskSign(msgspec.Struct, frozen=True, kw_only=True):
    """The disk that a store lies on."""

    free_bytes: int
    total_bytes: int


class VitalSigns(Protocol):
    """Asks services, the bus and the disk."""

    async def services(self) -> Sequence[ServiceSign]:
        """Return the processes that answer within a second, by name and start.

        Raises:
            StoreUnavailable: when NATS is away.
        """

    async def queues(self) -> Sequence[QueueSign]:
        """Return the queues of services, those of other systems left out.

        Raises:
            StoreUnavailable: when NATS does not answer.
        """

    async def streams(self) -> Sequence[StreamSign]:
        """Return what streams keep.

        Raises:
            StoreUnavailable: when NATS does not answer.
        """

    async def disk(self) -> DiskSign | None:
        """Return the disk of the blob store; None where that is no folder.

        Raises:
            StoreUnavailable: when its folder is away.
        """
