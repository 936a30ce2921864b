"""The names of policies, for what shows them beside something else."""

from collections.abc import Iterable, Mapping

from libs.common.ports.records import Policies


async def policy_names(policy_ids: Iterable[str | None], *, policies: Policies) -> Mapping[str | None, str]:
    """Return the names of those policies that there are."""
    found = [await policies.get(policy_id) for policy_id in {*policy_ids} if policy_id is not None]
    return {policy.id: policy.name for policy in found if policy is not None}
