"""Channels as clients see them: empty, frozen, with subchannels, deleted, with two mirrors."""

from collections.abc import Callable

import httpx
import pytest

from tests.support import read_index
from tests.support.conda_source import CondaSource
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.solve import ClientFailed, ClientForm, Order, solve
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

FIRST = a_package("first", padding_bytes=7)
SECOND = a_package("second", padding_bytes=7)
THIRD = a_package("third", padding_bytes=7)


@pytest.mark.parametrize("subdir", ["noarch", "linux-64", "osx-arm64", "win-64"])
def test_a_new_channel_serves_empty_indexes_at_once(stack: Stack, channel: str, subdir: str) -> None:
    """Clients remember a 404 on the shard index for days, so there must never be one."""
    stack.api.create_channel(channel)
    url = stack.channel_url(channel)

    assert set(read_index.listed_everywhere(stack.api.http, url, subdir).values()) == {frozenset()}
    for form in read_index.READABLE_FORMS:
        head = stack.api.http.head(f"{url}/{subdir}/{form}")
        get = stack.api.http.get(f"{url}/{subdir}/{form}")
        assert head.status_code == httpx.codes.OK
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("form", [ClientForm.SHARDS, ClientForm.ZST, ClientForm.JSON])
def test_a_client_finds_a_new_channel_empty_but_sound(stack: Stack, channel: str, form: ClientForm) -> None:
    """Nothing to install is another answer than nothing there."""
    stack.api.create_channel(channel)

    with pytest.raises(ClientFailed, match="No candidates"):
        solve(Order(channels=(stack.channel_url(channel),), specs=("anything",), form=form))


def test_a_new_channel_has_its_channel_wide_files(stack: Stack, channel: str) -> None:
    """Conda asks for the notices before anything else."""
    stack.api.create_channel(channel)

    for name in ("notices.json", "channeldata.json"):
        assert stack.api.http.get(f"{stack.channel_url(channel)}/{name}").status_code == httpx.codes.OK


