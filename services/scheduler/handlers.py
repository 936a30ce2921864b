"""What the scheduler hears, and the use case behind each message."""

from collections.abc import Sequence

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts.artifact_messages import ArtifactRegistered, ArtifactRemoved
from libs.common.contracts.messages import (
    ArtifactDelayed,
    ArtifactFetched,
    ArtifactProgress,
    ChannelDeleted,
    ChannelUpdated,
    MirrorCreated,
    MirrorDeleted,
    MirrorRequested,
    MirrorStop,
    MirrorUpdated,
)
from libs.common.contracts.policy_messages import (
    AdvisoriesChanged,
    AdvisoriesUpdate,
    MirrorPreview,
    PolicyAssigned,
    PolicyChanged,
    PolicyUnassigned,
)
from libs.common.domain.errors import InvalidInput
from libs.common.domain.run import RunId
from libs.common.ports.bus import Bus, WorkQueue
from libs.common.ports.clock import Clock
from libs.common.ports.flags import StopFlags
from libs.common.ports.records import (
    Attachments,
    Batches,
    CatalogueHeads,
    Channels,
    Mirrors,
    ReadPages,
    Removals,
    Runs,
    Schedule,
    Uploads,
)
from libs.common.runtime.bus import Route
from libs.common.vulnerabilities.package_words import keep_package_words
from services.scheduler.fill_uploads import UploadsWatch
from services.scheduler.fire_mirrors import plan_mirror
from services.scheduler.forget_channel import forget_channel
from services.scheduler.forget_mirror import forget_mirror
from services.scheduler.note_received import note_received
from services.scheduler.preview_mirror import PreviewPorts, preview_mirror
from services.scheduler.reject_message import reject_message
from services.scheduler.settle_batch import settle_batch
from services.scheduler.start_run import start_run
from services.scheduler.stop_run import stop_run
from services.scheduler.update_advisories import UpdatePorts, update_advisories
from services.scheduler.watch_rules import RuleWatch
from services.scheduler.watch_runs import RunWatch

_DURABLE = "scheduler"
_RESULT_SLOTS = 8
_PREVIEWS_AT_ONCE = 2


