"""Runs of mirrors whose source has a page for each project."""

import asyncio

import pytest

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.errors import UnreadableIndex, UpstreamUnavailable
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.domain.run import RunState
from libs.common.ports.blobs import put_bytes
from tests.support.python_index import Habits, Metadata, PageForm
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.python_world import PYTHON, PythonWorld
from tests.support.world import ROOT

SERIALS = Habits(has_serials=True)


def some_files() -> tuple[PythonFile, ...]:
    """Return four files of three projects."""
    return (a_wheel("alpha", "1.0"), a_wheel("alpha", "2.0"), a_wheel("beta"), a_wheel("gamma"))


@pytest.mark.parametrize("form", PageForm)
async def test_a_small_index_is_read_whole(form: PageForm) -> None:
    """A few pages are soon read; every file is listed then."""
    world = PythonWorld(some_files(), form=form)
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert run.counts.passive == 4
    assert set(await world.listed()) == {file.ckey for file in some_files()}


async def test_of_a_whole_index_only_the_list_is_read() -> None:
    """One request, however many projects there are; they are listed all the same."""
    world = PythonWorld(some_files(), eager_names=2)
    run = await world.run()

    assert world.asked() == [""]
    assert await world.listed_unread() == {"alpha", "beta", "gamma"}
    assert run.counts.passive == 0


async def test_what_clients_asked_for_is_read_in_the_next_run() -> None:
    """From then on, each run looks whether it changed."""
    world = PythonWorld(some_files(), eager_names=1, habits=SERIALS)
    await world.run()
    await world.ask("alpha")
    world.asked()
    run = await world.run()

    assert world.asked_pages() == ["alpha"]
    assert await world.read_names() == {"alpha"}
    assert await world.listed_unread() == {"beta", "gamma"}
    assert run.counts.passive == 2
    world.offer_files([*some_files(), a_wheel("alpha", "3.0"), a_wheel("beta", "2.0")])
    await world.run()
    assert world.asked_pages() == ["alpha"]


@pytest.mark.parametrize("habits", [SERIALS, Habits()], ids=["serials", "validators"])
async def test_a_run_with_nothing_new_reads_nothing_and_changes_nothing(habits: Habits) -> None:
    """A list with serials tells it in one request; without, each page is asked for with conditions."""
    world = PythonWorld(some_files(), habits=habits)
    await world.run()
    before = await world.head()
    world.asked()
    await world.run()

    assert sorted(world.asked()) == ([""] if habits.has_serials else ["", "alpha/", "beta/", "gamma/"])
    assert await world.head() == before


@pytest.mark.parametrize("habits", [SERIALS, Habits()], ids=["serials", "validators"])
async def test_only_the_page_that_changed_changes(habits: Habits) -> None:
    """What was known of the others stays as it was."""
    world = PythonWorld(some_files(), habits=habits)
    await world.run()
    before = (await world.catalogue()).parts["simple"].entries
    world.asked()
    world.offer_files([*some_files()[1:], a_wheel("alpha", "3.0")])
    run = await world.run()
    after = (await world.catalogue()).parts["simple"].entries

    assert (run.counts.passive, run.counts.removed) == (4, 1)
    assert {name for name in after if after[name].shard != before[name].shard} == {"alpha"}


async def test_named_projects_need_no_list() -> None:
    """Some indexes have none."""
    world = PythonWorld(some_files(), filters=Filters(projects=("Alpha", "gamma")))
    del world.upstream.files[f"{ROOT}/"]
    run = await world.run()

    assert run.counts.passive == 3
    assert sorted(world.asked()) == ["alpha/", "gamma/"]


async def test_a_named_project_that_is_not_there_is_told() -> None:
    """The others are mirrored."""
    world = PythonWorld(some_files(), filters=Filters(projects=("alpha", "nothing")))
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert [(failure.ckey, failure.code) for failure in run.failures] == [("simple/nothing", "upstream_missing")]
    assert run.counts.passive == 2


async def test_a_source_that_has_none_of_what_is_named_is_doubted() -> None:
    """Most likely its URL is wrong."""
    world = PythonWorld((), filters=Filters(projects=("alpha",)))
    run = await world.run()

    assert run.state is RunState.FAILED
    assert "filters.projects" in (run.reason or "")


async def test_a_name_that_rules_drop_is_never_asked_for() -> None:
    """It counts as one, since nobody knows how many files it has."""
    world = PythonWorld(some_files(), filters=Filters(projects=("al*",)))
    run = await world.run()

    assert world.asked_pages() == ["alpha"]
    assert sum(run.counts.excluded.values()) == 2
    assert await world.listed_unread() == set()


