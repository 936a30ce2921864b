"""The id or name of a policy -> the policy."""

from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.policy import Policy
from libs.common.ports.records import Policies


async def find_policy(policies: Policies, id_or_name: str) -> Policy:
    """Return a policy's newest revision.

    Raises:
        NotFound: when there is none of this id or name.
    """
    policy = await policies.get(id_or_name) or await policies.find(id_or_name)
    if policy is None:
        raise NotFound(f"there is no policy {id_or_name!r}; look for its name in the list of policies")
    return policy


async def find_revision(policies: Policies, id_or_name: str, number: int) -> Policy:
    """Return one revision of a policy, also of one that is deleted where it is named by its id.

    Raises:
        NotFound: when there is none such.
    """
    named = await policies.get(id_or_name) or await policies.find(id_or_name)
    found = await policies.get(named.id if named else id_or_name, number=number)
    if found is None:
        raise NotFound(f"policy {id_or_name!r} has no revision {number}")
    return found


async def find_wished_policy(policies: Policies, wish: str | None) -> Policy | None:
    """Return the policy that a channel or mirror shall have; None for none.

    Raises:
        InvalidInput: when there is none of this id or name.
    """
    if not wish:
        return None
    try:
        return await find_policy(policies, wish)
    except NotFound as exc:
        raise InvalidInput(exc.message, field="policy") from exc
