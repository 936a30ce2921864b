"""What mirrors would bring, before they are saved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.mirror_preview import MirrorPreview, PreviewProblem, PreviewResult, PreviewState
from libs.common.domain.run import Step


class MirrorPreviews(Protocol):
    """Previews, thrown away when they expire. Asked for by the api, made by the scheduler.

    All methods raise StoreUnavailable when the database does not answer.
    """

    async def add(self, preview: MirrorPreview) -> bool:
        """Store a new preview; False where one of its id is there."""

    async def get(self, preview_id: str) -> MirrorPreview | None:
        """Return a preview."""

    async def open(self, requested_by: str | None) -> int:
        """Return how many that somebody asked for are not over."""

    async def all(self) -> Sequence[MirrorPreview]:
        """Return all that are kept: what a sweep must leave."""

    async def claim(self, preview_id: str, *, owner: str) -> MirrorPreview | None:
        """Become the owner of a preview, whoever was; None where it is over or gone."""

    async def report(self, preview_id: str, *, owner: str, state: PreviewState, step: Step, percent: int) -> bool:
        """Store how far it is; False where it has another owner, is over or gone."""

    async def finish(
        self,
        preview_id: str,
        *,
        owner: str,
        at: datetime,
        result: PreviewResult | None = None,
        problem: PreviewProblem | None = None,
    ) -> bool:
        """End it as DONE with a result, or as FAILED with a problem; False as `report`."""

    async def stop(self, preview_id: str, *, at: datetime, problem: PreviewProblem) -> bool:
        """End it as FAILED, whoever owns it; False where it is over or gone."""
