"""What documents in memory have still to say, and what all of them have in common."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from libs.common.ports.outbox import Unsaid, in_turn


class MemoryOutbox:
    """Implements `ports.outbox.Outbox`; kept beside the documents, so that a deleted one needs no stone."""

    def __init__(self) -> None:
        self._unsaid: dict[str, tuple[Unsaid, ...]] = {}

    async def unsaid(self, document_id: str) -> Sequence[Unsaid]:
        """Return what a document holds; see the port."""
        return self._unsaid.get(document_id, ())

    async def said(self, document_id: str, event_ids: Sequence[str]) -> None:
        """Take off what was said; see the port."""
        left = tuple(it for it in self._unsaid.pop(document_id, ()) if it.event_id not in event_ids)
        if left:
            self._unsaid[document_id] = left

    async def waiting(self, *, before: datetime) -> Sequence[str]:
        """Return the ids of documents that hold what is older than a time; see the port."""
        oldest = {document_id: min(it.at for it in held) for document_id, held in self._unsaid.items()}
        return sorted((it for it, at in oldest.items() if at < before), key=lambda it: (oldest[it], it))

    def _hold(self, document_id: str, unsaid: Sequence[Unsaid]) -> None:
        if unsaid:
            self._unsaid[document_id] = (*self._unsaid.get(document_id, ()), *in_turn(unsaid))

    def _hold_last(self, document_id: str, unsaid: Sequence[Unsaid]) -> None:
        """Hold the last words of a deleted document; without any it goes with all that it held."""
        if unsaid:
            self._hold(document_id, unsaid)
        else:
            self._unsaid.pop(document_id, None)


def is_so(document: object, was: Mapping[str, object] | None) -> bool:
    """Tell whether fields of a document are what whoever changes it knew them to be."""
    return all(getattr(document, name) == value for name, value in (was or {}).items())
