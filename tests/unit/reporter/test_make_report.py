"""Keeping reports, whatever breaks meanwhile."""

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.kept_reports import MemoryKeptReports
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.contracts.policy_messages import ReportReady, ReportRequested
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.report import ReportHead
from services.reporter.make_report import make_report
from services.reporter.report_ports import ReportPorts
from tests.unit.reporter.report_world import report_ports

REQUEST = ReportRequested(report_id="r", kind="dependencies", wish='{"channel": "none"}', channel="none")


class AwayOnce(MemoryKeptReports):
    """A store that is away when it is first written to."""

    def __init__(self) -> None:
        super().__init__()
        self._is_away = True

    async def put(self, head: ReportHead) -> bool:
        """Store a head, but the first."""
        if self._is_away:
            self._is_away = False
            raise StoreUnavailable("away")
        return await super().put(head)


class BusAwayOnce(MemoryBus):
    """A bus that does not take the first message."""

    def __init__(self) -> None:
        super().__init__()
        self._is_away = True

    async def say(self, *arguments: object, **options: object) -> None:
        """Take a message, but the first."""
        if self._is_away:
            self._is_away = False
            raise StoreUnavailable("away")
        await super().say(*arguments, **options)  # type: ignore[arg-type]


def ports_with(**changes: object) -> ReportPorts:
    """Return ports of an empty installation, some of them others."""
    return msgspec.structs.replace(report_ports(MemoryRecords(), blobs=MemoryBlobStore(), bus=MemoryBus()), **changes)


@pytest.mark.parametrize(
    "ports",
    [ports_with(kept_reports=AwayOnce()), ports_with(bus=BusAwayOnce())],
    ids=["before the head", "before the event"],
)
async def test_a_report_that_was_broken_off_is_made_or_said_when_it_is_asked_for_again(ports: ReportPorts) -> None:
    """The request is heard again; in the end there is one head and one event."""
    with pytest.raises(StoreUnavailable):
        await make_report(REQUEST, ports=ports)

    await make_report(REQUEST, ports=ports)

    assert isinstance(ports.bus, MemoryBus)
    (ready,) = ports.bus.said
    assert isinstance(ready, ReportReady)
    head = await ports.kept_reports.get("r")
    assert head is not None
    assert head.error == ready.error == "there is no channel none"


async def test_a_kind_that_nobody_makes_is_answered() -> None:
    """A newer api may know more kinds than this reporter."""
    ports = ports_with()

    await make_report(msgspec.structs.replace(REQUEST, kind="horoscope"), ports=ports)

    head = await ports.kept_reports.get("r")
    assert head is not None
    assert "horoscope" in str(head.error)
    assert head.expires_at - head.made_at == ports.kept_for