async def test_an_active_mirror_reads_all_that_its_names_let_in() -> None:
    """It lists what it stored, however large the index is."""
    world = PythonWorld(some_files(), mode=MirrorMode.ACTIVE, eager_names=0)
    run = await world.run()

    assert run.counts.active == run.counts.active_planned == 4
    assert set(await world.listed()) == {file.ckey for file in some_files()}
    assert not await world.listed_unread()


async def test_an_unreadable_page_is_a_problem_of_its_project() -> None:
    """The next run asks again, though the list is as it was."""
    world = PythonWorld(some_files(), habits=SERIALS)
    whole = world.upstream.files[f"{ROOT}/beta/"]
    world.upstream.files[f"{ROOT}/beta/"] = b"{"
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert (run.counts.passive, run.counts.failed) == (3, 1)
    assert [failure.ckey for failure in run.failures] == ["simple/beta"]
    world.upstream.files[f"{ROOT}/beta/"] = whole
    world.asked()
    run = await world.run()
    assert world.asked_pages() == ["beta"]
    assert (run.counts.passive, run.counts.failed) == (4, 0)


async def test_what_was_known_of_a_page_that_broke_stays() -> None:
    """Until it can be read again."""
    world = PythonWorld(some_files(), habits=SERIALS)
    await world.run()
    world.offer_files([*some_files(), a_wheel("beta", "2.0")])
    world.upstream.errors[f"{ROOT}/beta/"].append(UnreadableIndex("broken"))
    run = await world.run()

    assert (run.counts.passive, run.counts.failed) == (4, 1)
    assert (await world.run()).counts.passive == 5


async def test_one_page_that_is_not_answered_for_does_not_end_the_run() -> None:
    """It is asked for again next time."""
    world = PythonWorld(some_files(), habits=SERIALS)
    world.upstream.errors[f"{ROOT}/gamma/"].append(UpstreamUnavailable("503"))
    run = await world.run()

    assert (run.counts.passive, run.counts.failed) == (3, 1)
    assert await world.listed_unread() == {"gamma"}
    assert (await world.run()).counts.passive == 4


async def test_a_project_whose_page_is_gone_leaves() -> None:
    """What clients asked for of it is forgotten as well."""
    world = PythonWorld(some_files(), eager_names=0)
    await world.run()
    await world.ask("beta")
    assert await world.pages() == {"beta"}
    world.offer_files([file for file in some_files() if file.project != "beta"])
    await world.run()

    assert await world.listed_unread() == {"alpha", "gamma"}
    assert await world.pages() == set()


async def test_files_keep_the_day_on_which_a_client_first_saw_them() -> None:
    """A run that reads the page later finds them older than what is new in it."""
    world = PythonWorld(some_files(), eager_names=0)
    await world.run()
    page = await world.ask("alpha")
    world.offer_files([*some_files(), a_wheel("alpha", "3.0")])
    await world.run()
    entry = (await world.manifest()).parts["simple"].entries["alpha"]

    assert entry.seen is not None
    assert entry.seen.all == page.read_at.date().toordinal()


# --- what rules ask for besides pages

