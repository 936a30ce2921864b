"""What documents in MongoDB have still to say, in a field of theirs that no value shows.

A document that is deleted with last words stays as a tombstone until they are said: marked,
so that no query of the living finds it, and under a name that nobody can choose.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from libs.common.adapters.mongo.connect import Collection, Document, asking
from libs.common.contracts.messages import MESSAGES
from libs.common.ports.outbox import Unsaid, in_turn

LIVING: Document = {"is_deleted": None}
"""What every query for documents that there are asks for as well."""

_AT_ONCE = 100
_MESSAGES = {message.subject: message for message in MESSAGES}


class MongoOutbox:
    """Implements `ports.outbox.Outbox` on one collection, which has an index on `unsaid.at`."""

    def __init__(self, documents: Collection) -> None:
        self._documents = documents

    @asking()
    async def unsaid(self, document_id: str) -> Sequence[Unsaid]:
        """Return what a document holds; see the port."""
        document = await self._documents.find_one({"_id": document_id}, {"unsaid": True}) or {}
        found: list[Unsaid] = []
        for held in document.get("unsaid", ()):
            kind = _MESSAGES.get(held["subject"])
            if kind is None:
                break
            message = msgspec.json.decode(held["payload"], type=kind)
            found.append(Unsaid(event_id=held["event_id"], at=held["at"], message=message))
        return found

    @asking()
    async def said(self, document_id: str, event_ids: Sequence[str]) -> None:
        """Take off what was said; see the port."""
        pull = {"$pull": {"unsaid": {"event_id": {"$in": [*event_ids]}}}}
        if (await self._documents.update_one({"_id": document_id, **LIVING}, pull)).matched_count:
            return
        # First the tombstone itself: emptied and killed in between it would stay for ever.
        has_more = {"$elemMatch": {"event_id": {"$nin": [*event_ids]}}}
        last = {"_id": document_id, "is_deleted": True, "unsaid": {"$not": has_more}}
        if not (await self._documents.delete_one(last)).deleted_count:
            await self._documents.update_one({"_id": document_id}, pull)

    @asking()
    async def waiting(self, *, before: datetime) -> Sequence[str]:
        """Return the ids of documents that hold what is older than a time; see the port."""
        cursor = self._documents.find({"unsaid.at": {"$lt": before}}, {"_id": True}).sort("unsaid.at").limit(_AT_ONCE)
        return [document["_id"] async for document in cursor]

    async def _end(self, query: Document, *, name: str, unsaid: Sequence[Unsaid]) -> Document | None:
        """Delete a document, whose unique field is `name`, and return what it was.

        With last words it becomes a tombstone; without any it goes with all that it held.
        """
        if not unsaid:
            return await self._documents.find_one_and_delete({**query, **LIVING})
        held = {"$ifNull": ["$unsaid", []]}
        tombstone = {
            "is_deleted": True,
            # A slash: neither channels, mirrors nor policies can have such a name.
            name: {"$concat": ["deleted/", "$_id", "/"]},
            "unsaid": {"$concatArrays": [held, {"$literal": encoded(unsaid)}]},
        }
        return await self._documents.find_one_and_update({**query, **LIVING}, [{"$set": tombstone}])

    async def _end_all(self, channel_id: str) -> int:
        """Delete the documents of a channel that is gone; those that have still to say something become tombstones."""
        of_channel = {"channel_id": channel_id}
        # First all of them, so that a word said in between takes its tombstone with it; again clears what is left.
        ended = await self._documents.update_many({**of_channel, **LIVING}, {"$set": {"is_deleted": True}})
        nothing_to_say = {"$or": [{"unsaid": []}, {"unsaid": None}]}
        await self._documents.delete_many({**of_channel, "is_deleted": True, **nothing_to_say})
        return int(ended.modified_count)


def encoded(unsaid: Sequence[Unsaid]) -> list[dict[str, Any]]:
    """Return what a document holds of the words of one change."""
    return [
        {
            "event_id": it.event_id,
            "at": it.at,
            "subject": it.message.subject,
            "payload": msgspec.json.encode(it.message).decode(),
        }
        for it in in_turn(unsaid)
    ]


def holding(unsaid: Sequence[Unsaid]) -> Document:
    """Return the part of an update that adds these to what the document holds."""
    return {"$push": {"unsaid": {"$each": encoded(unsaid)}}}


async def reviving(documents: Collection, document: Document, unsaid: Sequence[Unsaid]) -> bool:
    """Put a document in the place of a tombstone of its id, whose words stay; False where there is none such."""
    fields = {name: value for name, value in document.items() if name != "_id"}
    update = {"$set": fields, "$unset": {"is_deleted": True}, **holding(unsaid)}
    return (await documents.update_one({"_id": document["_id"], "is_deleted": True}, update)).matched_count == 1
