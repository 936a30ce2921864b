"""What rules ask of a source that has a page for each project."""

import asyncio

from libs.common.contracts.messages import ArtifactFetch
from libs.common.domain.errors import UpstreamUnavailable
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Among, Rule, Where
from tests.support.python_index import Habits, Metadata
from tests.support.python_packages import a_wheel
from tests.support.python_world import SERIALS, PythonWorld, some_files

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


async def test_core_metadata_is_read_in_wheels_where_the_source_serves_none() -> None:
    """By their last bytes, and once; no file is fetched for it."""
    files = [a_wheel("alpha"), a_wheel("beta", license_expression="GPL-3.0-only")]
    world = PythonWorld(files, habits=Habits(has_serials=True, metadata=Metadata.ABSENT))
    await world.run()
    await world.put_policy(MIT_ONLY)
    await world.look_at_rules()

    assert (await world.head()).wants_run
    world.asked()
    await world.run()
    assert set(await world.listed()) == {files[0].ckey}
    assert not world.said(ArtifactFetch)
    await world.look_at_rules()
    assert not (await world.head()).wants_run
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


async def test_core_metadata_that_is_not_answered_for_is_asked_for_by_the_next_run() -> None:
    """Until then its license is not known."""
    file = a_wheel("alpha")
    world = PythonWorld([file], habits=SERIALS)
    place = f"http://source.example/{file.path}.metadata"
    world.upstream.errors[place].append(UpstreamUnavailable("503"))
    await world.open()
    await world.put_policy(MIT_ONLY)
    await world.run()
    assert not await world.listed()
    await world.run()

    assert set(await world.listed()) == {file.ckey}


async def test_core_metadata_that_is_not_there_is_asked_for_once() -> None:
    """As long as the page promises it in the same words."""
    file = a_wheel("alpha")
    world = PythonWorld([file], habits=SERIALS)
    del world.upstream.files[f"http://source.example/{file.path}.metadata"]
    await world.open()
    await world.put_policy(MIT_ONLY)
    run = await world.run()
    world.asked()
    await world.run()

    assert not run.failures
    assert world.asked() == [""]


async def test_rules_that_change_while_files_are_fetched_have_their_core_metadata_read() -> None:
    """In the same run."""
    files = [a_wheel("alpha"), a_wheel("beta", license_expression="GPL-3.0-only")]
    world = PythonWorld(files, mode=MirrorMode.ACTIVE, habits=SERIALS)
    await world.open()
    await world.put_policy(Rule(id="no-beta", action=Action.EXCLUDE, where=Where(name=("beta",))))
    world.holds_fetching = True
    execution = await world.begin()
    work = asyncio.create_task(execution.execute())
    await world.until_said(ArtifactFetch, 1)
    await world.put_policy(MIT_ONLY)
    world.holds_fetching = False
    execution.look_at_rules()
    await work
    run = await world.ended(execution)

    assert run.counts.excluded == {"channel_filtered.license": 1}
    assert set(await world.listed()) == {files[0].ckey}
    assert await world.read_names() == {"alpha", "beta"}