MIT_ONLY = Rule(id="mit", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT",))))


async def test_core_metadata_is_read_where_a_rule_asks_for_licenses() -> None:
    """Once: the next run has it."""
    files = [a_wheel("alpha"), a_wheel("beta", license_expression="GPL-3.0-only")]
    world = PythonWorld(files, habits=SERIALS)
    await world.open()
    await world.put_policy(MIT_ONLY)
    run = await world.run()

    assert set(await world.listed()) == {files[0].ckey}
    assert run.counts.excluded == {"channel_filtered.license": 1}
    assert len([url for url, _ in world.upstream.requests if url.endswith(".metadata")]) == 2
    world.asked()
    await world.run()
    assert world.asked() == [""]


async def test_rules_that_newly_ask_for_core_metadata_want_a_run() -> None:
    """Until it came they decide by what is known."""
    files = [a_wheel("alpha"), a_wheel("beta", license_expression="GPL-3.0-only")]
    world = PythonWorld(files, habits=SERIALS)
    await world.run()
    await world.put_policy(MIT_ONLY)
    await world.look_at_rules()

    assert (await world.head()).wants_run
    world.asked()
    await world.run()
    assert set(await world.listed()) == {files[0].ckey}
    assert not world.asked_pages()
    await world.look_at_rules()
    assert not (await world.head()).wants_run


async def test_core_metadata_of_a_changed_page_is_read_for_the_new_files_alone() -> None:
    """What was read of files that are as they were is carried over."""
    world = PythonWorld([a_wheel("alpha", "1.0")], habits=SERIALS)
    await world.open()
    await world.put_policy(MIT_ONLY)
    await world.run()
    world.offer_files([a_wheel("alpha", "1.0"), a_wheel("alpha", "2.0", license_expression="GPL-3.0-only")])
    world.upstream.requests.clear()
    await world.run()

    assert [url.rpartition("/")[2] for url, _ in world.upstream.requests if url.endswith(".metadata")] == [
        "alpha-2.0-py3-none-any.whl.metadata"
    ]
    assert set(await world.listed()) == {a_wheel("alpha", "1.0").ckey}


async def test_a_closure_reads_on_where_it_goes() -> None:
    """And nothing else of a whole index."""
    files = [
        a_wheel("alpha", requires=["beta>=1"]),
        a_wheel("beta", requires=["gamma"]),
        a_wheel("gamma"),
        a_wheel("delta"),
    ]
    world = PythonWorld(files, habits=SERIALS, eager_names=0)
    await world.open()
    rule = Rule(id="closed", action=Action.REQUIRE, where=Where(name=("alpha",)), include_dependencies=True)
    await world.put_policy(rule)
    await world.run()

    assert set(await world.listed()) == {file.ckey for file in files[:3]}
    assert await world.read_names() == {"alpha", "beta", "gamma"}
    assert sum((await world.head()).counts.excluded.values()) == 1  # type: ignore[union-attr]


async def test_a_closure_that_can_not_read_on_wants_a_run() -> None:
    """Which reads on."""
    files = [a_wheel("alpha", requires=["beta"]), a_wheel("beta")]
    world = PythonWorld(files, habits=SERIALS, eager_names=0)
    await world.run()
    rule = Rule(id="closed", action=Action.REQUIRE, where=Where(name=("alpha",)), include_dependencies=True)
    await world.put_policy(rule)
    await world.look_at_rules()

    assert (await world.head()).wants_run
    await world.run()
    assert set(await world.listed()) == {file.ckey for file in files}
    assert not (await world.head()).wants_run


async def test_an_active_mirror_wants_names_read_that_are_newly_let_in() -> None:
    """It lists none of them before."""
    world = PythonWorld(some_files(), mode=MirrorMode.ACTIVE)
    await world.open()
    await world.put_policy(Rule(id="only", action=Action.REQUIRE, where=Where(name=("alpha",))))
    await world.run()
    await world.put_policy()
    await world.look_at_rules()

    assert (await world.head()).wants_run
    assert set(await world.listed()) == {file.ckey for file in some_files()[:2]}
    await world.run()
    assert set(await world.listed()) == {file.ckey for file in some_files()}


async def test_a_passive_mirror_lists_at_once_what_is_newly_let_in() -> None:
    """It is read when a client asks."""
    world = PythonWorld(some_files(), eager_names=0)
    await world.open()
    await world.put_policy(Rule(id="only", action=Action.REQUIRE, where=Where(name=("alpha",))))
    await world.run()
    await world.put_policy()
    await world.look_at_rules()
    entries = (await world.catalogue()).parts["simple"].entries

    assert {name for name, entry in entries.items() if entry.shard == UNREAD} == {"beta", "gamma"}
    assert not (await world.head()).wants_run


# --- companions


async def test_companions_are_fetched_and_never_counted() -> None:
    """They come in batches of their own."""
    files = [a_wheel("alpha", has_provenance=True), a_wheel("beta")]
    world = PythonWorld(files, mode=MirrorMode.ACTIVE)
    run = await world.run()
    asked = [file.ckey for message in world.said(ArtifactFetch) for file in message.files]  # type: ignore[attr-defined]

    assert sorted(asked) == sorted(
        [
            *(file.ckey for file in files),
            *(f"{file.ckey}.metadata" for file in files),
            f"{files[0].ckey}.provenance",
        ]
    )
    assert run.counts.active == run.counts.active_planned == 2
    assert run.counts.removed == 0


async def test_of_a_companion_that_is_not_there_nothing_is_said_any_more() -> None:
    """The file it belongs to is listed, and the next run does not ask for it again."""
    world = PythonWorld([a_wheel("alpha", has_provenance=True)], mode=MirrorMode.ACTIVE, habits=SERIALS)
    world.broken = frozenset({f"{a_wheel('alpha').ckey}.provenance"})
    run = await world.run()
    entry = (await world.catalogue()).parts["simple"].entries["alpha"]

    assert run.counts.active == 1
    assert (entry.files, entry.missing) == (1, 0)
    world.bus.said.clear()
    await world.run()
    assert not world.said(ArtifactFetch)


async def test_what_stands_in_stored_wheels_is_taken_out_where_the_source_serves_none() -> None:
    """Clients are served it then."""
    file = a_wheel("alpha")
    world = PythonWorld([file], mode=MirrorMode.ACTIVE, habits=Habits(metadata=Metadata.ABSENT))
    await world.run()
    digests = [digest async for digest in world.records.extracted.files()]

    assert [digest.hex for digest in digests] == [file.sha256]
    assert await world.records.extracted.get(digests[0]) == file.metadata


async def test_of_what_upstream_removed_only_stored_companions_are_spoken_of() -> None:
    """Nobody could fetch the others any more."""
    old, new = a_wheel("alpha", "1.0", has_provenance=True), a_wheel("alpha", "2.0")
    world = PythonWorld([old, new], upstream_removals=UpstreamRemovals.KEEP)
    await world.run()
    for data in (old.data, old.metadata):
        await put_bytes(world.blobs, data)
    world.offer_files([new])
    await world.run()
    shard = (await world.catalogue()).parts["simple"].entries["alpha"].shard
    assert shard is not None
    payload = (await world.records.shards.get([shard]))[shard]

    assert set(await world.listed()) == {old.ckey, new.ckey}
    assert [ref.ckey for ref in PYTHON.companions(payload, partition="simple")] == [
        f"{old.ckey}.metadata",
        f"{new.ckey}.metadata",
    ]


async def test_what_a_stopped_run_left_in_wheels_is_taken_out_by_the_next_one() -> None:
    """It is listed by then, and no file of it is planned."""
    files = [a_wheel(f"project-{number}") for number in range(70)]
    world = PythonWorld(files, mode=MirrorMode.ACTIVE, habits=Habits(metadata=Metadata.ABSENT))
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 3)
    first = world.said(ArtifactFetch)[0]
    assert isinstance(first, ArtifactFetch)
    await world.fetch(first)
    await world.records.runs.move(execution.run.id, RunState.STOPPING, at=world.clock.now())
    execution.stop()
    await work
    assert len(await world.listed()) == len(first.files)
    world.holds_fetching = False
    await world.run()
    looked_into = [digest.hex async for digest in world.records.extracted.files()]

    assert sorted(looked_into) == sorted(file.sha256 for file in files)


