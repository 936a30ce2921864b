"""What was decided of each file, computed again from what is stored."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.deciding.compare_catalogues import CatalogueComparison, ChangeWish, FileChange
from libs.common.deciding.explain_files import DecisionWish, FileExplainer, Place, open_explainer, read_place
from libs.common.deciding.read_stored import read_head, read_run
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.errors import InvalidInput, NotKept
from libs.common.domain.evaluation import FileDecision
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.registry import ecosystem
from tests.support.choices import SUBDIRS, rules, sources
from tests.support.packages import Package, a_package
from tests.support.records import a_rule
from tests.support.world import World

FREE = a_package("alpha", "1.0", license_name="MIT")
NEWER = a_package("alpha", "2.0", license_name="GPL-3.0-only")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")
NO_BETA = Rule(id="no-beta", action=Action.EXCLUDE, where=Where(name=("beta",)))
URGENT = Rule(id="urgent", action=Action.ALLOW, where=Where(spec=("alpha 2.0",)))
NOARCH = Filters(subdirs=("noarch",))
ALL_SUBDIRS = Filters(subdirs=SUBDIRS)


async def explainer(world: World, head: CatalogueHead | None = None) -> FileExplainer:
    """Return what stands behind the mirror's head, ready to be asked."""
    stored = await read_head(head or await world.head(), blobs=world.blobs)
    return await open_explainer(
        stored, ecosystem=ecosystem(world.mirror.type), shards=world.records.shards, blobs=world.blobs
    )


async def all_decisions(asked: FileExplainer, wish: DecisionWish, *, limit: int) -> list[FileDecision]:
    """Turn all pages."""
    found: list[FileDecision] = []
    after: Place | None = None
    while True:
        page = await asked.page(wish, after=after, limit=limit)
        found += page.decisions
        if page.next is None:
            return found
        after = read_place(str(page.next))


async def all_changes(compared: CatalogueComparison, *, limit: int) -> list[FileChange]:
    """Turn all pages."""
    found: list[FileChange] = []
    after: Place | None = None
    while True:
        page = await compared.page(ChangeWish(), after=after, limit=limit)
        found += page.changes
        if page.next is None:
            return found
        after = page.next


async def decided_world(*packages: Package, rules: tuple[Rule, ...], **mirror: object) -> World:
    """Return a world whose mirror ran under a policy of these rules."""
    world = World(**{"filters": NOARCH, **mirror})  # type: ignore[arg-type]
    world.offer(packages, subdirs=SUBDIRS)
    execution = await world.begin()
    await world.put_policy(*rules)
    await execution.execute()
    return world


async def test_a_package_is_explained_by_the_rule_and_its_policy() -> None:
    """Kept files stand beside the others; an exception is named as well."""
    world = await decided_world(FREE, NEWER, COPYLEFT, rules=(NO_GPL, NO_BETA, URGENT))

    asked = await explainer(world)

    alpha, saved = await asked.package("alpha")
    assert (alpha.ckey, alpha.decision, alpha.rule) == (FREE.path, "kept", None)
    assert (saved.decision, saved.rule, saved.policy) == ("kept", "urgent", "id-of-production")
    (beta,) = await asked.package("beta")
    assert (beta.decision, beta.rule, beta.policy) == ("excluded", "no-gpl", "id-of-production")
    assert beta.reason == "channel_filtered.license"
    assert beta.detail is not None
    assert "GPL-3.0-only" in beta.detail
    assert await asked.package("nothing") == ()


async def test_pages_are_filtered_by_every_key() -> None:
    """Reasons are known with their scope and without; a rule that is an exception is found as well."""
    world = await decided_world(FREE, NEWER, COPYLEFT, rules=(NO_GPL, URGENT))
    asked = await explainer(world)

    async def found(**keys: str) -> list[str]:
        wish = DecisionWish(**keys)  # type: ignore[arg-type]
        return [one.ckey for one in await all_decisions(asked, wish, limit=1)]

    assert await found() == [FREE.path, NEWER.path, COPYLEFT.path]
    assert await found(decision="excluded") == [COPYLEFT.path]
    assert await found(decision="kept") == [FREE.path, NEWER.path]
    assert await found(reason="license") == [COPYLEFT.path]
    assert await found(reason="channel_filtered.license") == [COPYLEFT.path]
    assert await found(reason="mirror_filtered.license") == []
    assert await found(rule="no-gpl") == [COPYLEFT.path]
    assert await found(rule="urgent") == [NEWER.path]
    assert await found(package="beta") == [COPYLEFT.path]
    assert await found(partition="linux-64") == []
    assert await found(ckey=NEWER.path) == [NEWER.path]


