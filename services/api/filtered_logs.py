"""Shown mirrors -> the same with the first files named that the rules left out, by reason.

Decisions are not logged: some of them are computed again when a mirror is shown, once for each
catalogue, from a bounded number of records. All of them are at `…/mirrors/<id>/decisions`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.explain_files import DecisionWish, open_explainer
from libs.common.deciding.read_stored import read_head
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import ACTIVE_STATES
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import BlobStore
from libs.common.ports.records import CatalogueHeads, Shards
from services.api.mirror_schemas import MirrorA
from services.api.run_schemas import ChannelFilteredLogs, MirrorFilteredLogs, SyncLogs
from services.api.serving.recent import Recent

MOST_NAMED = 100
"""Files named for each reason."""

_KEPT = 20_000
_Named = Mapping[str, tuple[str, ...]]
"""`scope.reason` -> files."""


class FilteredLogs:
    """Names what the rules left out, and remembers it by catalogue."""

    def __init__(self, *, heads: CatalogueHeads, shards: Shards, blobs: BlobStore) -> None:
        self._heads = heads
        self._shards = shards
        self._blobs = blobs
        self._recent: Recent[str, _Named] = Recent(budget=_KEPT)

    async def name(self, mirrors: Sequence[MirrorA]) -> tuple[MirrorA, ...]:
        """Fill the lists of mirrors that do not run just now, and whose records are still kept.

        Raises:
            StoreUnavailable: when a store does not answer.
        """
        return tuple([await self._name(mirror) for mirror in mirrors])

    async def _name(self, mirror: MirrorA) -> MirrorA:
        logs = mirror.sync_state.logs
        head = await self._heads.get(mirror.mirror_id)
        if not isinstance(logs, SyncLogs) or head is None or mirror.state in ACTIVE_STATES:
            return mirror
        ecosystem = MirrorType(mirror.mirror_type)
        try:
            named = await self._recent.get(head.catalogue, lambda: self._load(head, ecosystem))
        except NotFound:
            return mirror
        filled = msgspec.structs.replace(
            logs,
            mirror_filtered=MirrorFilteredLogs(**_of("mirror_filtered", named, MirrorFilteredLogs)),
            channel_filtered=ChannelFilteredLogs(**_of("channel_filtered", named, ChannelFilteredLogs)),
        )
        return msgspec.structs.replace(mirror, sync_state=msgspec.structs.replace(mirror.sync_state, logs=filled))

    async def _load(self, head: CatalogueHead, kind: MirrorType) -> tuple[_Named, int]:
        excluded = head.counts.excluded if head.counts is not None else {}
        wanted = [reason for reason in _REASONS if excluded.get(reason)]
        if not wanted:
            return {}, 1
        stored = await read_head(head, blobs=self._blobs)
        explainer = await open_explainer(stored, ecosystem=ecosystem_of(kind), shards=self._shards, blobs=self._blobs)
        named: dict[str, tuple[str, ...]] = {}
        for reason in wanted:
            page = await explainer.page(DecisionWish(reason=reason), after=None, limit=MOST_NAMED)
            named[reason] = tuple(decision.ckey for decision in page.decisions[:MOST_NAMED])
        return named, sum(map(len, named.values())) + 1


_REASONS = tuple(
    f"{scope}.{reason}"
    for scope, kind in (("mirror_filtered", MirrorFilteredLogs), ("channel_filtered", ChannelFilteredLogs))
    for reason in kind.__struct_fields__
)


def _of(scope: str, named: _Named, kind: type[msgspec.Struct]) -> dict[str, tuple[str, ...]]:
    return {reason: named.get(f"{scope}.{reason}", ()) for reason in kind.__struct_fields__}
