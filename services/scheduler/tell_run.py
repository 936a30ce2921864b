"""where a run is -> its document, mirror.started, mirror.progress, mirror.finished."""

import asyncio
from collections.abc import Mapping

import msgspec

from libs.common.contracts.messages import MirrorProgress, MirrorStarted
from libs.common.domain.run import FileFailure, Run, RunState
from libs.common.domain.run_steps import step_words
from services.scheduler.fill_catalogue import Saved
from services.scheduler.progress import Progress
from services.scheduler.run_ports import Ports, Task
from services.scheduler.tell_end import tell_end

_REPORT_S = 0.5


class RunTeller:
    """Keeps a run's document and its followers up to date while its owner works."""

    def __init__(self, task: Task, *, ports: Ports, progress: Progress) -> None:
        self._run = task.run
        self._mirror = task.mirror
        self._channel = task.channel
        self._owner = task.owner
        self._ports = ports
        self._progress = progress
        self._told_failures: tuple[FileFailure, ...] | None = None

    async def keep_telling(self) -> None:
        """Write where the run is until someone else owns it; says so on the bus as well."""
        while await self.report():
            await self._ports.bus.say(self._told(RunState.RUNNING))
            await asyncio.sleep(_REPORT_S)

    async def report(self) -> bool:
        """Write where the run is now; False where this owner lost it."""
        progress = self._progress
        failures = progress.failures
        is_owner = await self._ports.runs.report(
            self._run.id,
            owner=self._owner,
            at=self._ports.clock.now(),
            step=progress.step,
            percent=progress.percent,
            counts=progress.counts,
            # Up to a thousand of them: written when they change, not twice a second.
            failures=failures if failures != self._told_failures else None,
            last_ckey=progress.last_ckey,
        )
        self._told_failures = failures
        return is_owner

    async def move(self, state: RunState, *, reason: str | None, saved: Saved | None) -> Run | None:
        """Let the run end in this state, with what it saved.

        None where the table does not allow it, or this owner lost it.
        """
        changes: Mapping[str, object] = {
            **(msgspec.structs.asdict(saved) if saved is not None else {}),
            "reason": reason,
            "last_exception": reason if state is RunState.FAILED else None,
            "rests_since": None,
            "rests_until": None,
            "mirror_name": self._mirror.name,
            "channel_id": self._channel.id,
        }
        return await self._ports.runs.move(
            self._run.id, state, at=self._ports.clock.now(), changes=changes, owner=self._owner
        )

    async def say_started(self) -> None:
        """Tell everyone that the run begins; a later attempt that says it again says the same event."""
        await self._ports.bus.say(
            MirrorStarted(
                channel=self._channel.key,
                channel_id=self._channel.id,
                mirror=self._mirror.name,
                mirror_id=self._mirror.id,
                run_id=self._run.id,
                run_number=self._run.number,
                trigger=self._run.trigger.value,
                request_id=self._run.request_id,
                request_source=self._run.request_source,
            ),
            event_id=f"started-{self._run.id}",
        )

    async def tell_end(self, run: Run) -> None:
        """Tell everyone how the run ended, and leave nothing of its work behind.

        Raises:
            StoreUnavailable: when it has to be told later.
        """
        ports = self._ports
        await ports.bus.say(self._told(run.state))
        await tell_end(run, runs=ports.runs, batches=ports.batches, queue=ports.queue, bus=ports.bus)

    def _told(self, state: RunState) -> MirrorProgress:
        progress, counts = self._progress, self._progress.counts
        return MirrorProgress(
            channel=self._channel.key,
            mirror=self._mirror.name,
            mirror_id=self._mirror.id,
            run_id=self._run.id,
            run_number=self._run.number,
            state=state.value,
            step=step_words(progress.step, type=self._mirror.type),
            step_number=progress.step_number,
            step_percent=progress.percent,
            active=counts.active,
            passive=counts.passive,
            active_planned=counts.active_planned,
            failed=counts.failed,
            bytes_transferred=counts.bytes_transferred,
        )
