"""How polite to be to each host, over all that this process asks of it: index reads and files alike.

- No more than so many requests at once, each until its body has come in.
- No more than so many requests and bytes a second (0: no limit).
- A host that answers Retry-After is left alone by everybody until then.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from libs.common.domain.errors import UpstreamUnavailable


class HostLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one host; who is asked to wait longer than `patience_s` gives up instead."""

    connections: int = 16
    requests_per_s: float = 0.0
    bytes_per_s: float = 0.0
    rest_longest_s: float = 300.0
    patience_s: float = 300.0


class Pace:
    """A token bucket: as much as one second allows at once, on average no more than `per_s` (0: no limit)."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._paid_until = float("-inf")

    def delay(self, amount: float, *, now: float) -> float:
        """Count `amount`, and return how long to wait for what was counted before."""
        if not self._per_s:
            return 0.0
        delay = max(0.0, self._paid_until - now)
        # A second that was not used is saved up, and no more than one.
        self._paid_until = max(self._paid_until, now - 1.0) + amount / self._per_s
        return delay


class Host:
    """One host of a source, or one proxy's way to it."""

    def __init__(self, limits: HostLimits) -> None:
        self._limits = limits
        self._connections = asyncio.Semaphore(limits.connections)
        self._requests = Pace(limits.requests_per_s)
        self._bytes = Pace(limits.bytes_per_s)
        self._rests_until = float("-inf")

    @asynccontextmanager
    async def turn(self, source: str) -> AsyncIterator[None]:
        """Wait for a turn to ask, and keep it while the block runs.

        Raises:
            UpstreamUnavailable: when the host wants to be left alone for longer than we have patience;
                `source` says for whom.
        """
        async with self._connections:
            while (left_s := self._rests_until - _now()) > 0:
                if left_s > self._limits.patience_s:
                    raise UpstreamUnavailable(f"{source} asked to be left alone for now", retry_after_s=left_s)
                await asyncio.sleep(left_s)
            await _wait(self._requests.delay(1, now=_now()))
            yield

    async def received(self, size_bytes: int) -> None:
        """Count bytes that came in, and wait until more may come."""
        await _wait(self._bytes.delay(size_bytes, now=_now()))

    def rest(self, seconds: float | None) -> None:
        """Leave the host alone for so long, as it asked for; a no-op where it did not."""
        if seconds is not None:
            self._rests_until = max(self._rests_until, _now() + min(seconds, self._limits.rest_longest_s))


class Hosts:
    """The hosts that this process asks, by scheme, name and port.

    Of more than `most` the one is forgotten that was not asked for longest: an index may
    name a host for each of its files.
    """

    def __init__(self, limits: HostLimits, *, most: int = 1000) -> None:
        self._limits = limits
        self._most = most
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def of(self, origin: str) -> Host:
        """Return the host, the same for the same origin as long as it is known."""
        host = self._hosts.get(origin)
        if host is None:
            host = self._hosts[origin] = Host(self._limits)
        self._hosts.move_to_end(origin)
        if len(self._hosts) > self._most:
            self._hosts.popitem(last=False)
        return host


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
