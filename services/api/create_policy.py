"""POST policy -> policy.changed."""

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.errors import Conflict
from libs.common.domain.policy import Policy
from libs.common.domain.policy_document import PolicyDocument, rules_of_document
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Policies
from services.api.say_unsaid import say_unsaid


async def create_policy(
    document: PolicyDocument, *, by: Caller, policies: Policies, bus: Bus, clock: Clock, ids: Ids
) -> Policy:
    """Make a policy of a checked document; it acts where it is assigned.

    Raises:
        Conflict: when the name is taken.
    """
    now = clock.now()
    policy = Policy(
        id=ids.new(),
        name=document.name,
        description=document.description,
        rules=rules_of_document(document),
        created_at=now,
        saved_at=now,
        saved_by=by.name,
    )
    created = Unsaid(
        event_id=f"policy.changed-{policy.id}-{policy.number}",
        at=now,
        message=PolicyChanged(
            policy_id=policy.id,
            name=policy.name,
            number=policy.number,
            change="created",
            by=by.name,
            by_address=by.address,
        ),
    )
    if not await policies.add(policy, unsaid=[created]):
        raise policy_name_is_taken(policy.name)
    await say_unsaid(policies, policy.id, bus=bus)
    return policy


def policy_name_is_taken(name: str) -> Conflict:
    """Say that policy names are unique on the server."""
    return Conflict(f"there is a policy {name!r} already; choose another name")
