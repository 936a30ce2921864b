"""a channel's faults -> damaged blobs are gone, what is lost is on its way.

What is rendered is made again by publishing the channel anew. For what comes from a
source the mirror's manifest is forgotten, which makes its next run read and decide
everything again and ask the fetchers for every file: they fetch what is not stored.
For what people put in there is no source: the manifest of uploads is forgotten, and made
again of what is there; the rest waits for somebody to upload it again.
"""

from collections.abc import Sequence
from datetime import timedelta

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.manifest import decode_manifest
from libs.common.domain.mirror import Mirror, MirrorMode
from libs.common.domain.upload import is_uploads_mirror
from libs.common.domain.verification import RENDERED_PARTS, Fault, Part, Problem
from libs.common.ports.blobs import read_all
from services.indexer.check_channel import with_remedy
from services.indexer.garbage_ports import GarbagePorts
from services.indexer.publish_channel import PublishPorts, publish_channel

_FROZEN = "the channel is frozen: unfreeze it, which publishes it, and verify again"
_AFTER_THE_RUN = "can be rendered once what its mirror lost is back: verify again when the run has ended"
_BY_THE_NEXT_CLIENT = "is fetched again when a client next asks for it, since its mirror is passive"
_BY_ITS_OWNER = (
    "there is no source to fetch it from: it is left out of the index within a minute, and back when it is "
    "uploaded again"
)
_BLOBS = frozenset({Part.CONTENTS, Part.INDEX_FILE, Part.CATALOGUE, Part.MANIFEST, Part.ARTIFACT})


async def repair_channel(
    channel: Channel, faults: Sequence[Fault], *, report_id: str, ports: GarbagePorts, publish_ports: PublishPorts
) -> tuple[Fault, ...]:
    """Repair what can be repaired, and return the faults with what was done about each.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    rendered = [fault for fault in faults if fault.part in RENDERED_PARTS]
    sourced = [fault for fault in faults if fault.part not in RENDERED_PARTS]
    remedies = await _repair_mirrors(channel, sourced, report_id, ports)
    return (*remedies, *await _render_anew(channel, rendered, sourced, ports, publish_ports))


async def _repair_mirrors(
    channel: Channel, faults: Sequence[Fault], report_id: str, ports: GarbagePorts
) -> tuple[Fault, ...]:
    await _remove_damaged(faults, ports)
    by_mirror: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.mirror_id is not None:
            by_mirror.setdefault(fault.mirror_id, []).append(fault)
    remedies = {
        mirror_id: await _repair_mirror(channel, mirror_id, its, report_id, ports)
        for mirror_id, its in sorted(by_mirror.items())
    }
    return tuple(
        with_remedy(fault, remedies[fault.mirror_id] if fault.mirror_id is not None else _AFTER_THE_RUN)
        for fault in faults
    )


async def _repair_mirror(
    channel: Channel, mirror_id: str, faults: Sequence[Fault], report_id: str, ports: GarbagePorts
) -> str:
    if is_uploads_mirror(mirror_id):
        head = await ports.heads.get(mirror_id)
        if head is not None:
            await ports.blobs.remove(head.manifest)
        return _BY_ITS_OWNER
    mirror = await ports.mirrors.get(mirror_id)
    if mirror is None:
        return "its mirror was deleted: there is nowhere to fetch it from"
    if mirror.mode is MirrorMode.PASSIVE and all(fault.part is Part.ARTIFACT for fault in faults):
        return _BY_THE_NEXT_CLIENT
    return await _request_run(channel, mirror, faults, report_id, ports)


async def _request_run(
    channel: Channel, mirror: Mirror, faults: Sequence[Fault], report_id: str, ports: GarbagePorts
) -> str:
    head = await ports.heads.get(mirror.id)
    if head is not None:
        await _forget_pages(head, faults, ports)
        await ports.blobs.remove(head.manifest)
    await ports.bus.say(
        MirrorRequested(channel=channel.key, mirror=mirror.name, mirror_id=mirror.id, requested_by="tain verify"),
        event_id=f"repair-{report_id}-{mirror.id}",
    )
    return f"a run of mirror {mirror.name} was requested, which brings it back"


async def _forget_pages(head: CatalogueHead, faults: Sequence[Fault], ports: GarbagePorts) -> None:
    """Let names that were read on request, and whose records are lost, be read anew."""
    lost: dict[str, set[str]] = {}
    for fault in faults:
        if fault.part is Part.SHARD:
            partition, _, name = fault.affects.rpartition("/")
            lost.setdefault(partition, set()).add(name)
    if not lost:
        return
    try:
        manifest = decode_manifest(await read_all(ports.blobs, head.manifest))
    except NotFound:
        return
    for partition, names in lost.items():
        await ports.read_pages.forget(head.mirror_id, source=manifest.source_digest, partition=partition, names=names)


async def _render_anew(
    channel: Channel,
    faults: Sequence[Fault],
    sourced: Sequence[Fault],
    ports: GarbagePorts,
    publish_ports: PublishPorts,
) -> tuple[Fault, ...]:
    if not faults:
        return ()
    if channel.is_frozen:
        return tuple(with_remedy(fault, _FROZEN) for fault in faults)
    if any(fault.part in (Part.SHARD, Part.CATALOGUE) for fault in sourced):
        return tuple(with_remedy(fault, _AFTER_THE_RUN) for fault in faults)
    await _remove_damaged(faults, ports)
    published = await publish_channel(channel.key, channel.id, ports=publish_ports, is_anew=True)
    done = f"published anew as revision {published.number}" if published is not None else _FROZEN
    return tuple(with_remedy(fault, done) for fault in faults)


async def _remove_damaged(faults: Sequence[Fault], ports: GarbagePorts) -> None:
    """Forget what is damaged: a store takes bytes of the same name for those that it has."""
    damaged = [fault for fault in faults if fault.problem is Problem.DAMAGED]
    for fault in damaged:
        if fault.part in _BLOBS:
            await ports.blobs.remove(Sha256(fault.digest))
    whatever_its_age = ports.clock.now() + timedelta(days=1)
    for part, store in ((Part.SHARD, ports.shards), (Part.RENDERED_SHARD, ports.rendered)):
        digests = {bytes.fromhex(fault.digest) for fault in damaged if fault.part is part}
        await store.sweep(sorted(digests), older_than=whatever_its_age)
