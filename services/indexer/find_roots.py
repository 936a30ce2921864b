"""catalogue heads, revisions, runs, uploads, the book of advisories -> what names all the rest.

The order of reading matters, since others write meanwhile: previews and active runs first, then
heads, then revisions, then what people put in, then channels (docs/decisions/0007-garbage.md says why).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import Channel
from libs.common.domain.cve import BookHead
from libs.common.domain.garbage import RUNS_KEPT, outdated
from libs.common.domain.mirror_preview import OPEN_STATES, PreviewResult
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
    the grace period, but not after the oldest active run or preview was asked for. `gone_channels` are
    the ids of those that are no more, and that uploads, removals or attachments are of.
    """

    cutoff: datetime
    heads: tuple[CatalogueHead, ...]
    runs: tuple[Run, ...]
    previews: tuple[PreviewResult, ...]
    book: BookHead | None
    revisions: tuple[Revision, ...]
    published: frozenset[str]
    stale_heads: tuple[CatalogueHead, ...]
    outdated: tuple[Revision, ...]
    uploads: tuple[Upload, ...]
    attachments: tuple[Attachment, ...]
    gone_channels: frozenset[str]

    def decisions(self) -> Iterator[tuple[str, str, str | None]]:
        """Yield what decisions are computed again from: manifest, evaluation and, where there is one, catalogue."""
        for run in self.runs:
            if run.manifest is not None and run.evaluation is not None:
                yield run.manifest, run.evaluation, run.catalogue
        for preview in self.previews:
            yield preview.manifest, preview.evaluation, preview.catalogue


async def find_roots(*, keeping: Keeping, now: datetime, ports: GarbagePorts) -> Roots:
    """Read what there is, from the bottom up.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    previews = await ports.mirror_previews.all()
    asked_for = [preview.requested_at - _CLOCKS_APART for preview in previews if preview.state in OPEN_STATES]
    asked_for += [run.requested_at - _CLOCKS_APART for run in await ports.runs.active()]
    cutoff = min(now - keeping.grace, *asked_for) if asked_for else now - keeping.grace
    heads = await ports.heads.all()
    runs = [run for mirror_id in await ports.runs.mirror_ids() for run in await _explained(mirror_id, keeping, ports)]
    revisions = await _all_revisions(ports)
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
            keep_for=keeping.revisions_for,
            now=now,
            cutoff=cutoff,
        )
        old += gone
        kept += [revision for revision in of_channel if revision not in gone]
    return Roots(
        cutoff=cutoff,
        heads=tuple(head for head in heads if head.channel_id in channels),
        runs=tuple(run for run in runs if run.channel_id in channels),
        previews=tuple(preview.result for preview in previews if preview.result is not None),
        book=await ports.books.get(),
        revisions=tuple(kept),
        published=frozenset(it.published.revision_id for it in channels.values() if it.published is not None),
        stale_heads=tuple(head for head in heads if head.channel_id not in channels),
        outdated=tuple(old),
        uploads=tuple(upload for upload in uploads if upload.channel_id in channels),
        attachments=tuple(attachment for attachment in attachments if attachment.channel_id in channels),
        gone_channels=frozenset(of_people - channels.keys()),
    )


async def find_latecomers(roots: Roots, *, ports: GarbagePorts) -> tuple[Revision, ...]:
    """Read the revisions that came since the roots were read: some may name what only outdated ones named.

    Whoever rolls a channel back stores a revision first, and looks then whether the old one is
    still there. To be called once the outdated ones are gone: one of both sees the other.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    known = {revision.id for revision in (*roots.revisions, *roots.outdated)}
    found = await _all_revisions(ports)
    return tuple(revision for of_channel in found.values() for revision in of_channel if revision.id not in known)


async def _all_revisions(ports: GarbagePorts) -> Mapping[str, Sequence[Revision]]:
    return {
        channel_id: await ports.revisions.list(channel_id, limit=_ALL)
        for channel_id in await ports.revisions.channel_ids()
    }


async def _explained(mirror_id: str, keeping: Keeping, ports: GarbagePorts) -> list[Run]:
    runs = await ports.runs.list(mirror_id, limit=RUNS_KEPT)
    return [run for run in runs if run.evaluation is not None][: keeping.decisions]


async def all_channels(channels: Channels) -> list[Channel]:
    """Return all channels, each followed by its subchannels."""
    found: list[Channel] = []
    for channel in await channels.list():
        found += [channel, *await channels.list(parent=channel.key)]
    return found
