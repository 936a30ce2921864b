"""Policies in memory."""

from collections.abc import Sequence

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.assignment import Assignment
from libs.common.domain.policy import Policy
from libs.common.ports.outbox import Unsaid


class MemoryPolicies(MemoryOutbox):
    """Implements `ports.records.Policies`."""

    def __init__(self) -> None:
        super().__init__()
        self._revisions: dict[tuple[str, int], Policy] = {}
        self._newest: dict[str, int] = {}
        self._assignments: dict[str, Assignment] = {}

    async def add(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the first revision of a new policy; False where its name is taken."""
        if policy.id in self._newest or self._is_taken(policy):
            return False
        self._store(policy)
        self._hold(policy.id, unsaid)
        return True

    async def save(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest, or the name is taken."""
        if self._newest.get(policy.id) != policy.number - 1 or self._is_taken(policy):
            return False
        self._store(policy)
        self._hold(policy.id, unsaid)
        return True

    async def get(self, policy_id: str, *, number: int | None = None) -> Policy | None:
        """Return a policy's newest revision, or the one that is asked for."""
        wanted = self._newest.get(policy_id) if number is None else number
        return None if wanted is None else self._revisions.get((policy_id, wanted))

    async def find(self, name: str) -> Policy | None:
        """Return a policy's newest revision by its name."""
        return next((policy for policy in await self.list() if policy.name == name), None)

    async def list(self) -> Sequence[Policy]:
        """Return the newest revision of all policies, by name."""
        return sorted((self._revisions[key] for key in self._newest.items()), key=lambda it: it.name)

    async def revisions(self, policy_id: str) -> Sequence[Policy]:
        """Return a policy's revisions, newest first."""
        found = (policy for policy in self._revisions.values() if policy.id == policy_id)
        return sorted(found, key=lambda it: it.number, reverse=True)

    async def delete(self, policy_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Policy | None:
        """Remove a policy that has no assignment and return what it was; None where there is none such."""
        policy = await self.get(policy_id)
        if policy is None or await self.assignments([policy_id]):
            return None
        del self._newest[policy_id]
        self._hold_last(policy_id, unsaid)
        return policy

    async def assign(self, assignment: Assignment) -> bool:
        """List a place; False where the policy is gone, or the place clashes with another one of it."""
        present = await self.assignments([assignment.policy_id])
        if assignment.policy_id not in self._newest or any(it.clashes_with(assignment) for it in present):
            return False
        self._assignments[assignment.token] = assignment
        return True

    async def unassign(self, assignments: Sequence[Assignment]) -> None:
        """Take places off their policies' lists; those that are not there are passed over."""
        for assignment in assignments:
            self._assignments.pop(assignment.token, None)

    async def assignments(self, policy_ids: Sequence[str]) -> Sequence[Assignment]:
        """Return the places that are listed with these policies, oldest first."""
        found = (it for it in self._assignments.values() if it.policy_id in policy_ids)
        return sorted(found, key=lambda it: (it.at, it.token))

    def _store(self, policy: Policy) -> None:
        self._revisions[policy.id, policy.number] = policy
        self._newest[policy.id] = policy.number

    def _is_taken(self, policy: Policy) -> bool:
        others = (self._revisions[key] for key in self._newest.items() if key[0] != policy.id)
        return any(other.name == policy.name for other in others)
