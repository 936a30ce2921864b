"""REST -> report.requested, and the report that the reporter makes of it."""

import msgspec

from libs.common.contracts.policy_messages import ReportRequested
from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel, ChannelKey, parse_channel_key
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import Conflict, InvalidInput, NotFound
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.report import ReportHead, ReportKind
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.reporting.wishes import DependencyWish
from services.api.find_policy import find_policy
from services.api.ports import Ports
from services.api.problems import StillWorking
from services.api.report_schemas import DependencyWishIn
from services.api.show_channels import get_channel
from services.api.show_mirrors import get_mirror
from services.api.wait_until import wait_until

_PATIENCES = 25
"""A report may take this many times as long as a run takes to begin, before an answer goes without it."""


async def ask_dependency_report(wish: DependencyWishIn, *, by: Caller, ports: Ports) -> str:
    """Ask for a dependency report, and return its id.

    Raises:
        InvalidInput: for a spec or platform that can't be read.
        NotFound: when the channel, mirror or policy is not there.
    """
    channel = await get_channel(ports.channels, parse_channel_key(wish.channel))
    mirror = await _find_mirror(channel, wish.mirror, ports=ports) if wish.mirror else None
    policy = await find_policy(ports.policies, wish.policy) if wish.policy else None
    _check(wish, await _ecosystem_of(channel, mirror, wish, ports=ports))
    report_id = ports.ids.new()
    asked = DependencyWish(
        channel=channel.key,
        mirror_id=mirror.id if mirror is not None else None,
        specs=wish.specs,
        policy_id=policy.id if policy is not None else None,
        platforms=wish.platforms,
        pythons=wish.pythons,
        ecosystem=wish.ecosystem,
    )
    await _say(report_id, asked, by=by, ports=ports)
    return report_id


async def mirror_report(key: ChannelKey, mirror_id: str, *, by: Caller, ports: Ports) -> ReportHead:
    """Return the dependency report of a mirror as it is now; it is made where there is none yet.

    The report's id is made of what it would look at: nothing is made twice, however often one asks.

    Raises:
        NotFound: when there is no such mirror.
        Conflict: when the mirror has not run yet, or no report can be made of it.
        StillWorking: when it takes longer than a client waits; it goes on.
    """
    mirror = await get_mirror(ports.mirrors, key, mirror_id)
    report_id = await _id_of(mirror, await get_channel(ports.channels, key), ports=ports)
    head = await ports.kept_reports.get(report_id)
    if head is None:
        await _say(report_id, DependencyWish(channel=key, mirror_id=mirror_id), by=by, ports=ports)
        head = await wait_for_report(report_id, ports=ports)
    if head.error is not None:
        raise Conflict(head.error)
    return head


async def wait_for_report(report_id: str, *, ports: Ports) -> ReportHead:
    """Return the head of a report that was asked for.

    Raises:
        StillWorking: when it takes longer than a client waits; it goes on.
    """

    async def is_made() -> bool:
        return await ports.kept_reports.get(report_id) is not None

    await wait_until(is_made, within_s=_PATIENCES * ports.patience_s)
    head = await ports.kept_reports.get(report_id)
    if head is None:
        raise StillWorking(f"the report is being made; GET /api/reports/{report_id} shows it when it is there")
    return head


async def _say(report_id: str, wish: DependencyWish, *, by: Caller, ports: Ports) -> None:
    message = ReportRequested(
        report_id=report_id,
        kind=ReportKind.DEPENDENCIES.value,
        wish=msgspec.json.encode(wish).decode(),
        channel=wish.channel,
        requested_by=by.name,
        by_address=by.address,
    )
    await ports.bus.say(message, event_id=f"requested-{report_id}")


async def _find_mirror(channel: Channel, id_or_name: str, *, ports: Ports) -> Mirror:
    mirror = await ports.mirrors.get(id_or_name)
    if mirror is None or mirror.channel != channel.key:
        mirror = await ports.mirrors.find(channel.key, id_or_name)
    if mirror is None:
        raise NotFound(f"channel {channel.key} has no mirror {id_or_name!r}")
    return mirror


async def _ecosystem_of(channel: Channel, mirror: Mirror | None, wish: DependencyWishIn, *, ports: Ports) -> Ecosystem:
    """Return the ecosystem that a report is about.

    Raises:
        InvalidInput: where there is no mirror of the one that is named, or none is named of several.
    """
    filling = await filling_mirrors(channel, heads=ports.heads, mirrors=ports.mirrors)
    mirrors = [mirror] if mirror is not None else filling
    found = [ecosystem_of(one.type) for one in mirrors]
    words = sorted({one.word for one in found})
    if wish.ecosystem is None and len(words) > 1:
        raise InvalidInput(
            f"channel {channel.key} has mirrors of {', '.join(words[:-1])} and {words[-1]}: "
            "say by ecosystem, or by a mirror, which are meant",
            field="ecosystem",
        )
    own = [one for one in found if wish.ecosystem in (None, one.word)]
    if own:
        return own[0]
    if wish.ecosystem is not None:
        raise InvalidInput(f"channel {channel.key} has no {wish.ecosystem} mirror", field="ecosystem")
    return ecosystem_of(MirrorType.CONDA)


def _check(wish: DependencyWishIn, ecosystem: Ecosystem) -> None:
    for place, spec in enumerate(wish.specs):
        where = Where(spec=(_plain(spec, ecosystem),))
        rule = Rule(id="report", action=Action.REQUIRE, where=where, ecosystems=(ecosystem.word,))
        try:
            ecosystem.check_rules((rule,))
        except InvalidInput as exc:
            words = exc.message.replace("rules[0].where.spec[0]", f"specs[{place}]")
            raise InvalidInput(words, field=f"specs[{place}]") from exc
    ecosystem.targets((), rules=(), platforms=wish.platforms, pythons=wish.pythons)


def _plain(spec: str, ecosystem: Ecosystem) -> str:
    """Return what of a spec chooses files: the extras of a Python requirement do not."""
    try:
        return ecosystem.read_wanted(spec).spec
    except InvalidInput:
        return spec


async def _id_of(mirror: Mirror, channel: Channel, *, ports: Ports) -> str:
    """Name a mirror's report by all that it depends on."""
    head = next((it for it in await ports.heads.of_channel(channel.id) if it.mirror_id == mirror.id), None)
    if head is None:
        raise Conflict(f"mirror {mirror.name} has not run yet, so nothing is known of its source")
    book = await ports.books.get()
    revision = channel.published.revision_id if channel.published is not None else ""
    facts = (mirror.id, head.catalogue, head.manifest, head.evaluation, revision, book.number if book else 0)
    return sha256_of(msgspec.json.encode(facts))[:32]
