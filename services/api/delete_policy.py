"""DELETE policy -> policy.changed."""

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.policy import Policy
from libs.common.ports.outbox import Unsaid
from services.api.find_policy import find_policy
from services.api.policy_places import seen_places
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid

_MOST_NAMED = 10


async def delete_policy(id_or_name: str, *, asked_by: Identity, by: Caller, ports: Ports) -> None:
    """Remove a policy that is assigned nowhere; its revisions stay for the decisions made by them.

    Raises:
        NotFound: when there is no such policy.
        Conflict: while it is assigned, naming where as far as who asks may see it.
    """
    policies, places = ports.policies, ports.places
    policy = await find_policy(policies, id_or_name)
    # Looking drops what a crash left over.
    where = (await places.of([policy.id]))[policy.id]
    deleted = Unsaid(
        event_id=f"policy.deleted-{policy.id}",
        at=ports.clock.now(),
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
        raise await _why_not(policy, asked_by=asked_by, ports=ports)
    await say_unsaid(policies, policy.id, bus=ports.bus)


async def _why_not(policy: Policy, *, asked_by: Identity, ports: Ports) -> Conflict | NotFound:
    if await ports.policies.get(policy.id) is None:
        return NotFound(f"there is no policy {policy.name!r} any more")
    where = (await ports.places.of([policy.id]))[policy.id]
    if not where:
        return Conflict(f"policy {policy.name!r} is being assigned in this moment; try again in a minute")
    seen = await seen_places(where, asked_by, channels=ports.channels)
    named = [", ".join(map(str, seen[:_MOST_NAMED]))] if seen else []
    if len(seen) > _MOST_NAMED:
        named.append(f"{len(seen) - _MOST_NAMED} more")
    if len(seen) < len(where):
        named.append("channels that you do not see")
    return Conflict(f"policy {policy.name!r} is assigned to {' and '.join(named)}; unassign it there first")
