"""PUT <channel>/artifacts/bulk -> a job, which any api works at; and how far it is.

A file that clients don't see, because a policy leaves it out or it is not published yet, can be copied by who
may add packages where it lies; for others it is not there.

All is checked before anything is done: rights, freezing, whether the files are there. Files that are
no packages are few and small documents: those are copied, moved and deleted at once.
"""

import asyncio

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Identity
from libs.common.domain.bulk_job import BulkAction, BulkItem, BulkJob
from libs.common.domain.channel import Channel, ChannelKey, channel_key, parse_channel_key
from libs.common.domain.errors import Conflict, InvalidInput, NotFound
from libs.common.domain.upload import Attachment
from services.api.artifacts.change_attachments import change_attachment
from services.api.artifacts.families import FAMILIES, read_family
from services.api.artifacts.find_ckey import find_ckey, package_of
from services.api.artifacts.package_names import filed_name
from services.api.artifacts.schemas import BulkAccepted, BulkFailureOut, BulkJobOut, BulkWish, BulkWishItem
from services.api.guards import caller_of, require, require_on
from services.api.ports import Ports

_AT_ONCE = 16


class UnknownArtifact(Conflict):
    """The channel has no such package, or no such file of it.

    A conflict and no 404: the incumbent's client takes that for a lack of rights, and asks for a password.
    """

    code = "unknown_artifact"


async def ask_bulk(channel: Channel, wish: BulkWish, *, identity: Identity, ports: Ports) -> BulkAccepted:
    """Check what is asked for, and begin with it.

    Raises:
        InvalidInput: for a frozen channel, an unknown family, or a wish without a target.
        NotAllowed: to who may not delete here, or not add there.
        UnknownArtifact: when the channel has no such package or file, naming the first.
        Conflict: when there is no such target.
        StoreUnavailable: when a store does not answer.
    """
    if wish.action is not BulkAction.COPY:
        require(identity, Action.ARTIFACT_DELETE, channel)
    if wish.action is not BulkAction.DELETE:
        # Who has a copy can download it.
        require(identity, Action.ARTIFACT_DOWNLOAD, channel)
    target = await _target(channel, wish, identity=identity, ports=ports)
    for each in (channel, target):
        if each is not None and each.is_frozen:
            raise InvalidInput(f"channel {each.key} is frozen; unfreeze it first", field="action")
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def check(item: BulkWishItem) -> BulkItem | Attachment:
        async with at_once:
            return await _check(channel, item, shown_only=shown_only, ports=ports)

    shown_only = decide_access(identity, Action.ARTIFACT_CREATE, channel) is not Verdict.ALLOWED
    checked = await asyncio.gather(*map(check, wish.items))
    by = caller_of(identity)
    for attachment in checked:
        if isinstance(attachment, Attachment):
            await change_attachment(wish.action, attachment, channel, target, by=by, ports=ports)
    items = tuple(dict.fromkeys(item for item in checked if isinstance(item, BulkItem)))
    job = BulkJob(
        id=ports.ids.new(),
        action=wish.action,
        channel=channel.key,
        channel_id=channel.id,
        target=target.key if target is not None else None,
        target_id=target.id if target is not None else None,
        total=len(items),
        at=ports.clock.now(),
        by=by.name,
        by_address=by.address,
        shown_only=shown_only,
    )
    await ports.bulk_jobs.add(job, items)
    ports.bulk_asked.set()
    return BulkAccepted(job_id=job.id)


async def show_bulk(channel: Channel, job_id: str, *, ports: Ports) -> BulkJobOut:
    """Show how far a job of a channel is.

    Raises:
        NotFound: when the channel has no such job.
        StoreUnavailable: when the database does not answer.
    """
    job = await ports.bulk_jobs.get(job_id)
    if job is None or job.channel_id != channel.id:
        raise NotFound(f"channel {channel.key} has no such job; jobs are kept for a week after their end")
    return BulkJobOut(
        job_id=job.id,
        action=job.action,
        status=job.state,
        done=job.done,
        total=job.total,
        failed=job.failed,
        failures=tuple(BulkFailureOut(ckey=it.ckey, reason=it.reason) for it in job.failures),
        reason=job.reason,
    )


async def _target(channel: Channel, wish: BulkWish, *, identity: Identity, ports: Ports) -> Channel | None:
    if wish.action is BulkAction.DELETE:
        return None
    if wish.target_channel is None:
        raise InvalidInput(f"{wish.action.value} needs a target_channel", field="target_channel")
    key = _target_key(wish.target_channel, wish.target_subchannel)
    if key == channel.key:
        raise InvalidInput("the target is the channel that the packages are in", field="target_channel")
    try:
        return await require_on(identity, Action.ARTIFACT_CREATE, key, ports=ports)
    except NotFound as exc:
        raise Conflict(f"there is no channel {key} that you may add packages to") from exc


def _target_key(name: str, below: str | None) -> ChannelKey:
    try:
        return channel_key(name, below) if below else parse_channel_key(name)
    except InvalidInput as exc:
        raise InvalidInput(exc.message, field="target_channel") from exc


async def _check(channel: Channel, item: BulkWishItem, *, shown_only: bool, ports: Ports) -> BulkItem | Attachment:
    family = read_family(item.family)
    if family not in FAMILIES:
        attachment = await ports.attachments.get(channel.id, family, item.name)
        if attachment is None:
            raise _unknown(channel, item)
        return attachment
    type_ = FAMILIES[family]
    name = filed_name(type_, item.name)
    if item.ckey is None:
        is_there = bool(await ports.packages.partitions(channel, type_, name))
        if not is_there and not shown_only:
            is_there = bool(await ports.uploads.list(channel.id, type_=type_, name=name))
        if not is_there:
            raise _unknown(channel, item)
        return BulkItem(type=type_, name=name)
    if package_of(type_, item.ckey) != name:
        raise _unknown(channel, item)
    found = await find_ckey(channel, item.ckey, ports=ports, shown_only=shown_only)
    if not found:
        raise _unknown(channel, item)
    if len(found) > 1:
        raise InvalidInput(f"there are several files {item.ckey[:200]}: {', '.join(found[:5])}", field="items")
    return BulkItem(type=type_, name=name, ckey=found[0])


def _unknown(channel: Channel, item: BulkWishItem) -> UnknownArtifact:
    what = f"file {item.ckey[:200]}" if item.ckey is not None else "package"
    return UnknownArtifact(f"channel {channel.key} has no such {what} of {item.family[:40]} {item.name[:100]}")
