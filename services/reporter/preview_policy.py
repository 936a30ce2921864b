"""report.requested -> what a policy would change where it is, or would be, in force."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from libs.common.deciding.compare_catalogues import Amount, ChangeWish, Difference, FileChange
from libs.common.deciding.effective_rules import effective_rules, policy_in_force
from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.deciding.preview_rules import Preview, changed_names, preview_rules
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.catalogue import CatalogueHead, counts_of
from libs.common.domain.channel import Channel, ChannelKey, parse_channel_key
from libs.common.domain.errors import Conflict, NotFound
from libs.common.domain.evaluation import Evaluation, encode_evaluation
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy, Rule
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ecosystems.read_rules import check_rules
from libs.common.ports.blobs import read_all
from libs.common.reporting.policy_preview import (
    MOST_FILES,
    MirrorPreview,
    PolicyPreview,
    PreviewAmount,
    PreviewBasis,
    PreviewFile,
    PreviewRule,
    PreviewWish,
    encode_preview,
)
from services.reporter.find_uninstallable import find_uninstallable, has_to_be_solved
from services.reporter.listed_files import ChannelPreview
from services.reporter.report_ports import Made, ReportPorts

_THOUGHT_OF = "preview"
"""The id of a policy that there is not."""


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror, and its channel, for which the rules would change."""

    mirror: Mirror
    channel: Channel


async def preview_policy(report_id: str, wish: bytes, *, ports: ReportPorts) -> Made:
    """Decide anew what is stored, and compare; nothing changes by it.

    What is made is the difference, and what could not be installed any more is left to be solved.

    Raises:
        InvalidInput: for rules that an ecosystem can't decide by.
        NotFound: when the channel or mirror is not there.
        Conflict: when the policy would be in force nowhere, or no mirror under it has run.
        StoreUnavailable: when a store does not answer.
    """
    wished = msgspec.json.decode(wish, type=PreviewWish)
    rules = await _rules_of(wished, ports=ports)
    await asyncio.to_thread(check_rules, rules)
    making = _Making(wished, rules, ports=ports)
    return await making.make(report_id)


async def _rules_of(wish: PreviewWish, *, ports: ReportPorts) -> tuple[Rule, ...]:
    if wish.rules is not None:
        return wish.rules
    if wish.rules_blob is not None:
        return msgspec.json.decode(await read_all(ports.blobs, wish.rules_blob), type=tuple[Rule, ...])
    policy = await ports.policies.get(wish.policy_id) if wish.policy_id is not None else None
    if policy is None:
        raise NotFound(f"there is no policy {wish.policy_name or wish.policy_id}")
    return policy.rules


