"""Policies in MongoDB.

`policies` has the newest revision of each policy that there is, with its assignments;
`policy_revisions` those that were replaced or deleted. A revision is copied there before it
is replaced: a crash in between leaves a copy of what is still in force, and no more. So one
conditional write on one document decides whatever is done to a policy.
"""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from libs.common.adapters.mongo.connect import Database, Document, asking
from libs.common.adapters.mongo.duplicates import ignoring_duplicates
from libs.common.adapters.mongo.encode import Codec
from libs.common.adapters.mongo.indexes import POLICIES, POLICY_REVISIONS
from libs.common.adapters.mongo.outbox import LIVING, MongoOutbox, encoded, holding
from libs.common.domain.assignment import Assignment
from libs.common.domain.policy import Policy, Rule
from libs.common.ports.outbox import Unsaid

_CODEC = Codec(Policy, packed={"rules": tuple[Rule, ...]})
_ASSIGNMENT = Codec(Assignment, key="token")
_NOT_THE_POLICY = {"assignments": 0, "unsaid": 0}


class MongoPolicies(MongoOutbox):
    """Implements `ports.records.Policies`; a unique index keeps names apart."""

    def __init__(self, database: Database) -> None:
        super().__init__(database[POLICIES])
        self._policies = database[POLICIES]
        self._revisions = database[POLICY_REVISIONS]

    @asking()
    async def add(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the first revision of a new policy; False where its name is taken."""
        try:
            await self._policies.insert_one({**_CODEC.encode(policy), "assignments": [], "unsaid": encoded(unsaid)})
        except DuplicateKeyError:
            return False
        return True

    @asking()
    async def save(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest, or the name is taken."""
        newest = {"_id": policy.id, "number": policy.number - 1, **LIVING}
        before = await self._policies.find_one(newest, _NOT_THE_POLICY)
        if before is None:
            return False
        await self._keep(before)
        changes = _CODEC.encode(policy)
        del changes["_id"]
        try:
            outcome = await self._policies.update_one(newest, {"$set": changes, **holding(unsaid)})
        except DuplicateKeyError:
            return False
        return outcome.matched_count == 1

    @asking()
    async def get(self, policy_id: str, *, number: int | None = None) -> Policy | None:
        """Return a policy's newest revision, or the one that is asked for."""
        # What is replaced between the two reads is there for the second one.
        newest = await self._policies.find_one({"_id": policy_id, **LIVING}, _NOT_THE_POLICY)
        if newest is not None and number in (None, newest["number"]):
            return _CODEC.decode(newest)
        if number is None:
            return None
        kept = await self._revisions.find_one({"policy_id": policy_id, "number": number})
        return None if kept is None else _revived(kept)

    @asking()
    async def find(self, name: str) -> Policy | None:
        """Return a policy's newest revision by its name."""
        found = await self._policies.find_one({"name": name, **LIVING}, _NOT_THE_POLICY)
        return None if found is None else _CODEC.decode(found)

    @asking()
    async def list(self) -> Sequence[Policy]:
        """Return the newest revision of all policies, by name."""
        cursor = self._policies.find(LIVING, _NOT_THE_POLICY).sort("name")
        return [_CODEC.decode(document) async for document in cursor]

    @asking()
    async def revisions(self, policy_id: str) -> Sequence[Policy]:
        """Return a policy's revisions, newest first."""
        newest = await self._policies.find_one({"_id": policy_id, **LIVING}, _NOT_THE_POLICY)
        found = {newest["number"]: _CODEC.decode(newest)} if newest is not None else {}
        async for kept in self._revisions.find({"policy_id": policy_id}).sort("number", -1):
            found.setdefault(kept["number"], _revived(kept))
        return [found[number] for number in sorted(found, reverse=True)]

    @asking()
    async def delete(self, policy_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Policy | None:
        """Remove a policy that has no assignment and return what it was; None where there is none such."""
        free = {"_id": policy_id, "assignments": [], **LIVING}
        while (document := await self._policies.find_one(free, _NOT_THE_POLICY)) is not None:
            await self._keep(document)
            if await self._end({**free, "number": document["number"]}, name="name", unsaid=unsaid) is not None:
                return _CODEC.decode(document)
        return None

    @asking()
    async def assign(self, assignment: Assignment) -> bool:
        """List a place; False where the policy is gone, or the place clashes with another one of it."""
        other = {"$ne": None} if assignment.mirror_id is None else None
        clash = {"$elemMatch": {"channel_id": assignment.channel_id, "mirror_id": other}}
        outcome = await self._policies.update_one(
            {"_id": assignment.policy_id, "assignments": {"$not": clash}, **LIVING},
            {"$push": {"assignments": _ASSIGNMENT.encode(assignment)}},
        )
        return outcome.matched_count == 1

    @asking()
    async def unassign(self, assignments: Sequence[Assignment]) -> None:
        """Take places off their policies' lists; those that are not there are passed over."""
        for assignment in assignments:
            await self._policies.update_one(
                {"_id": assignment.policy_id}, {"$pull": {"assignments": {"_id": assignment.token}}}
            )

    @asking()
    async def assignments(self, policy_ids: Sequence[str]) -> Sequence[Assignment]:
        """Return the places that are listed with these policies, oldest first."""
        cursor = self._policies.find({"_id": {"$in": [*policy_ids]}, **LIVING}, {"assignments": 1})
        found = [_ASSIGNMENT.decode(place) async for document in cursor for place in document["assignments"]]
        return sorted(found, key=lambda it: (it.at, it.token))

    async def _keep(self, document: Document) -> None:
        """Copy a revision to where it stays; a no-op where it is there already."""
        kept = {**document, "policy_id": document["_id"], "_id": f"{document['_id']}/{document['number']}"}
        with ignoring_duplicates():
            await self._revisions.insert_one(kept)


def _revived(kept: Document) -> Policy:
    return _CODEC.decode({**kept, "_id": kept["policy_id"]})
