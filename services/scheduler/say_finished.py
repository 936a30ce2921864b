"""the end of a run -> mirror.finished, from the run's own document alone."""

from collections.abc import Mapping
from typing import Literal

from libs.common.contracts.messages import MirrorFinished
from libs.common.domain.run import Run, RunState
from libs.common.ports.bus import Bus


async def say_finished(run: Run, *, bus: Bus) -> None:
    """Tell everyone how a run ended; the same words again are one event."""
    await bus.say(
        MirrorFinished(
            channel=run.channel,
            channel_id=run.channel_id,
            mirror=run.mirror_name,
            mirror_id=run.mirror_id,
            run_id=run.id,
            run_number=run.number,
            state=_END_WORDS[run.state],
            reason=run.reason,
            request_id=run.request_id,
            request_source=run.request_source,
        ),
        event_id=f"finished-{run.id}-{run.state.value}",
    )


_END_WORDS: Mapping[RunState, Literal["completed", "failed", "stopped", "skipped"]] = {
    RunState.COMPLETED: "completed",
    RunState.FAILED: "failed",
    RunState.STOPPED: "stopped",
    RunState.SKIPPED: "skipped",
}