async def test_what_is_wrong_with_a_page_is_told_as_long_as_it_is_so() -> None:
    """Also by runs that do not read it again."""
    world = PythonWorld(some_files(), habits=SERIALS)
    page = world.upstream.files[f"{ROOT}/beta/"]
    world.upstream.files[f"{ROOT}/beta/"] = page.replace(b"beta-1.0-py3", b"other-1.0-py3", 1)
    run = await world.run()
    again = await world.run()
    world.upstream.files[f"{ROOT}/beta/"] = page
    world.offer_files([*some_files(), a_wheel("alpha", "3.0")])
    third = await world.run()

    assert [failure.ckey for failure in run.failures] == ["simple/beta/other-1.0-py3-none-any.whl"]
    assert run.failures == again.failures == third.failures


async def test_a_source_that_is_away_ends_nothing_and_changes_nothing() -> None:
    """Its pages were asked for in vain: the run rests, and is taken up again."""
    world = PythonWorld(some_files(), habits=SERIALS)
    for name in ("alpha", "beta", "gamma"):
        world.upstream.errors[f"{ROOT}/{name}/"].append(UpstreamUnavailable("503"))
    execution = await world.begin()
    with pytest.raises(UpstreamUnavailable):
        await execution.execute()

    assert (await world.ended(execution)).state is RunState.RUNNING
    await (await world.claim(execution.run.id)).execute()
    assert (await world.ended(execution)).counts.passive == 4


async def test_a_companion_with_other_bytes_is_not_believed() -> None:
    """What it would say of the license is not known."""
    file = a_wheel("alpha")
    world = PythonWorld([file], habits=SERIALS)
    world.upstream.files[f"http://source.example/{file.path}.metadata"] = b"Metadata-Version: 2.1\nLicense: MIT\n"
    await world.open()
    await world.put_policy(MIT_ONLY)
    run = await world.run()

    assert [(failure.ckey, failure.code) for failure in run.failures] == [(f"{file.ckey}.metadata", "content_mismatch")]
    assert not await world.listed()