class SchedulerHandlers(msgspec.Struct, frozen=True, kw_only=True):
    """Thin methods from messages to use cases."""

    channels: Channels
    mirrors: Mirrors
    runs: Runs
    batches: Batches
    heads: CatalogueHeads
    pages: ReadPages
    uploads: Uploads
    removals: Removals
    attachments: Attachments
    schedule: Schedule
    flags: StopFlags
    queue: WorkQueue
    bus: Bus
    clock: Clock
    watch: RunWatch
    rules: RuleWatch
    filling: UploadsWatch
    advisories: UpdatePorts
    previewing: PreviewPorts
    fire_jitter_s: int

    def routes(self) -> Sequence[Route]:
        """List what the scheduler hears."""
        return (
            Route(message=MirrorRequested, handler=self.on_mirror_requested, durable=_DURABLE, lane="runs"),
            Route(message=MirrorStop, handler=self.on_mirror_stop, durable=_DURABLE, lane="runs"),
            Route(message=MirrorCreated, handler=self.on_mirror_changed, durable=_DURABLE),
            Route(message=MirrorUpdated, handler=self.on_mirror_changed, durable=_DURABLE),
            Route(message=MirrorDeleted, handler=self.on_mirror_deleted, durable=_DURABLE),
            Route(message=ChannelDeleted, handler=self.on_channel_deleted, durable=_DURABLE),
            Route(message=ArtifactFetched, handler=self.on_artifact_fetched, durable=_DURABLE, slots=_RESULT_SLOTS),
            Route(message=ArtifactProgress, handler=self.on_artifact_progress, durable=_DURABLE),
            Route(message=ArtifactDelayed, handler=self.on_artifact_delayed, durable=_DURABLE),
            Route(message=ChannelUpdated, handler=self.on_rules_changed, durable=_DURABLE),
            Route(message=PolicyChanged, handler=self.on_rules_changed, durable=_DURABLE),
            Route(message=PolicyAssigned, handler=self.on_rules_changed, durable=_DURABLE),
            Route(message=PolicyUnassigned, handler=self.on_rules_changed, durable=_DURABLE),
            Route(message=AdvisoriesChanged, handler=self.on_rules_changed, durable=_DURABLE),
            Route(message=ArtifactRegistered, handler=self.on_artifact_registered, durable=_DURABLE),
            Route(message=ArtifactRemoved, handler=self.on_artifact_removed, durable=_DURABLE),
            Route(message=AdvisoriesUpdate, handler=self.on_advisories_update, durable=_DURABLE),
            Route(message=MirrorPreview, handler=self.on_mirror_preview, durable=_DURABLE, slots=_PREVIEWS_AT_ONCE),
        )

    async def on_mirror_requested(self, message: MirrorRequested, *, event: EventInfo) -> None:
        """Record a run, and begin at once."""
        await start_run(
            message,
            event=event,
            at=self.clock.now(),
            channels=self.channels,
            mirrors=self.mirrors,
            runs=self.runs,
            bus=self.bus,
        )
        self.watch.look_now()

    async def on_mirror_stop(self, message: MirrorStop, *, event: EventInfo) -> None:  # noqa: ARG002 - one shape
        """Stop a run."""
        await stop_run(
            message,
            at=self.clock.now(),
            channels=self.channels,
            mirrors=self.mirrors,
            runs=self.runs,
            flags=self.flags,
            queue=self.queue,
        )
        self.watch.look_now()

    async def on_mirror_changed(
        self,
        message: MirrorCreated | MirrorUpdated,
        *,
        event: EventInfo,  # noqa: ARG002 - one shape
    ) -> None:
        """Plan when the mirror fires next, and decide anew by its filters."""
        self.rules.look_now()
        mirror = await self.mirrors.get(message.mirror_id)
        if mirror is not None:
            await plan_mirror(mirror, mirrors=self.mirrors, schedule=self.schedule, jitter_s=self.fire_jitter_s)

    async def on_rules_changed(
        self,
        message: ChannelUpdated | PolicyChanged | PolicyAssigned | PolicyUnassigned | AdvisoriesChanged,  # noqa: ARG002
        *,
        event: EventInfo,  # noqa: ARG002 - one shape
    ) -> None:
        """Decide anew what is under other rules now; what that is, the records tell."""
        self.rules.look_now()

    async def on_artifact_registered(self, message: ArtifactRegistered, *, event: EventInfo) -> None:  # noqa: ARG002
        """Bring what was put into a channel into its catalogues; what that is, the records tell."""
        self.filling.look_at(message.channel_id)

    async def on_artifact_removed(self, message: ArtifactRemoved, *, event: EventInfo) -> None:  # noqa: ARG002
        """Take out of the catalogues what was put in, or what mirrors bring, or let that in again."""
        self.filling.look_at(message.channel_id)
        self.rules.look_now()

    async def on_advisories_update(
        self,
        message: AdvisoriesUpdate,
        *,
        event: EventInfo,  # noqa: ARG002 - one shape
    ) -> None:
        """Read advisories, and report."""
        await update_advisories(message, ports=self.advisories)

    async def on_mirror_preview(self, message: MirrorPreview, *, event: EventInfo) -> None:  # noqa: ARG002 - one shape
        """Find out what a mirror would bring."""
        await preview_mirror(message, ports=self.previewing)

    async def on_mirror_deleted(self, message: MirrorDeleted, *, event: EventInfo) -> None:
        """Stop and forget a mirror."""
        await forget_mirror(
            message,
            event_id=event.id,
            at=self.clock.now(),
            runs=self.runs,
            heads=self.heads,
            pages=self.pages,
            schedule=self.schedule,
            flags=self.flags,
            queue=self.queue,
            bus=self.bus,
        )

    async def on_channel_deleted(self, message: ChannelDeleted, *, event: EventInfo) -> None:  # noqa: ARG002
        """Drop what people put into the channel and took out of it, and the catalogues that are left."""
        await forget_channel(
            message.channel_id,
            uploads=self.uploads,
            removals=self.removals,
            attachments=self.attachments,
            heads=self.heads,
            pages=self.pages,
        )

    async def on_artifact_fetched(self, message: ArtifactFetched, *, event: EventInfo) -> None:  # noqa: ARG002
        """Keep what its packages say of CVEs, and count a batch."""
        await keep_package_words(message.cves, keeping=self.advisories.keeping)
        await settle_batch(message, batches=self.batches)
        self.watch.batch_settled(message.run_id)

    async def on_artifact_progress(self, message: ArtifactProgress, *, event: EventInfo) -> None:  # noqa: ARG002
        """Add up what comes in."""
        await note_received(message, batches=self.batches)

    async def on_artifact_delayed(self, message: ArtifactDelayed, *, event: EventInfo) -> None:
        """Show why the run does not go on."""
        await self.runs.rest(RunId(message.run_id), at=event.time, reason=message.reason)

    async def reject(self, event: EventInfo, subject: str, data: bytes, error: InvalidInput) -> None:
        """Answer a public message that can't be followed."""
        await reject_message(subject, data, event=event, error=error, bus=self.bus)
