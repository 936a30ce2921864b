"""Previews of mirrors in MongoDB, which throws them away when they expire."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import MIRROR_PREVIEWS
from libs.common.domain.mirror import Mirror
from libs.common.domain.mirror_preview import OPEN_STATES, MirrorPreview, PreviewProblem, PreviewResult, PreviewState
from libs.common.domain.run import Step

_CODEC = Codec(MirrorPreview, packed={"mirror": Mirror, "result": PreviewResult | None})
_OPEN = sorted(state.value for state in OPEN_STATES)


class MongoMirrorPreviews:
    """Implements `ports.records.MirrorPreviews`."""

    def __init__(self, database: Database) -> None:
        self._previews = database[MIRROR_PREVIEWS]

    @asking()
    async def add(self, preview: MirrorPreview) -> bool:
        """Store a new preview."""
        try:
            await self._previews.insert_one(_CODEC.encode(preview))
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def get(self, preview_id: str) -> MirrorPreview | None:
        """Return a preview."""
        return _found(await self._previews.find_one({"_id": preview_id}))

    @asking()
    async def open(self, requested_by: str | None) -> int:
        """Return how many that somebody asked for are not over."""
        return await self._previews.count_documents({"state": {"$in": _OPEN}, "requested_by": requested_by})

    @asking()
    async def all(self) -> Sequence[MirrorPreview]:
        """Return all that are kept."""
        return [_CODEC.decode(document) async for document in self._previews.find({}).sort("_id").hint("_id_")]

    @asking()
    async def claim(self, preview_id: str, *, owner: str) -> MirrorPreview | None:
        """Become the owner of a preview, whoever was."""
        return _found(
            await self._previews.find_one_and_update(
                _which(preview_id, None),
                {"$set": _CODEC.changes({"owner": owner, "state": PreviewState.READING})},
                return_document=ReturnDocument.AFTER,
            )
        )

    @asking()
    async def report(self, preview_id: str, *, owner: str, state: PreviewState, step: Step, percent: int) -> bool:
        """Store how far it is."""
        return await self._change(_which(preview_id, owner), {"state": state, "step": step, "percent": percent})

    @asking()
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
        changes = {"state": state, "finished_at": at, "result": result, "problem": problem}
        return await self._change(_which(preview_id, owner), changes)

    @asking()
    async def stop(self, preview_id: str, *, at: datetime, problem: PreviewProblem) -> bool:
        """End it, whoever owns it."""
        changes = {"state": PreviewState.FAILED, "finished_at": at, "problem": problem}
        return await self._change(_which(preview_id, None), changes)

    async def _change(self, which: Document, changes: Mapping[str, object]) -> bool:
        outcome = await self._previews.update_one(which, {"$set": _CODEC.changes(changes)})
        return outcome.matched_count == 1


def _which(preview_id: str, owner: str | None) -> Document:
    """Return the query for one that is not over; of an owner where one is named."""
    which: Document = {"_id": preview_id, "state": {"$in": _OPEN}}
    return which if owner is None else {**which, "owner": owner}


def _found(document: Document | None) -> MirrorPreview | None:
    return None if document is None else _CODEC.decode(document)
