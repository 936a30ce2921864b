"""catalogue heads, revisions, runs, uploads, the book of advisories -> what names all the rest.

The order of reading matters, since others write meanwhile: active runs first, then
heads, then revisions, then what people put in, then channels (docs/decisions/0007-garbage.md says why).
"""

from datetime import datetime, timedelta

import msgspec

from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import Channel
from libs.common.domain.cve import BookHead
from libs.common.domain.garbage import RUNS_KEPT, outdated
from libs.common.domain.revision import Revision
from libs.common.domain.run import Run
from libs.common.domain.upload import Attachment, Upload
from libs.common.ports.records import Channels
from services.indexer.garbage_ports import GarbagePorts, Keeping

_ALL = 1_000_000
_CLOCKS_APART = timedelta(minutes=1)


class Roots(msgspec.Struct, frozen=True, kw_only=True):
    """What names the rest, and what does so no longer; of `runs` those whose decisions can be computed again.

    `cutoff` is the time before which a thing must have been stored to be garbage: that of
    the grace period, but not after the oldest active run was asked for. `gone_channels` are
    the ids of those that are no more, and that uploads, removals or attachments are of.
    """

    cutoff: datetime
    heads: tuple[CatalogueHead, ...]
    runs: tuple[Run, ...]
    book: BookHead | None
    revisions: tuple[Revision, ...]
    published: frozenset[str]
    stale_heads: tuple[CatalogueHead, ...]
    outdated: tuple[Revision, ...]
    uploads: tuple[Upload, ...]
    attachments: tuple[Attachment, ...]
    gone_channels: frozenset[str]


async def find_roots(*, keeping: Keeping, now: datetime, ports: GarbagePorts) -> Roots:
    """Read what there is, from the bottom up.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    asked_for = [run.requested_at - _CLOCKS_APART for run in await ports.runs.active()]
    cutoff = min(now - keeping.grace, *asked_for) if asked_for else now - keeping.grace
    heads = await ports.heads.all()
    runs = [run for mirror_id in await ports.runs.mirror_ids() for run in await _explained(mirror_id, keeping, ports)]
    revisions = {
        channel_id: await ports.revisions.list(channel_id, limit=_ALL)
        for channel_id in await ports.revisions.channel_ids()
    }
    uploads = await ports.uploads.all()
    attachments = await ports.attachments.all()
    of_people = {it.channel_id for it in uploads} | {it.channel_id for it in attachments}
    of_people |= {it.channel_id for it in await ports.removals.all()}
    channels = {channel.id: channel for channel in await all_channels(ports.channels)}
    kept: list[Revision] = []
    old: list[Revision] = []
    for channel_id, of_channel in revisions.items():
        channel = channels.get(channel_id)
        gone = outdated(
            of_channel,
            published_id=channel.published.revision_id if channel and channel.published else None,
            keep=keeping.revisions if channel is not None else 0,
            now=now,
            cutoff=cutoff,
        )
        old += gone
        kept += [revision for revision in of_channel if revision not in gone]
    return Roots(
        cutoff=cutoff,
        heads=tuple(head for head in heads if head.channel_id in channels),
        runs=tuple(run for run in runs if run.channel_id in channels),
        book=await ports.books.get(),
        revisions=tuple(kept),
        published=frozenset(it.published.revision_id for it in channels.values() if it.published is not None),
        stale_heads=tuple(head for head in heads if head.channel_id not in channels),
        outdated=tuple(old),
        uploads=tuple(upload for upload in uploads if upload.channel_id in channels),
        attachments=tuple(attachment for attachment in attachments if attachment.channel_id in channels),
        gone_channels=frozenset(of_people - channels.keys()),
    )


async def _explained(mirror_id: str, keeping: Keeping, ports: GarbagePorts) -> list[Run]:
    runs = await ports.runs.list(mirror_id, limit=RUNS_KEPT)
    return [run for run in runs if run.evaluation is not None][: keeping.decisions]


async def all_channels(channels: Channels) -> list[Channel]:
    """Return all channels, each followed by its subchannels."""
    found: list[Channel] = []
    for channel in await channels.list():
        found += [channel, *await channels.list(parent=channel.key)]
    return found
