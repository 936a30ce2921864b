"""Copying, moving and deleting files that are no packages, SBOMs among them."""

import msgspec

from libs.common.contracts.artifact_messages import ArtifactRemoved
from libs.common.domain.access.identity import Caller
from libs.common.domain.bulk_job import BulkAction
from libs.common.domain.channel import Channel
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import Conflict
from libs.common.domain.upload import Attachment, Came, attachment_id
from services.api.artifacts.make_young import make_young
from services.api.artifacts.register_attachment import say_registered
from services.api.ports import Ports


async def change_attachment(
    action: BulkAction, attachment: Attachment, channel: Channel, target: Channel | None, *, by: Caller, ports: Ports
) -> None:
    """Copy, move or delete one file; done twice it is as if done once.

    Raises:
        Conflict: when the target has other bytes under this name.
        StoreUnavailable: when a store does not answer.
    """
    if target is not None:
        came = Came.COPIED if action is BulkAction.COPY else Came.MOVED
        await _copy(attachment, channel, target, came=came, by=by, ports=ports)
    if action is not BulkAction.COPY:
        await _remove(attachment, channel, by=by, ports=ports)


async def take_sbom_along(channel: Channel, target: Channel, ckey: str, *, by: Caller, ports: Ports) -> None:
    """Give a file's SBOM to its copy, where that has none yet.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    sbom = await ports.attachments.of(channel.id, ckey)
    if sbom is not None and await ports.attachments.of(target.id, ckey) is None:
        await _copy(sbom, channel, target, came=Came.COPIED, by=by, ports=ports)


async def remove_sbom(channel: Channel, ckey: str, *, by: Caller, ports: Ports) -> None:
    """Remove the SBOM of a file that is gone, if it has one.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    sbom = await ports.attachments.of(channel.id, ckey)
    if sbom is not None:
        await _remove(sbom, channel, by=by, ports=ports)


async def _copy(
    attachment: Attachment, channel: Channel, target: Channel, *, came: Came, by: Caller, ports: Ports
) -> None:
    there = await ports.attachments.get(target.id, attachment.family, attachment.filename)
    if there is not None and there.sha256 != attachment.sha256:
        raise Conflict(f"{target.key} already has another {attachment.filename}; delete it there first")
    if there is not None:
        return
    await make_young(attachment.sha256, ports=ports)
    copy = msgspec.structs.replace(
        attachment,
        id=attachment_id(target.id, attachment.family, attachment.filename),
        channel_id=target.id,
        at=ports.clock.now(),
        by=by.name,
    )
    await ports.attachments.put(copy)
    await say_registered(copy, channel=target, came=came, source=channel.key, by=by, ports=ports)


async def _remove(attachment: Attachment, channel: Channel, *, by: Caller, ports: Ports) -> None:
    gone = await ports.attachments.delete(attachment.id)
    if gone is None:
        return
    known = sha256_of(f"{gone.id}\0{gone.sha256}\0{gone.at.isoformat()}".encode())
    message = ArtifactRemoved(
        channel=channel.key,
        channel_id=channel.id,
        artifact_family=gone.family,
        ckey=f"{gone.family}/{gone.filename}",
        by=by.name,
        by_address=by.address,
    )
    await ports.bus.say(message, event_id=f"artifact.removed-{known}")
