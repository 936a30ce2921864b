"""garbage.sweep, channel.verify, the time of day -> reports; one process at a time does such work.

A lease keeps others from doing the same work at the same time; nothing but their time
depends on it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import msgspec

from libs.common.contracts.messages import ChannelVerified, ChannelVerify, GarbageSweep, GarbageSwept
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.garbage import DAILY, Amount, GarbageReport, Kind
from libs.common.ports.flags import LEASE_S, Leases
from services.indexer.garbage_ports import GarbagePorts, Keeping
from services.indexer.publish_channel import PublishPorts
from services.indexer.sweep_garbage import Sweep
from services.indexer.verify_channels import verify_channels

_LEASE = "housekeeping"


class Housekeeping:
    """Sweeps and verifies; `holder` names this process in leases."""

    def __init__(
        self, *, ports: GarbagePorts, publish_ports: PublishPorts, leases: Leases, holder: str, keeping: Keeping
    ) -> None:
        self._ports = ports
        self._publish_ports = publish_ports
        self._leases = leases
        self._holder = holder
        self._keeping = keeping

    async def sweep(self, message: GarbageSweep) -> None:
        """Sweep as asked; a sweep that has its report already is not done again.

        Raises:
            StoreUnavailable: while another process does such work, or when a store does not answer.
        """
        grace = self._keeping.grace if message.grace_s is None else timedelta(seconds=max(message.grace_s, 0))
        keeping = msgspec.structs.replace(self._keeping, grace=grace)
        async with self._alone():
            if await self._ports.reports.get(message.report_id) is None:
                sweep = Sweep(
                    message.report_id,
                    keeping=keeping,
                    is_dry_run=message.is_dry_run,
                    only=message.only,
                    ports=self._ports,
                )
                await self._tell_swept(await sweep.sweep())

    async def sweep_daily(self, *, every: timedelta) -> bool:
        """Sweep if the last such sweep began so long ago; tell whether it was done.

        Raises:
            StoreUnavailable: while another process does such work, or when a store does not answer.
        """
        async with self._alone():
            last = await self._ports.reports.get(DAILY)
            if last is not None and last[0] + every > self._ports.clock.now():
                return False
            sweep = Sweep(DAILY, keeping=self._keeping, is_dry_run=False, ports=self._ports)
            report = await sweep.sweep()
            await self._tell_swept(msgspec.structs.replace(report, next_at=report.started_at + every))
        return True

    async def verify(self, message: ChannelVerify) -> None:
        """Verify as asked; a verification that has its report already is not done again.

        Raises:
            StoreUnavailable: while another process does such work, or when a store does not answer.
        """
        async with self._alone():
            if await self._ports.reports.get(message.report_id) is not None:
                return
            found = await verify_channels(
                message.report_id,
                channel=message.channel,
                is_deep=message.is_deep,
                is_repair=message.is_repair,
                ports=self._ports,
                publish_ports=self._publish_ports,
            )
            await self._ports.reports.put(found.id, at=found.started_at, data=msgspec.json.encode(found))
            said = ChannelVerified(report_id=found.id, channel=found.channel, fault_count=found.fault_count)
            await self._ports.bus.say(said, event_id=f"verified-{found.id}")

    async def _tell_swept(self, report: GarbageReport) -> None:
        await self._ports.reports.put(report.id, at=report.started_at, data=msgspec.json.encode(report))
        blobs = report.found.get(Kind.BLOBS, Amount())
        said = GarbageSwept(
            report_id=report.id,
            is_dry_run=report.is_dry_run,
            blob_count=blobs.count,
            size_bytes=sum(amount.size_bytes for amount in report.found.values()),
            refused=report.refused,
        )
        await self._ports.bus.say(said, event_id=f"swept-{report.id}-{report.started_at.isoformat()}")

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if not await self._leases.take(_LEASE, self._holder):
            raise StoreUnavailable("another sweep or verification is going on")
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait((renewing,))
            with suppress(StoreUnavailable):
                await self._leases.release(_LEASE, self._holder)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            with suppress(StoreUnavailable):
                await self._leases.take(_LEASE, self._holder)
