"""POST -> a preview that is asked for, and mirror.preview.

The mirror is checked as it would be to be saved; its secrets stay sealed, in the record. The message
names the record: killed before it is said, the record is left, and expires.
"""

import msgspec
from msgspec import UNSET

from libs.common.contracts.policy_messages import MirrorPreview as PreviewWish
from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel, parse_channel_key
from libs.common.domain.errors import NotFound, TooManyAttempts
from libs.common.domain.mirror import Mirror
from libs.common.domain.mirror_preview import KEPT_FOR, STOPPED, MirrorPreview, PreviewProblem
from services.api.check_mirror import CheckedMirror, check_mirror
from services.api.find_policy import find_wished_policy
from services.api.guards import require_choice, require_on
from services.api.ports import Ports
from services.api.previews.schemas import MirrorPreviewWish
from services.api.show_mirrors import get_mirror

MOST_OPEN = 4
"""So many of one person's are made at a time: each reads a whole source."""

_COME_AGAIN_S = 10


async def ask_mirror_preview(wish: MirrorPreviewWish, *, asked_by: Identity, ports: Ports) -> str:
    """Ask what a mirror would bring, and return the preview's id.

    Raises:
        InvalidInput: naming the key of the mirror at fault, as saving it would.
        SourceNotAllowed, Conflict: as saving it would.
        NotFound: when there is no such channel or mirror, for who asks.
        NotAllowed: when they may not edit mirrors there.
        TooManyAttempts: when too many of theirs are being made.
        StoreUnavailable: when a store or the bus does not answer.
    """
    key = parse_channel_key(wish.channel)
    channel = await require_on(asked_by, Action.MIRROR_EDIT, key, ports=ports)
    before = await get_mirror(ports.mirrors, key, wish.mirror_id) if wish.mirror_id is not None else None
    require_choice(asked_by, wish.mirror.policy, before=before.policy_id if before is not None else None)
    checked = check_mirror(wish.mirror, before=before, seal=ports.seal, file_sources=ports.file_sources)
    policy = await find_wished_policy(ports.policies, wish.mirror.policy or None)
    if await ports.previews.open(asked_by.name) >= MOST_OPEN:
        raise TooManyAttempts(
            f"{MOST_OPEN} previews of yours are being made; wait for one of them, or stop it",
            retry_after_s=_COME_AGAIN_S,
        )
    preview_id = ports.ids.new()
    now = ports.clock.now()
    mirror = _mirror_of(checked, before=before, preview_id=preview_id, channel=channel, ports=ports)
    if before is None or wish.mirror.policy is not UNSET:
        mirror = msgspec.structs.replace(mirror, policy_id=policy.id if policy is not None else None)
    await ports.previews.add(
        MirrorPreview(
            id=preview_id,
            mirror=mirror,
            is_new=before is None,
            requested_by=asked_by.name,
            requested_at=now,
            expires_at=now + KEPT_FOR,
        )
    )
    message = PreviewWish(
        preview_id=preview_id,
        channel=channel.key,
        channel_id=channel.id,
        requested_by=asked_by.name,
        by_address=asked_by.address,
    )
    await ports.bus.say(message, event_id=f"preview-{preview_id}")
    return preview_id


async def stop_mirror_preview(preview_id: str, *, asked_by: Identity, ports: Ports) -> None:
    """Stop a preview that nobody waits for; a no-op for one that is over.

    Raises:
        NotFound: when there is none such, for who asks.
    """
    await get_mirror_preview(preview_id, seen_by=asked_by, ports=ports)
    problem = PreviewProblem(code=STOPPED, detail="the preview was stopped")
    await ports.previews.stop(preview_id, at=ports.clock.now(), problem=problem)


async def get_mirror_preview(preview_id: str, *, seen_by: Identity, ports: Ports) -> MirrorPreview:
    """Return a preview of a channel whose mirrors somebody may edit.

    Raises:
        NotFound: when there is none such, for who asks.
        NotAllowed: when they see the channel, and may not edit its mirrors.
    """
    preview = await ports.previews.get(preview_id)
    channel = await ports.channels.get(preview.mirror.channel) if preview is not None else None
    if preview is None or channel is None or channel.id != preview.mirror.channel_id:
        raise _no_preview()
    try:
        await require_on(seen_by, Action.MIRROR_EDIT, preview.mirror.channel, ports=ports)
    except NotFound as exc:
        # The same words as for one that is not there.
        raise _no_preview() from exc
    return preview


def _no_preview() -> NotFound:
    return NotFound("there is no such preview; one is kept for a day: ask for it again")


def _mirror_of(
    checked: CheckedMirror, *, before: Mirror | None, preview_id: str, channel: Channel, ports: Ports
) -> Mirror:
    there = before or Mirror(
        id=preview_id,
        name=checked.name,
        channel=channel.key,
        channel_id=channel.id,
        source_root=checked.source.shown,
        type=checked.type,
        mode=checked.mode,
        created_at=ports.clock.now(),
    )
    return msgspec.structs.replace(
        there,
        name=checked.name,
        source_root=checked.source.shown,
        sealed_source=checked.source.sealed,
        cron=checked.cron,
        proxy=checked.proxy.shown if checked.proxy else None,
        sealed_proxy=checked.proxy.sealed if checked.proxy else None,
        filters=checked.filters,
        upstream_removals=checked.upstream_removals,
    )
