"""channel -> what the sources of its mirrors have, and how that was decided on."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.explain_files import Place
from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.deciding.make_evaluation import compile_evaluation
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.channel import Channel
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import EcosystemWord
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from services.reporter.explain_absence import Source
from services.reporter.report_ports import ReportPorts


async def find_sources(
    channel: Channel, *, mirror_id: str | None, ecosystem: EcosystemWord | None, ports: ReportPorts
) -> Sequence[Source]:
    """Read all mirrors of a channel that have run and are of one type, in their order, or one of them.

    Which type is said by `ecosystem`, or else by the first of them.

    Raises:
        NotFound: when the channel has no such mirror.
        Conflict: when none has run yet.
        StoreUnavailable: when a store does not answer.
    """
    filling = await filling_mirrors(channel, heads=ports.heads, mirrors=ports.mirrors)
    mirrors = [mirror for mirror in filling if mirror_id in (None, mirror.id)]
    if mirror_id is not None and not mirrors:
        raise NotFound(f"channel {channel.key} has no mirror {mirror_id}")
    heads = {head.mirror_id: head for head in await ports.heads.of_channel(channel.id)}
    ran = [mirror for mirror in mirrors if mirror.id in heads and ecosystem in (None, ecosystem_of(mirror.type).word)]
    sources: list[Source] = []
    first = next((mirror for mirror in ran if not is_uploads_mirror(mirror.id)), ran[0] if ran else None)
    for mirror in ran:
        if first is None or mirror.type is not first.type:
            continue
        stored, asked = await _with_asked(await read_head(heads[mirror.id], blobs=ports.blobs), mirror, ports=ports)
        evaluation = stored.evaluation
        deciding = None
        if evaluation is not None:
            deciding = await compile_evaluation(evaluation, ecosystem=ecosystem_of(mirror.type), blobs=ports.blobs)
        sources.append(Source(mirror=mirror, stored=stored, deciding=deciding, asked=asked))
    if not sources:
        which = f"{ecosystem} mirror" if ecosystem is not None else "mirror"
        raise Conflict(f"no {which} of channel {channel.key} has run yet, so nothing is known of its source")
    return sources


async def _with_asked(
    stored: Stored, mirror: Mirror, *, ports: ReportPorts
) -> tuple[Stored, Mapping[Place, ShardDigest]]:
    """Lay what was read of names on request over what runs read."""
    manifest = stored.manifest
    asked: dict[Place, ShardDigest] = {}
    for partition, part in manifest.parts.items():
        pages = await ports.read_pages.names(mirror.id, source=manifest.source_digest, partition=partition)
        for name, page in pages.items():
            entry = part.entries.get(name)
            if entry is not None and entry.shard == UNREAD and page.shard is not None:
                part.entries[name] = msgspec.structs.replace(entry, shard=page.shard)
                asked[Place(partition, name)] = page.shard
    return stored, asked
