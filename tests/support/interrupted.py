"""Ports through which something happens in the middle of a use case, at a call of one's choice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from services.scheduler.run_ports import Ports

Happening = Callable[[], Awaitable[None]]

_COUNTED = frozenset({"move", "say"})
"""What others can see of an execution; before these calls things happen."""

_INTERRUPTED = ("runs", "batches", "heads", "shards", "bus", "queue")


class Moment:
    """The call before which something happens; may be one that never comes."""

    def __init__(self, call: int, happening: Happening) -> None:
        self._calls_left = call
        self._happening = happening
        self._is_dead = False

    def die(self) -> None:
        """Let the process be gone: none of its calls comes through any more."""
        self._is_dead = True

    async def pass_by(self, method: str) -> None:
        """Count one call, and let happen what is to happen now."""
        if method in _COUNTED:
            self._calls_left -= 1
            if self._calls_left == 0:
                await self._happening()
        if self._is_dead:
            raise asyncio.CancelledError


def interrupted(ports: Ports, moment: Moment) -> Ports:
    """Return the same ports, whose calls pass by the moment first."""
    return msgspec.structs.replace(ports, **{name: _Passing(getattr(ports, name), moment) for name in _INTERRUPTED})


class _Passing:
    """One port, all of whose methods pass by the moment."""

    def __init__(self, port: Any, moment: Moment) -> None:
        self._port = port
        self._moment = moment

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._port, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            await self._moment.pass_by(name)
            return await method(*arguments, **options)

        return call
