"""Which reports somebody may see: those of channels that they may look into, and no others.

A report is of what its channel had: who may not look into that any more sees it no more,
though they asked for it. One of no channel, or of one that is gone, is seen by who asked for it,
and by who may look into all channels.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import NotFound
from libs.common.domain.report import ReportFilter, ReportHead, ReportKind
from libs.common.reporting.policy_preview import PolicyPreview, PreviewAmount, decode_preview, encode_preview
from services.api.guards import visible
from services.api.ports import Ports
from services.api.report_access import sees_report
from services.api.show_reports import ReportFile, get_report_head

_ALL = 100_000


async def get_seen_head(report_id: str, identity: Identity, *, ports: Ports) -> ReportHead:
    """Return what is known of a report.

    Raises:
        NotFound: while it is being made, when it is no longer kept, and when it is none for who asks.
    """
    head = await get_report_head(report_id, ports=ports)
    channel = await ports.channels.get(ChannelKey(head.channel)) if head.channel is not None else None
    if not sees_report(identity, head, channel):
        raise no_report()
    return head


async def list_seen(
    identity: Identity, wanted: ReportFilter, *, offset: int, limit: int, ports: Ports
) -> tuple[int, Sequence[ReportHead]]:
    """Return how many of the wanted reports somebody may see, and a page of them, newest first."""
    _, heads = await ports.kept_reports.list(wanted, offset=0, limit=_ALL)
    channels = {key: await ports.channels.get(ChannelKey(key)) for key in {head.channel for head in heads} if key}
    seen = [head for head in heads if sees_report(identity, head, channels.get(head.channel or ""))]
    return len(seen), seen[offset : offset + limit]


async def seen_preview(preview: PolicyPreview, identity: Identity, *, ports: Ports) -> PolicyPreview:
    """Return what of a preview is of mirrors that somebody may see; sums and counts are of these alone."""
    keys = {one.channel for one in preview.mirrors}
    mirrors = {mirror.name: mirror for mirror in await ports.mirrors.list()} if preview.not_yet_run else {}
    keys |= {mirrors[name].channel for name in preview.not_yet_run if name in mirrors}
    there = [it for it in [await ports.channels.get(ChannelKey(key)) for key in keys] if it is not None]
    seen = {channel.key for channel in visible(identity, there, Action.MIRROR_VIEW)}
    shown = tuple(one for one in preview.mirrors if one.channel in seen)
    not_yet_run = tuple(name for name in preview.not_yet_run if name in mirrors and mirrors[name].channel in seen)
    if len(shown) == len(preview.mirrors) and len(not_yet_run) == len(preview.not_yet_run):
        return preview
    return msgspec.structs.replace(
        preview,
        mirrors=shown,
        not_yet_run=not_yet_run,
        gained=_sum([one.gained for one in shown]),
        lost=_sum([one.lost for one in shown]),
        uninstallable=None
        if preview.uninstallable is None
        else tuple(one for one in preview.uninstallable if one.channel in seen),
        # Of which channel they are is not kept.
        unsolved=0,
    )


async def only_seen_preview(head: ReportHead, file: ReportFile, identity: Identity, *, ports: Ports) -> ReportFile:
    """Return the file of a report as somebody may see it; only previews may be of several channels."""
    if head.kind != ReportKind.POLICY_PREVIEW or head.channel is not None:
        return file
    preview = await asyncio.to_thread(decode_preview, file.data)
    seen = await seen_preview(preview, identity, ports=ports)
    if seen is preview:
        return file
    return msgspec.structs.replace(file, data=await asyncio.to_thread(encode_preview, seen))


def no_report() -> NotFound:
    """Return what is said of a report that is not there, and of one that must look so."""
    return NotFound("there is no such report; one that was just asked for is there in a moment")


def _sum(amounts: Sequence[PreviewAmount]) -> PreviewAmount:
    return PreviewAmount(
        files=sum(amount.files for amount in amounts), size_bytes=sum(amount.size_bytes for amount in amounts)
    )