class _Making:
    """One preview that is being made."""

    def __init__(self, wish: PreviewWish, rules: tuple[Rule, ...], *, ports: ReportPorts) -> None:
        now = ports.clock.now()
        self._wish = wish
        self._ports = ports
        self._now = now
        self._policy = Policy(
            id=wish.policy_id or _THOUGHT_OF,
            name=wish.policy_name or _THOUGHT_OF,
            rules=rules,
            created_at=now,
            saved_at=now,
        )

    async def make(self, report_id: str) -> Made:
        """Preview all mirrors in question."""
        places = await self._places()
        previews: list[MirrorPreview] = []
        not_yet_run: list[str] = []
        channels: dict[ChannelKey, ChannelPreview] = {}
        for place in places:
            head = await self._ports.heads.get(place.mirror.id)
            if head is None:
                not_yet_run.append(place.mirror.name)
                continue
            preview = await self._preview(place, head)
            of_channel = channels.setdefault(place.channel.key, ChannelPreview(channel=place.channel, previews={}))
            of_channel.previews[place.mirror.id] = preview
            previews.append(await self._describe(place, preview, head))
        if not previews:
            raise Conflict("no mirror under this policy has run yet, so nothing is known of its source")
        lost_in = tuple(channels.values()) if self._wish.solves and has_to_be_solved(channels.values()) else ()
        report = PolicyPreview(
            id=report_id,
            title=self._title(places),
            made_at=self._now,
            policy=self._wish.policy_id,
            policy_name=self._wish.policy_name,
            gained=_sum(one.gained for one in previews),
            lost=_sum(one.lost for one in previews),
            mirrors=tuple(previews),
            not_yet_run=tuple(not_yet_run),
            uninstallable=None if lost_in else (),
        )
        made = await self._write(report)
        return msgspec.structs.replace(made, solve=partial(self._solve, report, lost_in)) if lost_in else made

    async def _solve(self, report: PolicyPreview, channels: Sequence[ChannelPreview]) -> Made:
        uninstallable, unsolved = await find_uninstallable(channels, ports=self._ports)
        return await self._write(msgspec.structs.replace(report, uninstallable=uninstallable, unsolved=unsolved))

    async def _write(self, report: PolicyPreview) -> Made:
        return Made(
            title=report.title,
            data=await asyncio.to_thread(encode_preview, report),
            channel=self._wish.channel,
            mirror_id=self._wish.mirror_id,
        )

    async def _places(self) -> Sequence[_Place]:
        """Return the mirrors for which the rules would change."""
        if self._wish.channel is None:
            return await self._assigned()
        channel = await self._ports.channels.get(parse_channel_key(self._wish.channel))
        if channel is None:
            raise NotFound(f"there is no channel {self._wish.channel}")
        mirrors = await filling_mirrors(channel, heads=self._ports.heads, mirrors=self._ports.mirrors)
        wanted = self._wish.mirror_id
        if wanted is not None:
            chosen = [msgspec.structs.replace(one, policy_id=self._policy.id) for one in mirrors if one.id == wanted]
            if not chosen:
                raise NotFound(f"channel {channel.key} has no mirror {wanted}")
            return [_Place(mirror=one, channel=channel) for one in chosen]
        under = msgspec.structs.replace(channel, policy_id=self._policy.id)
        places = [_Place(mirror=one, channel=under) for one in mirrors if one.policy_id is None]
        if not places:
            raise Conflict(f"channel {channel.key} has no mirror that its policy would decide for")
        return places

    async def _assigned(self) -> Sequence[_Place]:
        """Return the mirrors that are under the policy already, and the uploads of channels that are."""
        channels: dict[ChannelKey, Channel | None] = {}
        places: list[_Place] = []
        for mirror in (*await self._uploads(), *await self._ports.mirrors.list()):
            if mirror.channel not in channels:
                channels[mirror.channel] = await self._ports.channels.get(mirror.channel)
            channel = channels[mirror.channel]
            if channel is not None and policy_in_force(mirror, channel=channel)[0] == self._policy.id:
                places.append(_Place(mirror=mirror, channel=channel))
        if not places:
            raise Conflict("the policy is in force nowhere; name the channel or mirror that it would be assigned to")
        return places

    async def _uploads(self) -> Sequence[Mirror]:
        """Return what people put into channels, as mirrors."""
        found = {head.channel_id for head in await self._ports.heads.all() if is_uploads_mirror(head.mirror_id)}
        if not found:
            return ()
        tops = await self._ports.channels.list()
        channels = [*tops, *[one for top in tops for one in await self._ports.channels.list(parent=top.key)]]
        return [
            mirror
            for channel in channels
            if channel.id in found
            for mirror in await filling_mirrors(channel, heads=self._ports.heads, mirrors=self._ports.mirrors)
            if is_uploads_mirror(mirror.id)
        ]

    async def _preview(self, place: _Place, head: CatalogueHead) -> Preview:
        book = await self._ports.books.get()
        stored = await read_head(head, blobs=self._ports.blobs)
        if stored.evaluation is None:
            # Of what was decided before evaluations were kept it is only known what is listed.
            stored = Stored(manifest=stored.manifest, evaluation=Evaluation(), catalogue=stored.catalogue)
        return await preview_rules(
            place.mirror,
            effective_rules(
                place.mirror,
                channel=place.channel,
                policy=self._policy,
                removals=await self._ports.removals.list(place.channel.id),
            ),
            stored=stored,
            today=self._now.date(),
            advisories=book.book if book is not None else None,
            shards=self._ports.shards,
            blobs=self._ports.blobs,
        )

    async def _describe(self, place: _Place, preview: Preview, head: CatalogueHead) -> MirrorPreview:
        difference = await preview.compared.sum_up()
        now, then = counts_of(preview.before.stored.catalogue), counts_of(preview.after.stored.catalogue)
        return MirrorPreview(
            mirror=place.mirror.name,
            mirror_id=place.mirror.id,
            channel=place.channel.key,
            mode=place.mirror.mode,
            before=PreviewAmount(files=now.files, size_bytes=now.size_bytes),
            after=PreviewAmount(files=then.files, size_bytes=then.size_bytes),
            gained=_amount(difference.gained),
            lost=_amount(difference.lost),
            packages_gained=difference.packages_gained,
            packages_lost=difference.packages_lost,
            rules=_rules(difference),
            files_gained=await _first(preview, ChangeWish(change="gained")) if difference.gained.files else (),
            files_lost=await _first(preview, ChangeWish(change="lost")) if difference.lost.files else (),
            basis=PreviewBasis(
                manifest=head.manifest,
                catalogue=head.catalogue,
                evaluation_before=head.evaluation,
                evaluation=encode_evaluation(preview.after.evaluation),
                changed=msgspec.msgpack.encode(changed_names(preview)),
                today=self._now.date(),
            ),
        )

    def _title(self, places: Sequence[_Place]) -> str:
        what = f"policy {self._wish.policy_name}" if self._wish.policy_name is not None else "these rules"
        where = ", ".join(dict.fromkeys(place.channel.key for place in places))
        return f"What {what} would change in {where}"


async def _first(preview: Preview, wish: ChangeWish) -> tuple[PreviewFile, ...]:
    found: list[FileChange] = []
    page = await preview.compared.page(wish, after=None, limit=MOST_FILES)
    found += page.changes
    while page.next is not None and len(found) < MOST_FILES:
        page = await preview.compared.page(wish, after=page.next, limit=MOST_FILES - len(found))
        found += page.changes
    return tuple(preview_file(change) for change in found[:MOST_FILES])


def preview_file(change: FileChange) -> PreviewFile:
    """Write one changed file."""
    return msgspec.convert(change, PreviewFile, from_attributes=True)


def _rules(difference: Difference) -> tuple[PreviewRule, ...]:
    return tuple(msgspec.convert(count, PreviewRule, from_attributes=True) for count in difference.rules)


def _amount(amount: Amount) -> PreviewAmount:
    return PreviewAmount(files=amount.files, size_bytes=amount.size_bytes)


def _sum(amounts: Iterable[PreviewAmount]) -> PreviewAmount:
    files = size_bytes = 0
    for amount in amounts:
        files, size_bytes = files + amount.files, size_bytes + amount.size_bytes
    return PreviewAmount(files=files, size_bytes=size_bytes)