async def test_a_page_ends_where_it_has_looked_into_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare rule among many files costs many pages, none of which is slow."""
    monkeypatch.setattr("libs.common.deciding.explain_files.FILES_A_PAGE", 1)
    rare = Rule(id="rare", action=Action.ALLOW, where=Where(spec=("beta",)))
    world = await decided_world(FREE, COPYLEFT, rules=(NO_GPL, rare))
    asked = await explainer(world)

    page = await asked.page(DecisionWish(rule="rare"), after=None, limit=10)

    assert (page.decisions, page.next) == ((), Place("noarch", "alpha"))
    again = await asked.page(DecisionWish(rule="rare"), after=page.next, limit=10)
    assert [one.ckey for one in again.decisions] == [COPYLEFT.path]


async def test_what_the_source_removed_and_the_mirror_keeps_is_explained_too() -> None:
    """It is listed, so it has a decision."""
    keep = UpstreamRemovals.KEEP
    world = await decided_world(FREE, NEWER, rules=(), mode=MirrorMode.ACTIVE, upstream_removals=keep)
    world.offer([FREE])
    await world.run()

    decisions = await (await explainer(world)).package("alpha")

    assert [(one.ckey, one.decision) for one in decisions] == [(FREE.path, "kept"), (NEWER.path, "kept")]


async def test_a_run_answers_for_itself_until_it_is_no_longer_kept() -> None:
    """Another policy since then changes nothing; lost shards are told."""
    world = await decided_world(FREE, COPYLEFT, rules=(NO_GPL,))
    run = await world.records.runs.latest([world.mirror.id])
    await world.put_policy()
    await world.look_at_rules()

    stored = await read_run(run[world.mirror.id], blobs=world.blobs)
    asked = await open_explainer(
        stored, ecosystem=ecosystem(world.mirror.type), shards=world.records.shards, blobs=world.blobs
    )

    assert [one.decision for one in await asked.package("beta")] == ["excluded"]
    assert [one.decision for one in await (await explainer(world)).package("beta")] == ["kept"]
    tomorrow = world.clock.now() + timedelta(days=1)
    shard = stored.manifest.parts["noarch"].entries["beta"].shard
    await world.records.shards.sweep([shard], older_than=tomorrow)
    with pytest.raises(NotKept, match="newer run"):
        await asked.package("beta")


def test_a_cursor_of_something_else_is_refused() -> None:
    """It is a person's mistake."""
    with pytest.raises(InvalidInput, match="cursor"):
        read_place("alpha")


@settings(max_examples=60, deadline=None)
@given(source=sources(), old=rules(), new=rules(), limit=st.integers(1, 5))
def test_decisions_are_what_is_listed_and_their_difference_is_that_of_the_lists(
    source: tuple[Package, ...], old: tuple[Rule, ...], new: tuple[Rule, ...], limit: int
) -> None:
    """For any source and any two policies: file for file, and count for count."""

    async def check() -> None:
        world = await decided_world(*source, rules=old, filters=ALL_SUBDIRS)
        listed, head = await world.listed(), await world.head()
        before = await explainer(world, head)
        decisions = await all_decisions(before, DecisionWish(), limit=limit)
        assert [one.ckey for one in decisions if one.decision == "kept"] == sorted(listed, key=_order)
        assert {one.ckey for one in decisions} == {package.path for package in source}
        assert head.counts is not None
        for reason, count in head.counts.excluded.items():
            assert len(await all_decisions(before, DecisionWish(reason=reason), limit=limit)) == count
        for rule in old:
            by_rule = await all_decisions(before, DecisionWish(rule=rule.id), limit=limit)
            assert by_rule == [one for one in decisions if one.rule == rule.id]

        await world.put_policy(*new)
        await world.look_at_rules()
        relisted, after = await world.listed(), await explainer(world)
        compared = CatalogueComparison(before, after)
        summed, changes = await compared.sum_up(), await all_changes(compared, limit=limit)
        gained = {one.ckey for one in changes if one.change == "gained"}
        lost = {one.ckey for one in changes if one.change == "lost"}
        assert (gained, lost) == (relisted.keys() - listed.keys(), listed.keys() - relisted.keys())
        assert (summed.gained.files, summed.lost.files, summed.replaced.files) == (len(gained), len(lost), 0)
        sizes = {package.path: len(package.data) for package in source}
        assert summed.gained.size_bytes == sum(sizes[ckey] for ckey in gained)
        assert summed.lost.size_bytes == sum(sizes[ckey] for ckey in lost)
        assert all(one.rule is not None for one in changes)
        redecided = await all_decisions(after, DecisionWish(), limit=99)
        assert {(one.rule, one.reason): one.before for one in summed.rules if one.before} == _dropped(decisions)
        assert {(one.rule, one.reason): one.after for one in summed.rules if one.after} == _dropped(redecided)

    asyncio.run(check())


def _order(ckey: str) -> tuple[str, str, str]:
    partition, _, filename = ckey.partition("/")
    return partition, filename.split("-")[0], filename


def _dropped(decisions: list[FileDecision]) -> Counter[tuple[str | None, str | None]]:
    return Counter((one.rule, one.reason) for one in decisions if one.decision == "excluded")