def test_a_frozen_channel_holds_its_revision_until_it_is_unfrozen(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Freeze, mirror, unfreeze: what clients read stays still in between."""
    source = make_source((FIRST,))
    mirrored = mirror(stack, channel, source.url, mode="active")
    stack.api.update_channel(channel, indexing_behavior="frozen")
    revision = mirrored.revision()
    source.publish((FIRST, SECOND))

    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {FIRST.filename}
    assert mirrored.revision() == revision

    stack.api.update_channel(channel, indexing_behavior="default")
    stack.settle()

    assert mirrored.listed() == {FIRST.filename, SECOND.filename}
    assert mirrored.revision() == revision + 1
    with mirrored.install("second") as environment:
        assert environment.has(SECOND.installed_path)


def test_a_channel_is_rolled_back_and_stays_so_until_it_is_unfrozen(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A client installs what the old revision had; no run undoes it, and unfreezing brings the newest."""
    source = make_source((FIRST,))
    mirrored = mirror(stack, channel, source.url, mode="active")
    source.publish((SECOND,))
    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {SECOND.filename}
    assert mirrored.revision() == 2

    answer = stack.api.http.post(f"/channels/{channel}/rollback", json={"revision": 1})

    assert (answer.status_code, answer.json()["revision"]) == (httpx.codes.OK, 3)
    everywhere = read_index.listed_everywhere(stack.api.http, stack.channel_url(channel), "noarch")
    assert set(everywhere.values()) == {frozenset({FIRST.filename})}
    with mirrored.install("first") as environment:
        assert environment.has(FIRST.installed_path)
    source.publish((SECOND, THIRD))
    assert mirrored.run_again() == "completed"
    stack.settle()
    assert mirrored.listed() == {FIRST.filename}
    assert mirrored.revision() == 3
    told = [entry["event_type"] for entry in stack.api.http.get(f"/channels/{channel}/history").json()["items"]]
    assert told[:20].count("channel_rolled_back") == 1

    stack.api.update_channel(channel, indexing_behavior="default")
    stack.settle()

    assert mirrored.listed() == {SECOND.filename, THIRD.filename}
    assert mirrored.revision() == 4
    changes = stack.api.http.get(f"/channels/{channel}/revisions/4/changes").json()
    assert [(item["name"], item["change"]) for item in changes["items"]] == [
        ("first", "removed"),
        ("second", "added"),
        ("third", "added"),
    ]


def test_a_channel_that_was_frozen_from_the_start_shows_nothing_before(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """The ritual that the incumbent's guide recommends: freeze, create the mirror, unfreeze."""
    source = make_source((FIRST,))
    stack.api.create_channel(channel)
    stack.api.update_channel(channel, indexing_behavior="frozen")
    mirror_id = stack.api.create_mirror(channel, source.url)
    assert stack.wait_for_run(channel, mirror_id) == "completed"
    mirrored = Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
    assert mirrored.listed() == frozenset()

    stack.api.update_channel(channel, indexing_behavior="default")
    stack.settle()

    assert mirrored.listed() == {FIRST.filename}


def test_a_subchannel_stands_on_its_own(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """It has its own mirrors, and its parent shows nothing of them."""
    source = make_source((FIRST,))
    parent = mirror(stack, channel, make_source((SECOND,)).url)
    stage = mirror(stack, f"{channel}/stage", source.url, mode="active")

    assert stage.listed() == {FIRST.filename}
    assert parent.listed() == {SECOND.filename}
    with stage.install("first") as environment:
        assert environment.has(FIRST.installed_path)
    assert stack.api.channel(channel)["subchannel_count"] == 1


def test_of_two_mirrors_the_first_wins_where_both_bring_a_file(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Two files of one name can't both be served; the order of the mirrors decides."""
    wins, loses = a_package("same", padding_bytes=100), a_package("same", padding_bytes=999)
    first = mirror(stack, channel, make_source((wins, FIRST)).url, mode="active")
    other = stack.api.create_mirror(channel, make_source((loses, SECOND)).url, name=f"{channel} other", mode="active")
    assert stack.wait_for_run(channel, other) == "completed"

    assert first.listed() == {wins.filename, FIRST.filename, SECOND.filename}
    assert first.get(wins.path).content == wins.data
    with first.install("same", "first", "second") as environment:
        assert environment.has(wins.installed_path)


def test_a_deleted_mirror_leaves_its_packages_by_default(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Deleting a rule must not break the builds of those who read the channel."""
    source = make_source((FIRST,))
    mirrored = mirror(stack, channel, source.url, mode="active")
    stack.api.delete_mirror(channel, mirrored.mirror_id)
    stack.settle()
    source.close()

    assert stack.api.channel(channel)["mirror_count"] == 0
    assert mirrored.listed() == {FIRST.filename}
    with mirrored.install("first") as environment:
        assert environment.has(FIRST.installed_path)


def test_a_deleted_mirror_takes_its_packages_along_where_asked_to(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """The explicit choice to purge."""
    mirrored = mirror(stack, channel, make_source((FIRST,)).url, mode="active")
    other = stack.api.create_mirror(channel, make_source((SECOND,)).url, name=f"{channel} other")
    stack.wait_for_run(channel, other)
    stack.api.delete_mirror(channel, mirrored.mirror_id, query="?packages=remove")
    stack.settle()

    assert mirrored.listed() == {SECOND.filename}
    assert mirrored.get(FIRST.path).status_code == httpx.codes.NOT_FOUND


def test_a_deleted_channel_is_gone_with_all_it_held(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Clients get 404, and the name may be taken again, empty."""
    mirrored = mirror(stack, channel, make_source((FIRST,)).url, mode="active")
    stack.api.delete_channel(channel)
    stack.settle()

    assert stack.api.http.get(f"/channels/{channel}").status_code == httpx.codes.NOT_FOUND
    assert mirrored.get("noarch/repodata.json").status_code == httpx.codes.NOT_FOUND
    assert mirrored.get(FIRST.path).status_code == httpx.codes.NOT_FOUND

    stack.api.create_channel(channel)
    assert mirrored.listed() == frozenset()
