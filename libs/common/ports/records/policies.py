"""Policies, and where they are assigned."""

from collections.abc import Sequence
from typing import Protocol

from libs.common.domain.assignment import Assignment
from libs.common.domain.policy import Policy
from libs.common.ports.outbox import Outbox, Unsaid


class Policies(Outbox, Protocol):
    """Policies and all their revisions. Written by the api."""

    async def add(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the first revision of a new policy; False where its name is taken."""

    async def save(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest, or the name is taken.

        The old revision stays.
        """

    async def get(self, policy_id: str, *, number: int | None = None) -> Policy | None:
        """Return a policy's newest revision, or the one that is asked for."""

    async def find(self, name: str) -> Policy | None:
        """Return a policy's newest revision by its name."""

    async def list(self) -> Sequence[Policy]:
        """Return the newest revision of all policies, by name."""

    async def revisions(self, policy_id: str) -> Sequence[Policy]:
        """Return a policy's revisions, newest first."""

    async def delete(self, policy_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Policy | None:
        """Remove a policy that has no assignment and return what it was; None where there is none such.

        Its revisions stay for the decisions that were made by them.
        """

    async def assign(self, assignment: Assignment) -> bool:
        """List a place; False where the policy is gone, or the place clashes with another one of it."""

    async def unassign(self, assignments: Sequence[Assignment]) -> None:
        """Take places off their policies' lists; those that are not there are passed over."""

    async def assignments(self, policy_ids: Sequence[str]) -> Sequence[Assignment]:
        """Return the places that are listed with these policies, oldest first."""
