"""Files of a channel -> gone: an upload is deleted, what mirrors bring is kept out until somebody lets it in again.

A file that was put in over a mirror's of the same name goes both ways: else the mirror's would come up.
"""

from collections.abc import Sequence

from libs.common.contracts.artifact_messages import ArtifactRemoved
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Removal, is_uploads_mirror, removal_id
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ecosystems.served import ArtifactPath
from libs.common.ports.outbox import Unsaid
from services.api.artifacts.change_attachments import remove_sbom
from services.api.artifacts.families import family_of
from services.api.ports import Ports
from services.api.say_unsaid import say_unsaid


async def remove_file(channel: Channel, type_: MirrorType, name: str, ckey: str, *, by: Caller, ports: Ports) -> None:
    """Take one file out of a channel, and say it; done twice it is as if done once.

    Raises:
        UpstreamUnavailable: when a source that is to be read can't be had now.
        StoreUnavailable: when a store does not answer.
    """
    is_mirrored = await _is_mirrored(channel, type_, name, ckey, ports=ports)
    await _delete_upload(channel, type_, name, ckey, by=by, ports=ports)
    if is_mirrored:
        await _keep_out(channel, type_, name, ckey, by=by, ports=ports)
    await remove_sbom(channel, ckey, by=by, ports=ports)


async def remove_package(
    channel: Channel, type_: MirrorType, name: str, *, shown: Sequence[str], by: Caller, ports: Ports
) -> None:
    """Take all of a package out of a channel, and say it; `shown` are the ckeys of the files that clients see.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    mirrors = await ports.packages.mirrors_of(channel, type_, name)
    uploads = [it.ckey for it in await ports.uploads.list(channel.id, type_=type_, name=name)]
    for ckey in uploads:
        await _delete_upload(channel, type_, name, ckey, by=by, ports=ports)
    if any(not is_uploads_mirror(mirror_id) for mirror_id in mirrors):
        await _keep_out(channel, type_, name, None, by=by, ports=ports)
    for ckey in {*uploads, *shown}:
        await remove_sbom(channel, ckey, by=by, ports=ports)


async def _is_mirrored(channel: Channel, type_: MirrorType, name: str, ckey: str, *, ports: Ports) -> bool:
    mirrors = await ports.packages.mirrors_of(channel, type_, name)
    served = ecosystem_of(type_).route(ckey)
    if all(map(is_uploads_mirror, mirrors)) or not isinstance(served, ArtifactPath):
        return False
    layers = await ports.packages.layers(channel, type_, name, partition=served.partition)
    return any(served.filename in it.artifacts for it in layers if not is_uploads_mirror(it.mirror.mirror_id))


async def _delete_upload(
    channel: Channel, type_: MirrorType, name: str, ckey: str, *, by: Caller, ports: Ports
) -> None:
    word = _word(channel, type_, name, ckey, by=by, ports=ports)
    gone = await ports.uploads.delete(channel.id, ckey, unsaid=(word,))
    if gone is not None:
        await say_unsaid(ports.uploads, gone.id, bus=ports.bus)


async def _keep_out(
    channel: Channel, type_: MirrorType, name: str, ckey: str | None, *, by: Caller, ports: Ports
) -> None:
    removal = Removal(
        id=removal_id(channel.id, type_, name=name, ckey=ckey),
        channel_id=channel.id,
        type=type_,
        name=name,
        ckey=ckey,
        at=ports.clock.now(),
        by=by.name,
    )
    word = _word(channel, type_, name, ckey, by=by, ports=ports)
    if await ports.removals.put(removal, unsaid=(word,)):
        await say_unsaid(ports.removals, removal.id, bus=ports.bus)


def _word(channel: Channel, type_: MirrorType, name: str, ckey: str | None, *, by: Caller, ports: Ports) -> Unsaid:
    return Unsaid(
        event_id=ports.ids.new(),
        at=ports.clock.now(),
        message=ArtifactRemoved(
            channel=channel.key,
            channel_id=channel.id,
            artifact_family=family_of(type_),
            ckey=ckey,
            name=name,
            by=by.name,
            by_address=by.address,
        ),
    )
