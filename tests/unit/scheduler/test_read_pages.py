"""Runs of mirrors whose source has a page for each project."""

import pytest

from libs.common.domain.errors import UnreadableIndex, UpstreamRefused, UpstreamUnavailable
from libs.common.domain.mirror import Filters, MirrorMode
from libs.common.domain.run import RunState
from tests.support.python_index import Habits, PageForm
from tests.support.python_packages import a_wheel
from tests.support.python_world import SERIALS, PythonWorld, some_files
from tests.support.world import ROOT


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


async def test_a_page_that_is_looked_for_by_guess_is_not_gone_for_not_being_there() -> None:
    """The list is as it was, so nobody read where it says that pages are: the next run does."""
    world = PythonWorld(some_files(), eager_names=0, habits=SERIALS)
    await world.run()
    await world.ask("alpha")
    page = world.upstream.files.pop(f"{ROOT}/alpha/")
    run = await world.run()

    assert [failure.ckey for failure in run.failures] == ["simple/alpha"]
    assert await world.listed_unread() == {"alpha", "beta", "gamma"}
    assert await world.pages() == {"alpha"}
    world.upstream.files[f"{ROOT}/alpha/"] = page
    run = await world.run()
    assert (run.counts.passive, run.counts.failed) == (2, 0)


async def test_a_source_without_a_list_is_no_index() -> None:
    """Its URL or type is wrong; one that can't be read says so."""
    world = PythonWorld(())
    world.upstream.files.clear()
    assert (await world.run()).state is RunState.FAILED
    world.upstream.files[f"{ROOT}/"] = b"{"
    run = await world.run()

    assert run.state is RunState.FAILED
    assert "list of projects" in (run.reason or "")


async def test_named_projects_that_are_refused_say_so() -> None:
    """The token is missing, or wrong."""
    world = PythonWorld(some_files(), filters=Filters(projects=("alpha",)))
    world.upstream.errors[f"{ROOT}/alpha/"].append(UpstreamRefused("the source said 401"))
    run = await world.run()

    assert (run.state, run.reason) == (RunState.FAILED, "the source said 401")
