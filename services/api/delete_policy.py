"""DELETE policy -> policy.changed."""

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.policy import Policy
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Policies
from services.api.find_policy import find_policy
from services.api.policy_places import PolicyPlaces
from services.api.say_unsaid import say_unsaid

_MOST_NAMED = 10


async def delete_policy(
    id_or_name: str, *, by: Caller, policies: Policies, places: PolicyPlaces, bus: Bus, clock: Clock
) -> None:
    """Remove a policy that is assigned nowhere; its revisions stay for the decisions made by them.

    Raises:
        NotFound: when there is no such policy.
        Conflict: while it is assigned, naming where.
    """
    policy = await find_policy(policies, id_or_name)
    # Looking drops what a crash left over.
    where = (await places.of([policy.id]))[policy.id]
    deleted = Unsaid(
        event_id=f"policy.deleted-{policy.id}",
        at=clock.now(),
        message=PolicyChanged(
            policy_id=policy.id,
            name=policy.name,
            number=policy.number,
            change="deleted",
            by=by.name,
            by_address=by.address,
        ),
    )
    if where or await policies.delete(policy.id, unsaid=[deleted]) is None:
        raise await _why_not(policy, policies=policies, places=places)
    await say_unsaid(policies, policy.id, bus=bus)


async def _why_not(policy: Policy, *, policies: Policies, places: PolicyPlaces) -> Conflict | NotFound:
    if await policies.get(policy.id) is None:
        return NotFound(f"there is no policy {policy.name!r} any more")
    where = (await places.of([policy.id]))[policy.id]
    if not where:
        return Conflict(f"policy {policy.name!r} is being assigned in this moment; try again in a minute")
    named = ", ".join(map(str, where[:_MOST_NAMED]))
    more = f" and {len(where) - _MOST_NAMED} more" if len(where) > _MOST_NAMED else ""
    return Conflict(f"policy {policy.name!r} is assigned to {named}{more}; unassign it there first")
