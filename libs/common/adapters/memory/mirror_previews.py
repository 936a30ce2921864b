"""Previews of mirrors in memory; nothing is thrown away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.mirror_preview import OPEN_STATES, MirrorPreview, PreviewProblem, PreviewResult, PreviewState
from libs.common.domain.run import Step


class MemoryMirrorPreviews:
    """Implements `ports.records.MirrorPreviews`."""

    def __init__(self) -> None:
        self._previews: dict[str, MirrorPreview] = {}

    async def add(self, preview: MirrorPreview) -> bool:
        """Store a new preview."""
        if preview.id in self._previews:
            return False
        self._previews[preview.id] = preview
        return True

    async def get(self, preview_id: str) -> MirrorPreview | None:
        """Return a preview."""
        return self._previews.get(preview_id)

    async def open(self, requested_by: str | None) -> int:
        """Return how many that somebody asked for are not over."""
        return sum(it.requested_by == requested_by and it.state in OPEN_STATES for it in self._previews.values())

    async def all(self) -> Sequence[MirrorPreview]:
        """Return all that are kept."""
        return [preview for _, preview in sorted(self._previews.items())]

    async def claim(self, preview_id: str, *, owner: str) -> MirrorPreview | None:
        """Become the owner of a preview, whoever was."""
        if not self._change(preview_id, owner=None, state=PreviewState.READING, changes={"owner": owner}):
            return None
        return self._previews[preview_id]

    async def report(self, preview_id: str, *, owner: str, state: PreviewState, step: Step, percent: int) -> bool:
        """Store how far it is."""
        return self._change(preview_id, owner=owner, state=state, changes={"step": step, "percent": percent})

    async def finish(
        self,
        preview_id: str,
        *,
        owner: str,
        at: datetime,
        result: PreviewResult | None = None,
        problem: PreviewProblem | None = None,
    ) -> bool:
        """End it."""
        state = PreviewState.FAILED if result is None else PreviewState.DONE
        changes = {"finished_at": at, "result": result, "problem": problem}
        return self._change(preview_id, owner=owner, state=state, changes=changes)

    async def stop(self, preview_id: str, *, at: datetime, problem: PreviewProblem) -> bool:
        """End it, whoever owns it."""
        changes = {"finished_at": at, "problem": problem}
        return self._change(preview_id, owner=None, state=PreviewState.FAILED, changes=changes)

    def _change(
        self, preview_id: str, *, owner: str | None, state: PreviewState, changes: Mapping[str, object]
    ) -> bool:
        """Change one that is not over; of an owner where one is named."""
        preview = self._previews.get(preview_id)
        if preview is None or preview.state not in OPEN_STATES or owner not in (None, preview.owner):
            return False
        self._previews[preview_id] = msgspec.structs.replace(preview, state=state, **changes)
        return True
