"""Runs after the first: they ask for, decide and publish what changed, and no more."""

from collections.abc import Callable

import pytest

from tests.support.conda_index import ALL_FORMS, Form
from tests.support.conda_source import CondaSource
from tests.support.mirrored import mirror
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

CHOSEN = {"subdirs": ["noarch", "linux-64"]}
STAYS = a_package("stays", padding_bytes=5)
LEAVES = a_package("leaves", padding_bytes=5)
NATIVE = a_package("native", subdir="linux-64", padding_bytes=5)
NEWER = a_package("stays", "2.0", padding_bytes=5)


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST, Form.JSON, Form.BZ2])
def test_an_unchanged_source_is_asked_once_a_subdir_and_nothing_is_published(
    stack: Stack, make_source: MakeSource, channel: str, form: Form
) -> None:
    """A conditional request for each index is all that a run without news may cost."""
    source = make_source((STAYS, NATIVE), forms=(form, Form.RUN_EXPORTS_ZST, Form.CHANNELDATA))
    mirrored = mirror(stack, channel, source.url, mode="active", filters=CHOSEN)
    revision = mirrored.revision()
    source.forget()

    assert mirrored.run_again() == "completed"
    assert source.counts() == {f"noarch/{form}": 1, f"linux-64/{form}": 1}
    assert {request.status for request in source.requests} == {304}
    assert mirrored.revision() == revision
    assert mirrored.count()["failed"] == 0


def test_a_sharded_source_is_only_asked_for_the_shards_that_changed(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """The digest in the shard index says which names are worth a request."""
    source = make_source((STAYS, LEAVES, NATIVE), forms=ALL_FORMS)
    mirrored = mirror(stack, channel, source.url, mode="active", filters=CHOSEN)
    revision = mirrored.revision()
    source.publish((STAYS, LEAVES, NATIVE, NEWER))
    source.forget()

    assert mirrored.run_again() == "completed"
    asked = source.counts()
    assert sum("/shards/" in path for path in asked) == 1
    assert [path for path in asked if path.endswith(".conda")] == [NEWER.path]
    assert mirrored.revision() == revision + 1
    assert mirrored.listed() == {STAYS.filename, LEAVES.filename, NEWER.filename}


def test_what_leaves_the_source_leaves_the_index(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """A package that upstream took back must not be installed from us."""
    source = make_source((STAYS, LEAVES))
    mirrored = mirror(stack, channel, source.url, mode="active")
    source.publish((STAYS,))

    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {STAYS.filename}
    assert mirrored.count()["removed"] == 1


def test_a_file_that_was_replaced_is_fetched_and_served_anew(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """The same name with another digest is another file."""
    replaced = a_package("stays", padding_bytes=900)
    source = make_source((STAYS, NATIVE))
    mirrored = mirror(stack, channel, source.url, mode="active")
    source.publish((replaced, NATIVE))
    source.forget()

    assert mirrored.run_again() == "completed"
    assert source.count(replaced.path) == 1
    assert mirrored.get(replaced.path).content == replaced.data
    with mirrored.install("stays") as environment:
        assert environment.has("share/stays/1.0.bin")


def test_a_renamed_mirror_goes_on_under_its_new_name(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """It is the same mirror: what it brought stays, and what did not change is not asked for again."""
    source = make_source((STAYS, NATIVE))
    mirrored = mirror(stack, channel, source.url, mode="active")
    source.forget()
    stack.api.replace_mirror(channel, mirrored.mirror_id, mirror_name=f"{channel} anew")

    assert mirrored.run_again() == "completed"
    assert source.count(STAYS.path) == 0
    assert mirrored.listed() == {STAYS.filename}
    finished = stack.bus.wait_for("mirror.finished", mirror_id=mirrored.mirror_id, run_number=2)
    assert finished.body["mirror"] == f"{channel} anew"


def test_a_source_that_changes_its_index_form_is_still_read(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Sources gain and lose forms over the years."""
    source = make_source((STAYS,), forms=(Form.SHARDS, Form.JSON))
    mirrored = mirror(stack, channel, source.url)
    source.publish((STAYS, NEWER), forms=(Form.JSON,))

    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {STAYS.filename, NEWER.filename}


def test_run_exports_of_the_source_are_served(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Build tools read them from the channel, and would else download each package."""
    exporting = a_package("exporting", run_exports={"weak": ["exporting >=1"]})
    source = make_source((exporting,), forms=(Form.ZST, Form.RUN_EXPORTS))
    mirrored = mirror(stack, channel, source.url)

    served = mirrored.get("noarch/run_exports.json").raise_for_status().json()

    assert served["packages.conda"][exporting.filename]["run_exports"] == {"weak": ["exporting >=1"]}


def test_what_leaves_the_source_stays_for_mirrors_that_keep_it(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """It is listed and installed as before, until the mirror is told to follow its source."""
    source = make_source((STAYS, LEAVES))
    mirrored = mirror(stack, channel, source.url, mode="active")
    stack.api.replace_mirror(channel, mirrored.mirror_id, upstream_removals="keep")
    source.publish((STAYS, NEWER))

    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {STAYS.filename, LEAVES.filename, NEWER.filename}
    assert mirrored.count()["removed"] == 0
    with mirrored.install("leaves") as environment:
        assert environment.has(LEAVES.installed_path)

    stack.api.replace_mirror(channel, mirrored.mirror_id, upstream_removals="follow")
    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {STAYS.filename, NEWER.filename}
    assert mirrored.count()["removed"] == 1
