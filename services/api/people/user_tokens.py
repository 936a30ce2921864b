"""The tokens of somebody else: listing and revoking them."""

import msgspec

from libs.common.contracts.access_messages import TokenChanged
from libs.common.domain.access.decide_access import can_see
from libs.common.domain.access.identity import Caller, Identity
from libs.common.domain.access.people import AccessToken
from libs.common.domain.access.roles import Rights
from libs.common.domain.errors import NotFound
from libs.common.ports.outbox import Unsaid
from services.api.people.known_people import check_covered, known_people
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid
from services.api.tokens.schemas import TokenList
from services.api.tokens.show_tokens import show_tokens


async def list_tokens(name: str, *, asked_by: Identity, ports: Ports) -> TokenList:
    """Show the tokens of a user; of their channels those that who asks may see.

    Raises:
        NotFound: when there is no such user.
    """
    user = (await known_people(ports)).find_user(name)
    tokens = await ports.access_tokens.list(user.id)
    return show_tokens([await _as_seen(token, asked_by, ports) for token in tokens])


async def revoke_token(name: str, token_id: str, *, by: Caller, own: Rights, ports: Ports) -> None:
    """End a token of a user who has no more rights than `own`.

    Raises:
        NotFound: when there is no such user, or the token is not theirs.
        NotAllowed: when the user has more rights than `own`.
    """
    people = await known_people(ports)
    user = people.find_user(name)
    check_covered(own, people.rights_of(user))
    token = await ports.access_tokens.get(token_id)
    if token is None or token.user_id != user.id:
        raise NotFound("this user has no such token")
    message = TokenChanged(
        token_id=token.id, name=token.name, user=user.name, change="revoked", by=by.name, by_address=by.address
    )
    word = Unsaid(event_id=f"token.changed-{ports.ids.new()}", at=ports.clock.now(), message=message)
    await ports.access_tokens.delete(token.id, unsaid=[word])
    await say_unsaid(ports.access_tokens, token.id, bus=ports.bus)


async def _as_seen(token: AccessToken, identity: Identity, ports: Ports) -> AccessToken:
    there = {key: await ports.channels.get(key) for key in token.resources}
    seen = {
        key: level
        for key, level in token.resources.items()
        if (channel := there[key]) is not None and can_see(identity, channel)
    }
    return msgspec.structs.replace(token, resources=seen)
