"""REST -> report.requested of a preview, and what the reporter found."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from libs.common.contracts.policy_messages import ReportRequested
from libs.common.deciding.compare_catalogues import ChangeWish, FileChange
from libs.common.deciding.explain_files import read_place
from libs.common.deciding.filling_mirrors import filling_mirror
from libs.common.deciding.preview_rules import ChangedNames, Preview, open_preview
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel, ChannelKey, parse_channel_key
from libs.common.domain.errors import InvalidInput, NotFound, NotKept
from libs.common.domain.evaluation import Evaluation, decode_evaluation
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy, Rule
from libs.common.domain.policy_document import read_policy, rules_of_document
from libs.common.domain.report import ReportHead, ReportKind, ReportState
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.ports.records import Policies
from libs.common.reporting.policy_preview import (
    MirrorPreview,
    PolicyPreview,
    PreviewFile,
    PreviewWish,
    decode_preview,
)
from services.api.check_policy import check_policy_rules
from services.api.find_policy import find_policy
from services.api.guards import require_on, visible
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.preview_schemas import (
    MirrorPreviewOut,
    PreviewFiles,
    PreviewOut,
    PreviewPackages,
    PreviewWishIn,
    UninstallableOut,
)
from services.api.report_access import sees_all
from services.api.seen_reports import get_seen_head, no_report, seen_preview
from services.api.show_differences import show_amount, show_changes, show_packages, show_rules
from services.api.sync_state import timestamp
from services.api.wait_until import wait_until

_MOST_BYTES_IN_A_MESSAGE = 256 * 1024
_PATIENCES = 10
"""A preview may take this many times as long as a run takes to begin, before an answer goes without it."""


async def ask_preview(wish: PreviewWishIn, *, asked_by: Identity, ports: Ports) -> str:
    """Ask for a preview, and return its id. A channel is there for whoever may look into its mirrors.

    Raises:
        InvalidInput: for rules that make no sense, or where it is not said what to preview.
        NotFound: when the policy, channel or mirror is not there.
    """
    policy = await find_policy(ports.policies, wish.policy) if wish.policy else None
    channel = None
    if wish.channel:
        channel = await require_on(asked_by, Action.MIRROR_VIEW, parse_channel_key(wish.channel), ports=ports)
    mirror = await _find_mirror(channel, wish.mirror, asked_by=asked_by, ports=ports)
    if channel is None and mirror is None and (policy is None or wish.rules is None):
        raise InvalidInput(
            "say which rules and where: a channel with a policy or rules, or a policy with the rules it would have",
            field="channel",
        )
    rules = await asyncio.to_thread(_read_rules, wish, policy)
    encoded = msgspec.json.encode(rules)
    is_small = len(encoded) < _MOST_BYTES_IN_A_MESSAGE
    report_id = ports.ids.new()
    asked = PreviewWish(
        rules=rules if is_small else None,
        rules_blob=None if is_small else (await put_bytes(ports.blobs, encoded)).sha256,
        policy_id=policy.id if policy is not None else None,
        policy_name=policy.name if policy is not None else None,
        channel=mirror.channel if mirror is not None else channel.key if channel is not None else None,
        mirror_id=mirror.id if mirror is not None else None,
        solves=wish.uninstallable,
    )
    message = ReportRequested(
        report_id=report_id,
        kind=ReportKind.POLICY_PREVIEW.value,
        wish=msgspec.json.encode(asked).decode(),
        channel=asked.channel,
        requested_by=asked_by.name,
        by_address=asked_by.address,
    )
    await ports.bus.say(message, event_id=f"requested-{report_id}")
    return report_id


async def wait_for_difference(report_id: str, *, ports: Ports) -> None:
    """Wait a moment for a preview, be it solved or not."""
    await _wait(report_id, lambda _: True, ports=ports)


async def wait_for_solving(report_id: str, *, ports: Ports) -> None:
    """Wait a moment for a preview that says also what could not be installed any more."""
    await _wait(report_id, lambda head: head.state is ReportState.DONE, ports=ports)


async def _wait(report_id: str, is_enough: Callable[[ReportHead], bool], *, ports: Ports) -> None:
    async def is_there() -> bool:
        head = await ports.kept_reports.get(report_id)
        return head is not None and is_enough(head)

    await wait_until(is_there, within_s=_PATIENCES * ports.patience_s)


async def read_preview(report_id: str, *, seen_by: Identity, ports: Ports) -> PolicyPreview | None:
    """Return what of a preview somebody may see; None while it is being made.

    Raises:
        InvalidInput: when it can't be made, saying why not.
        NotFound: when there is a report of this id, and it is another kind, or none for who asks.
        NotKept: when it is lost.
        StoreUnavailable: when a store does not answer.
    """
    if await ports.kept_reports.get(report_id) is None:
        return None
    head = await get_seen_head(report_id, seen_by, ports=ports)
    if head.kind != ReportKind.POLICY_PREVIEW:
        raise NotFound(f"report {report_id} is no preview of a policy")
    if head.error is not None or head.blob is None:
        is_of_all = head.channel is None and not sees_all(seen_by)
        raise InvalidInput((not is_of_all and head.error) or "no preview could be made of channels that you see")
    try:
        preview = await asyncio.to_thread(decode_preview, await read_all(ports.blobs, head.blob))
    except NotFound as exc:
        raise NotKept("the preview is no longer kept; ask for it again") from exc
    return await seen_preview(preview, seen_by, ports=ports)


async def get_preview(report_id: str, *, seen_by: Identity, ports: Ports) -> PolicyPreview:
    """Return what of a preview that is made somebody may see.

    Raises:
        NotFound: while it is being made, or when there is none such.
        InvalidInput: when it can't be made, saying why not.
        NotKept: when it is lost.
        StoreUnavailable: when a store does not answer.
    """
    preview = await read_preview(report_id, seen_by=seen_by, ports=ports)
    if preview is None:
        raise no_report()
    return preview


async def show_preview(preview: PolicyPreview, *, policies: Policies) -> PreviewOut:
    """Write a preview, but for what pages of it are made of."""
    names = await policy_names([one.policy for one in preview.uninstallable or ()], policies=policies)
    return PreviewOut(
        report_id=preview.id,
        title=preview.title,
        made_at=timestamp(preview.made_at),
        policy=preview.policy,
        policy_name=preview.policy_name,
        gained=show_amount(preview.gained),
        lost=show_amount(preview.lost),
        mirrors=tuple([await _show_mirror(mirror, policies=policies) for mirror in preview.mirrors]),
        not_yet_run=preview.not_yet_run,
        solving=preview.uninstallable is None,
        uninstallable=None
        if preview.uninstallable is None
        else tuple(
            UninstallableOut(
                name=one.name,
                channel=one.channel,
                platform=one.platform,
                goes=one.goes,
                rule=one.rule,
                policy=one.policy,
                policy_name=names.get(one.policy),
                reasons=one.reasons,
            )
            for one in preview.uninstallable
        ),
        unsolved=preview.unsolved,
    )


async def show_preview_files(
    preview: PolicyPreview, mirror: str | None, wish: ChangeWish, *, cursor: str | None, limit: int, ports: Ports
) -> PreviewFiles:
    """Show a page of the files that would come or go in one mirror.

    Raises:
        InvalidInput: for a cursor that is none, or where it is not said which mirror.
        NotFound: when the mirror is not in the preview.
        NotKept: when what the preview was made of is no longer kept.
        StoreUnavailable: when a store does not answer.
    """
    after = read_place(cursor) if cursor else None
    previewed = _mirror_of(preview, mirror)
    page = await (await _open(previewed, ports=ports)).compared.page(wish, after=after, limit=limit)
    return PreviewFiles(
        mirror_id=previewed.mirror_id,
        items=await show_changes(page.changes, policies=ports.policies),
        next_cursor=str(page.next) if page.next is not None else None,
    )


def show_preview_packages(
    preview: PolicyPreview, mirror: str | None, *, is_gained: bool, offset: int, limit: int
) -> PreviewPackages:
    """Show a page of the packages that would come or go as a whole in one mirror.

    Raises:
        InvalidInput: where it is not said which mirror.
        NotFound: when the mirror is not in the preview.
    """
    previewed = _mirror_of(preview, mirror)
    names = previewed.packages_gained if is_gained else previewed.packages_lost
    return PreviewPackages(
        mirror_id=previewed.mirror_id,
        change="gained" if is_gained else "lost",
        total_count=len(names),
        items=names[offset : offset + limit],
    )


def _read_rules(wish: PreviewWishIn, policy: Policy | None) -> tuple[Rule, ...]:
    if wish.rules is None:
        if policy is None:
            raise InvalidInput(
                "send a policy, or the rules of one; an empty list is a policy without rules", field="rules"
            )
        return policy.rules
    rules = rules_of_document(read_policy({"name": "rules of a preview", "rules": wish.rules}))
    check_policy_rules(rules)
    return rules


async def _find_mirror(
    channel: Channel | None, id_or_name: str | None, *, asked_by: Identity, ports: Ports
) -> Mirror | None:
    if not id_or_name:
        return None
    mirror = await ports.mirrors.get(id_or_name)
    if mirror is not None and channel is None:
        of_mirror = await ports.channels.get(mirror.channel)
        mirror = mirror if of_mirror is not None and visible(asked_by, [of_mirror], Action.MIRROR_VIEW) else None
    if mirror is None and channel is not None:
        mirror = await ports.mirrors.find(channel.key, id_or_name)
    if mirror is None or (channel is not None and mirror.channel != channel.key):
        where = f"channel {channel.key} has" if channel is not None else "there is"
        raise NotFound(f"{where} no mirror {id_or_name!r}")
    return mirror


def _mirror_of(preview: PolicyPreview, id_or_name: str | None) -> MirrorPreview:
    if id_or_name is None:
        if len(preview.mirrors) != 1:
            raise InvalidInput("the preview is of several mirrors; say which", field="mirror")
        return preview.mirrors[0]
    found = next((one for one in preview.mirrors if id_or_name in (one.mirror_id, one.mirror)), None)
    if found is None:
        raise NotFound(f"the preview has no mirror {id_or_name!r}")
    return found


async def _open(previewed: MirrorPreview, *, ports: Ports) -> Preview:
    basis = previewed.basis
    head = await ports.heads.get(previewed.mirror_id)
    channel = await ports.channels.get(ChannelKey(previewed.channel))
    mirror = await filling_mirror(previewed.mirror_id, channel=channel, mirrors=ports.mirrors)
    if head is None or mirror is None:
        raise NotKept(f"mirror {previewed.mirror} is gone")
    was = msgspec.structs.replace(
        head, manifest=basis.manifest, catalogue=basis.catalogue, evaluation=basis.evaluation_before
    )
    try:
        stored = await read_head(was, blobs=ports.blobs)
        if stored.evaluation is None:
            stored = Stored(manifest=stored.manifest, evaluation=Evaluation(), catalogue=stored.catalogue)
        return await open_preview(
            stored,
            decode_evaluation(basis.evaluation),
            msgspec.msgpack.decode(basis.changed, type=ChangedNames),
            mirror=mirror,
            today=basis.today,
            shards=ports.shards,
            blobs=ports.blobs,
        )
    except NotFound as exc:
        raise NotKept("what the preview was made of is no longer kept; ask for it again") from exc


async def _show_mirror(mirror: MirrorPreview, *, policies: Policies) -> MirrorPreviewOut:
    return MirrorPreviewOut(
        mirror=mirror.mirror,
        mirror_id=mirror.mirror_id,
        channel=mirror.channel,
        mode=mirror.mode,
        before=show_amount(mirror.before),
        after=show_amount(mirror.after),
        gained=show_amount(mirror.gained),
        lost=show_amount(mirror.lost),
        packages_gained=show_packages(mirror.packages_gained),
        packages_lost=show_packages(mirror.packages_lost),
        rules=await show_rules(mirror.rules, policies=policies),
        files_gained=await show_changes(_changes(mirror.files_gained), policies=policies),
        files_lost=await show_changes(_changes(mirror.files_lost), policies=policies),
    )


def _changes(files: Iterable[PreviewFile]) -> Iterable[FileChange]:
    return (msgspec.convert(file, FileChange, from_attributes=True) for file in files)
