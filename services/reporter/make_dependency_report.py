"""report.requested -> what some packages need, and what of it a channel has; told by a real solve, too."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import grow
from libs.common.deciding.known_needs import KnownNeeds
from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.domain.channel import Channel, parse_channel_key
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.revision import decode_contents
from libs.common.ecosystems.asking import Target
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import read_all
from libs.common.reporting.dependency_report import DependencyReport, Missing, PlatformReport, encode_report
from libs.common.reporting.named_packages import named_packages
from libs.common.reporting.wishes import DependencyWish
from services.reporter.describe_lines import Needed, Reached, describe_lines
from services.reporter.explain_absence import Source
from services.reporter.find_asked import find_asked, plain_spec
from services.reporter.find_sources import find_sources
from services.reporter.packages import Packages, layer_of_contents, layer_of_manifest
from services.reporter.report_ports import Made, ReportPorts
from services.reporter.solve_environment import solve_environment

_MOST_NAMES_IN_A_TITLE = 3


async def make_dependency_report(report_id: str, wish: bytes, *, ports: ReportPorts) -> Made:
    """Make the report.

    Raises:
        InvalidInput: for a spec that can't be read, or where no package is named.
        NotFound: when the channel, mirror or policy is not there.
        Conflict: when no mirror has run yet.
        StoreUnavailable: when a store does not answer.
    """
    wished = msgspec.json.decode(wish, type=DependencyWish)
    channel = await ports.channels.get(parse_channel_key(wished.channel))
    if channel is None:
        raise NotFound(f"there is no channel {wished.channel}")
    sources = await find_sources(channel, mirror_id=wished.mirror_id, ecosystem=wished.ecosystem, ports=ports)
    making = _Making(channel, wished, sources, ports=ports)
    return await making.make(report_id)


class _Making:
    """One report that is being made."""

    def __init__(
        self, channel: Channel, wish: DependencyWish, sources: Sequence[Source], *, ports: ReportPorts
    ) -> None:
        self._channel = channel
        self._wish = wish
        self._sources = sources
        self._ports = ports
        self._ecosystem: Ecosystem = ecosystem_of(sources[0].mirror.type)
        self._there = self._read = Packages((), ecosystem=self._ecosystem, shards=ports.shards)
        self._book = EMPTY_BOOK

    async def make(self, report_id: str) -> Made:
        rules = await self._rules()
        specs = self._wish.specs or _named(rules)
        plain = tuple(plain_spec(spec, ecosystem=self._ecosystem) for spec in specs)
        rule = Rule(
            id="report",
            action=Action.REQUIRE,
            where=Where(spec=plain),
            include_dependencies=True,
            ecosystems=(self._ecosystem.word,),
        )
        self._ecosystem.check_rules((rule,))
        await self._read_stores()
        targets = self._ecosystem.targets(
            self._there.partitions(), rules=rules, platforms=self._wish.platforms, pythons=self._wish.pythons
        )
        title = _title(specs, self._channel.key)
        report = DependencyReport(
            id=report_id,
            title=title,
            made_at=self._ports.clock.now(),
            channel=self._channel.key,
            mirrors=tuple(source.mirror.name for source in self._sources),
            specs=specs,
            policy=self._wish.policy_id,
            revision=self._channel.published.number if self._channel.published is not None else 0,
            platforms=tuple([await self._platform(target, specs, rule) for target in targets]),
        )
        data = await asyncio.to_thread(encode_report, report)
        return Made(title=title, data=data, channel=self._channel.key, mirror_id=self._wish.mirror_id)

    async def _rules(self) -> tuple[Rule, ...]:
        """Return the rules that name packages, and say what they are for: of this ecosystem alone."""
        rules = [
            rule
            for source in self._sources
            if source.stored.evaluation is not None
            for rule in source.stored.evaluation.rules
        ]
        if self._wish.policy_id is not None:
            policy = await self._ports.policies.get(self._wish.policy_id)
            if policy is None:
                raise NotFound(f"there is no policy {self._wish.policy_id}")
            rules = list(policy.rules)
        word = self._ecosystem.word
        return tuple(
            rule
            for rule in rules
            if rule.action is Action.REQUIRE and (rule.ecosystems is None or word in rule.ecosystems)
        )

    async def _read_stores(self) -> None:
        """Read what clients read of the channel, and what is known of vulnerabilities.

        What a source removed and the channel keeps is there, too.
        """
        ports, published = self._ports, self._channel.published
        known = KnownNeeds(ecosystem=self._ecosystem, blobs=ports.blobs, extracted=ports.extracted)
        revision = await ports.revisions.get(published.revision_id) if published is not None else None
        if revision is not None:
            contents = decode_contents(await read_all(ports.blobs, revision.contents))
            asked = {source.mirror.id: source.asked for source in self._sources}
            layer = layer_of_contents(contents, revision=revision, type=self._ecosystem.type, asked=asked)
            self._read = Packages(
                [layer], ecosystem=self._ecosystem, shards=ports.shards, known=known, undecided=self._undecided()
            )
        layers = [layer_of_manifest(source.stored.manifest) for source in self._sources]
        self._there = Packages(
            [*layers, *self._read.layers], ecosystem=self._ecosystem, shards=ports.shards, known=known
        )
        head = await ports.books.get()
        if head is not None:
            self._book = AdvisoryBook.decode(await read_all(ports.blobs, head.book))

    def _undecided(self) -> Mapping[bytes, Deciding]:
        return {
            shard: source.deciding
            for source in self._sources
            if source.deciding is not None
            for shard in source.asked.values()
        }

    async def _platform(self, target: Target, specs: Sequence[str], rule: Rule) -> PlatformReport:
        there, read = self._there.of(target.partitions), self._read.of(target.partitions)
        closing = await asyncio.to_thread(self._ecosystem.closing_at, rule, names=there.names(), target=target)
        await grow(closing, there.read)
        solved = await solve_environment(target, specs, rule, read=read, ecosystem=self._ecosystem)
        environment = solved.together
        asked = await find_asked(specs, there, ecosystem=self._ecosystem)
        lines = await describe_lines(
            Needed(
                reached=_with(closing.closure().reached, solved.files),
                target=target,
                direct=asked.names,
                chosen=frozenset(file.ckey for file in environment.files),
            ),
            there=there,
            read=read,
            sources=self._sources,
            is_frozen=self._channel.is_frozen,
            book=self._book,
            ecosystem=self._ecosystem,
            shards=self._ports.shards,
        )
        unknown: dict[str, tuple[str, ...]] = dict.fromkeys(asked.unknown, ())
        missing = {**unknown, **closing.missing()}
        return PlatformReport(
            platform=target.name,
            environment=environment,
            packages=lines,
            missing=tuple(Missing(name=name, needed_by=by) for name, by in missing.items()),
            alone=solved.alone,
        )


def _named(rules: Sequence[Rule]) -> tuple[str, ...]:
    specs = named_packages(rules)
    if not specs:
        raise InvalidInput(
            "no package is named: neither here nor by a policy that requires packages by name; send specs",
            field="specs",
        )
    return specs


def _with(reached: Reached, files: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Reached:
    """Lay the files of an environment over a closure, which has no extras of what was asked for."""
    found = {partition: dict(names) for partition, names in reached.items()}
    for partition, names in files.items():
        of_partition = found.setdefault(partition, {})
        for name, filenames in names.items():
            known = of_partition.get(name, ())
            of_partition[name] = None if known is None else tuple(sorted({*known, *filenames}))
    return found


def _title(specs: Sequence[str], channel: str) -> str:
    some = ", ".join(specs[:_MOST_NAMES_IN_A_TITLE])
    more = f" and {len(specs) - _MOST_NAMES_IN_A_TITLE} more" if len(specs) > _MOST_NAMES_IN_A_TITLE else ""
    return f"What {some}{more} need{'s' if len(specs) == 1 else ''} in {channel}"
