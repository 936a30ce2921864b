"""The reporter hears what the flow says that it hears."""

from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.flow import FLOW
from libs.common.contracts.messages import ArtifactServed, ChannelCreated
from libs.common.domain.download import DownloadFilter
from libs.common.domain.history import HistoryFilter
from services.reporter.handlers import ReporterHandlers
from tests.support.records import NOON, minutes_on
from tests.unit.reporter.report_world import report_ports

EVENT = EventInfo(id="event", time=NOON, source="/tain/api")


def handlers_of(records: MemoryRecords) -> ReporterHandlers:
    """Return the reporter's handlers on these records."""
    return ReporterHandlers(
        channels=records.channels,
        history=records.history,
        downloads=records.downloads,
        report_ports=report_ports(records),
    )


def test_the_reporter_hears_what_the_flow_says() -> None:
    """No message of the diagram is left unheard, none is heard in secret."""
    heard = [route.message for route in handlers_of(MemoryRecords()).routes()]

    assert len(heard) == len(set(heard))
    assert set(heard) == {arrow.message for arrow in FLOW if "reporter" in arrow.hears}


async def test_downloads_are_counted_once_per_event() -> None:
    """The api counts for a short while and says so; the message may come twice."""
    records = MemoryRecords()
    served = ArtifactServed(channel="main", channel_id="id-of-main", counts={"noarch/x.conda": 2, "noarch/y.conda": 1})

    for _ in range(2):
        await handlers_of(records).on_artifact_served(served, event=EVENT)

    assert await records.history.downloads(["id-of-main"]) == {"id-of-main": 3}


async def test_it_is_noted_who_got_what() -> None:
    """At the time when it was counted; of older messages nothing but the counts is known."""
    records = MemoryRecords()
    served = ArtifactServed(
        channel="main",
        channel_id="id-of-main",
        counts={"noarch/x.conda": 3},
        at=minutes_on(-1),
        by_user={"": {"noarch/x.conda": 1}, "ann": {"noarch/x.conda": 2}},
    )
    older = ArtifactServed(channel="main", channel_id="id-of-main", counts={"noarch/x.conda": 5})

    for _ in range(2):
        await handlers_of(records).on_artifact_served(served, event=EVENT)
    await handlers_of(records).on_artifact_served(older, event=EventInfo(id="older", time=NOON, source="/tain/api"))

    wanted = DownloadFilter(since=minutes_on(-9), until=minutes_on(9))
    found = [(one.user, one.ckey, one.count, one.at) async for one in records.downloads.find(wanted)]
    assert found == [(None, "noarch/x.conda", 1, minutes_on(-1)), ("ann", "noarch/x.conda", 2, minutes_on(-1))]
    assert await records.history.downloads(["id-of-main"]) == {"id-of-main": 8}


async def test_an_event_is_recorded_at_its_own_time() -> None:
    """Not when the reporter heard it: that may be later."""
    records = MemoryRecords()

    await handlers_of(records).on_event(ChannelCreated(channel="main", channel_id="id-of-main"), event=EVENT)

    _, (entry,) = await records.history.list(HistoryFilter(channel_id="id-of-main"), offset=0, limit=1)
    assert (entry.event_id, entry.source, entry.created) == (EVENT.id, EVENT.source, NOON)
