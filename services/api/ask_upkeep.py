"""REST -> garbage.sweep, channel.verify, and the report that the indexer makes of it."""

from collections.abc import Sequence

import msgspec

from libs.common.contracts.messages import ChannelVerify, GarbageSweep
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import parse_channel_key
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.garbage import GarbageReport
from services.api.ports import Ports
from services.api.problems import StillWorking
from services.api.wait_until import wait_until

_PATIENCES = 25
"""A sweep may take this many times as long as a run takes to begin, before an answer goes without it."""


async def ask_sweep(
    *, is_dry_run: bool, by: Caller, ports: Ports, grace_s: float | None = None, only: Sequence[str] = ()
) -> str:
    """Ask for a sweep or the dry run of one, and return the id of its report.

    Raises:
        InvalidInput: for a negative grace period.
    """
    if grace_s is not None and grace_s < 0:
        raise InvalidInput("the grace period must be 0 seconds or more", field="grace_s")
    report_id = ports.ids.new()
    await ports.bus.say(
        GarbageSweep(
            report_id=report_id,
            is_dry_run=is_dry_run,
            grace_s=grace_s,
            only=tuple(only),
            requested_by=by.name,
            by_address=by.address,
        )
    )
    return report_id


async def ask_verify(channel: str | None, *, is_deep: bool, is_repair: bool, by: Caller, ports: Ports) -> str:
    """Ask for a verification of one channel or of all, and return the id of its report.

    Raises:
        InvalidInput: for what can't be a channel's name.
        NotFound: when there is no such channel.
    """
    if channel is not None and await ports.channels.get(parse_channel_key(channel)) is None:
        raise NotFound(f"there is no channel {channel}")
    report_id = ports.ids.new()
    await ports.bus.say(
        ChannelVerify(
            report_id=report_id,
            channel=channel,
            is_deep=is_deep,
            is_repair=is_repair,
            requested_by=by.name,
            by_address=by.address,
        )
    )
    return report_id


async def get_report(report_id: str, *, ports: Ports) -> bytes:
    """Return a report as JSON.

    Raises:
        NotFound: when the work is not done yet, or the report is older than a week.
    """
    found = await ports.reports.get(report_id)
    if found is None:
        raise NotFound("there is no such report yet; ask again in a moment")
    return found[1]


async def wait_for_sweep(report_id: str, *, ports: Ports) -> GarbageReport:
    """Return the report of a sweep that was asked for.

    Raises:
        StillWorking: when it takes longer than a client waits; the sweep goes on.
    """

    async def is_done() -> bool:
        return await ports.reports.get(report_id) is not None

    await wait_until(is_done, within_s=_PATIENCES * ports.patience_s)
    found = await ports.reports.get(report_id)
    if found is None:
        raise StillWorking(f"the sweep goes on; GET /api/system/reports/{report_id} shows what it found")
    return msgspec.json.decode(found[1], type=GarbageReport)
