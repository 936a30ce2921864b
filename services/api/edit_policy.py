"""PUT policy -> policy.changed, where anything did."""

import msgspec

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.policy import Policy
from libs.common.domain.policy_document import PolicyDocument, document_of, rules_of_document
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import Policies
from services.api.create_policy import policy_name_is_taken
from services.api.find_policy import find_policy
from services.api.problems import Outdated
from services.api.say_unsaid import say_unsaid


async def edit_policy(
    id_or_name: str,
    document: PolicyDocument,
    *,
    expected: frozenset[int] | None,
    by: Caller,
    policies: Policies,
    bus: Bus,
    clock: Clock,
) -> Policy:
    """Save a checked document as the policy's next revision; a no-op where it says the same.

    `expected` are the revisions that the editor knew, None for whichever there is.

    Raises:
        NotFound: when there is no such policy.
        Outdated: when its newest revision is none of those expected.
        Conflict: when someone else saved it meanwhile, or the new name is taken.
    """
    before = await find_policy(policies, id_or_name)
    if expected is not None and before.number not in expected:
        raise Outdated(
            f"policy {before.name!r} is at revision {before.number} by now; look at it, and save your edit on top of it"
        )
    if document == document_of(before):
        return before
    after = msgspec.structs.replace(
        before,
        name=document.name,
        description=document.description,
        number=before.number + 1,
        rules=rules_of_document(document),
        saved_at=clock.now(),
        saved_by=by.name,
    )
    updated = Unsaid(
        event_id=f"policy.changed-{after.id}-{after.number}",
        at=after.saved_at,
        message=PolicyChanged(
            policy_id=after.id,
            name=after.name,
            number=after.number,
            change="updated",
            by=by.name,
            by_address=by.address,
        ),
    )
    if not await policies.save(after, unsaid=[updated]):
        raise await _why_not(after, policies=policies)
    await say_unsaid(policies, after.id, bus=bus)
    return after


async def _why_not(after: Policy, *, policies: Policies) -> Conflict | NotFound:
    newest = await policies.get(after.id)
    if newest is None:
        return NotFound(f"there is no policy {after.name!r} any more")
    if newest.number >= after.number:
        return Conflict(f"policy {newest.name!r} was saved by someone else in this moment; look at it and try again")
    return policy_name_is_taken(after.name)
