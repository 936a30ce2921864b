"""What the audit trail is told of changes of people, stored in one write with them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from libs.common.contracts.access_messages import GroupChanged, UserChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.access.people import User
from libs.common.ports.clock import Ids
from libs.common.ports.outbox import Unsaid


def user_word(
    user: User,
    change: Literal["created", "updated", "deleted"],
    *,
    fields: Iterable[str] = (),
    by: Caller,
    at: datetime,
    ids: Ids,
) -> Unsaid:
    """Say what became of a user; `fields` names what changed, and never to what."""
    message = UserChanged(
        user_id=user.id, user=user.name, change=change, fields=tuple(sorted(fields)), by=by.name, by_address=by.address
    )
    return Unsaid(event_id=f"user.changed-{ids.new()}", at=at, message=message)


def member_words(before: User, after: User, *, by: Caller, at: datetime, ids: Ids) -> tuple[Unsaid, ...]:
    """Say which groups a user left, and which ones they came into."""
    left = [(group, False) for group in before.groups if group not in after.groups]
    came = [(group, True) for group in after.groups if group not in before.groups]
    return tuple(
        Unsaid(
            event_id=f"group.changed-{ids.new()}",
            at=at,
            message=GroupChanged(
                group=group,
                change="user_added" if is_in else "user_deleted",
                user=after.name,
                by=by.name,
                by_address=by.address,
            ),
        )
        for group, is_in in (*left, *came)
    )
