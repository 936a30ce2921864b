"""channel.verify -> what is missing or damaged, repaired where that was asked for, channel.verified."""

from collections import Counter

import structlog

from libs.common.domain.verification import Fault, Part, Verification
from services.indexer.check_channel import ChannelCheck
from services.indexer.find_roots import all_channels
from services.indexer.garbage_ports import GarbagePorts
from services.indexer.publish_channel import PublishPorts
from services.indexer.repair_channel import repair_channel

_LOG = structlog.get_logger()
_FAULTS_TOLD = 1_000


async def verify_channels(
    report_id: str,
    *,
    channel: str | None,
    is_deep: bool,
    is_repair: bool,
    ports: GarbagePorts,
    publish_ports: PublishPorts,
) -> Verification:
    """Look at one channel or at all; a channel that is not there has no faults.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    started_at = ports.clock.now()
    checked: Counter[Part] = Counter()
    told: list[Fault] = []
    count = 0
    for found in await all_channels(ports.channels):
        if channel not in (None, found.key):
            continue
        check = ChannelCheck(found, is_deep=is_deep, ports=ports)
        faults = tuple(await check.check())
        if is_repair and faults:
            faults = await repair_channel(found, faults, report_id=report_id, ports=ports, publish_ports=publish_ports)
        checked += check.checked
        count += len(faults)
        told += faults[: _FAULTS_TOLD - len(told)]
    _LOG.info("channels_verified", report_id=report_id, channel=channel, faults=count, is_repair=is_repair)
    return Verification(
        id=report_id,
        channel=channel,
        is_deep=is_deep,
        is_repair=is_repair,
        started_at=started_at,
        finished_at=ports.clock.now(),
        checked=checked,
        fault_count=count,
        faults=tuple(told),
    )
