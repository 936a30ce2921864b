"""The flow is the truth: what services hear is what it says."""

from datetime import timedelta

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.flags import MemoryLeases, MemoryStopFlags, MemoryWorkQueue
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.contracts.flow import FLOW
from libs.common.contracts.messages import MESSAGES
from libs.common.contracts.subjects import STREAMS, stream_of
from libs.common.domain.channel import Channel
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run
from libs.common.runtime.clock import RandomIds, SystemClock
from services.indexer.garbage_ports import Keeping
from services.indexer.handlers import IndexerHandlers
from services.indexer.keep_house import Housekeeping
from services.indexer.publish_channel import PublishPorts
from services.scheduler.execute_run import Execution
from services.scheduler.handlers import SchedulerHandlers
from services.scheduler.preview_mirror import PreviewPorts
from services.scheduler.watch_runs import RunWatch
from tests.support.advisories import Bookkeeping
from tests.support.world import World


def heard_by(service: str) -> set[str]:
    """Return the subjects that the flow says a service hears."""
    return {arrow.message.subject for arrow in FLOW if service in arrow.hears}


def test_every_message_has_its_arrow_and_every_arrow_its_message() -> None:
    """Nothing is said that nobody documents."""
    assert {arrow.message for arrow in FLOW} == set(MESSAGES)


def test_every_subject_is_a_noun_and_a_verb() -> None:
    """Two words with a point between."""
    for message in MESSAGES:
        noun, _, verb = message.subject.partition(".")
        assert noun.isalpha()
        assert verb.isalpha()
        assert message.__name__.lower().startswith(noun)


def test_no_subject_is_kept_by_two_streams() -> None:
    """JetStream refuses overlapping streams."""
    subjects = [subject for stream in STREAMS for subject in stream.subjects]

    assert len(subjects) == len(set(subjects))
    assert stream_of("mirror.progress") is None


def test_the_indexer_hears_what_the_flow_says() -> None:
    """And nothing else."""
    records = MemoryRecords()
    ports = PublishPorts(
        channels=records.channels,
        mirrors=records.mirrors,
        heads=records.catalogue_heads,
        revisions=records.revisions,
        shards=records.shards,
        rendered=records.rendered_shards,
        blobs=MemoryBlobStore(),
        bus=MemoryBus(),
        clock=SystemClock(),
        ids=RandomIds(),
    )
    house = Housekeeping(
        ports=World().garbage_ports(), publish_ports=ports, leases=MemoryLeases(), holder="one", keeping=Keeping()
    )
    routes = IndexerHandlers(ports=ports, house=house, channels_at_once=1).routes()

    assert {route.message.subject for route in routes} == heard_by("indexer")


def test_the_scheduler_hears_what_the_flow_says() -> None:
    """And nothing else."""
    records = MemoryRecords()
    flags = MemoryStopFlags()
    watch = RunWatch(
        owner="o",
        runs=records.runs,
        mirrors=records.mirrors,
        channels=records.channels,
        flags=flags,
        clock=SystemClock(),
        make_execution=no_execution,
        tell_end=no_end,
        runs_at_once=1,
        rest_limit=timedelta(hours=1),
        lost_after=timedelta(seconds=1),
    )
    handlers = SchedulerHandlers(
        channels=records.channels,
        mirrors=records.mirrors,
        runs=records.runs,
        batches=records.batches,
        heads=records.catalogue_heads,
        pages=records.read_pages,
        uploads=records.uploads,
        removals=records.removals,
        attachments=records.attachments,
        schedule=records.schedule,
        flags=flags,
        queue=MemoryWorkQueue(),
        bus=MemoryBus(),
        clock=SystemClock(),
        watch=watch,
        rules=World().rule_watch(),
        filling=World().uploads_watch(),
        advisories=Bookkeeping().update_ports(),
        previewing=PreviewPorts(previews=records.mirror_previews, run=World().ports(), ids=RandomIds()),
        fire_jitter_s=0,
    )

    assert {route.message.subject for route in handlers.routes()} == heard_by("scheduler")


async def no_end(run: Run) -> None:
    """Stand where an end would be told; no test here ends a run."""
    raise AssertionError(run)


def no_execution(run: Run, mirror: Mirror, channel: Channel) -> Execution:
    """Stand where an execution would be made; no test here starts one."""
    raise AssertionError((run, mirror, channel))
