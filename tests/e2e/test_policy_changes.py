"""What a change of policy does to what clients read, seconds after, and what is asked of the source for it."""

from collections.abc import Callable

import pytest

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

FREE = a_package("tin", "1.0")
NEWER = a_package("tin", "2.0", license_name="GPL-3.0-only")
COPYLEFT = a_package("lead", license_name="GPL-3.0-only")
ALL = (FREE, NEWER, COPYLEFT)
NO_GPL = {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}}
NO_TIN = {"id": "no-tin", "action": "exclude", "where": {"name": ["tin"]}}
_SECONDS = 10.0


@pytest.fixture
def source(make_source: MakeSource) -> CondaSource:
    """Return a source of its own, whose requests are counted."""
    return make_source(ALL)


def put_policy(stack: Stack, name: str, *rules: object, channel: str | None = None) -> None:
    """Save a policy, and assign it where it is new."""
    if channel is None:
        stack.api.call("PUT", f"/policies/{name}", {"name": name, "rules": rules}, expect=200)
    else:
        stack.api.call("POST", "/policies", {"name": name, "rules": rules}, expect=201)
        stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": name}, expect=200)


def until_listed(mirrored: Mirrored, *files: str) -> None:
    """Wait until every index form lists these files."""
    # The forms are files of their own: between two of them a revision may be published.
    eventually(lambda: _listed(mirrored) == frozenset(files), within_s=_SECONDS, what=f"{files} to be listed")
    mirrored.stack.settle()


def _listed(mirrored: Mirrored) -> frozenset[str] | None:
    try:
        return mirrored.listed()
    except AssertionError:
        return None


def test_a_policy_acts_on_a_passive_channel_within_seconds_without_its_source(
    stack: Stack, source: CondaSource, channel: str
) -> None:
    """Assigned, edited, taken away: what clients read follows, and so do the counts and the history."""
    mirrored = mirror(stack, channel, source.url)
    assert mirrored.get(COPYLEFT.path).status_code == 200
    stack.settle()
    source.forget()

    put_policy(stack, channel, NO_GPL, channel=channel)
    until_listed(mirrored, FREE.filename)

    assert mirrored.get(COPYLEFT.path).status_code == 404
    assert mirrored.count()["channel_filtered"]["license"] == 2
    assert mirrored.count()["passive"] == 1
    put_policy(stack, channel, NO_TIN)
    until_listed(mirrored, COPYLEFT.filename)
    assert mirrored.get(COPYLEFT.path).content == COPYLEFT.data
    stack.api.call("DELETE", f"/channels/{channel}/policy", expect=204)
    until_listed(mirrored, *(package.filename for package in ALL))
    assert source.requests == ()
    said = stack.bus.heard("catalogue.decided", channel=channel)
    assert [(it.body["cause"], it.body["added"], it.body["removed"]) for it in said] == [
        (f"policy {channel}, revision 1", 0, 2),
        (f"policy {channel}, revision 2", 1, 1),
        ("no policy any more", 2, 0),
    ]
    assert mirrored.show()["run_number"] == 1


def test_an_active_mirror_drops_at_once_and_fetches_what_is_newly_let_in(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A run is asked for by itself; what is stored already is not fetched again."""
    # No other test has these: what one mirror stored is stored for all.
    free, newer = a_package("tin", "1.0.1"), a_package("tin", "2.0.1", license_name="GPL-3.0-only")
    copyleft = a_package("lead", "1.0.1", license_name="GPL-3.0-only")
    source = make_source((free, newer, copyleft))
    stack.api.create_channel(channel)
    put_policy(stack, channel, NO_GPL, channel=channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    assert stack.wait_for_run(channel, mirror_id) == "completed"
    mirrored = Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
    assert mirrored.listed() == {free.filename}
    source.forget()

    put_policy(stack, channel, NO_TIN)
    assert stack.wait_for_run(channel, mirror_id, number=2) == "completed"

    assert mirrored.listed() == {copyleft.filename}
    assert mirrored.get(free.path).status_code == 404
    assert [source.count(package.path) for package in (copyleft, free, newer)] == [1, 0, 0]
    (decided,) = stack.bus.heard("catalogue.decided", channel=channel)
    assert (decided.body["removed"], decided.body["wants_run"]) == (1, True)
    put_policy(stack, channel)
    assert stack.wait_for_run(channel, mirror_id, number=3) == "completed"
    assert mirrored.listed() == {free.filename, newer.filename, copyleft.filename}
    assert [source.count(package.path) for package in (copyleft, free, newer)] == [1, 0, 1]


def test_a_frozen_channel_takes_the_policy_when_it_is_thawed(stack: Stack, source: CondaSource, channel: str) -> None:
    """Until then clients read what was frozen."""
    mirrored = mirror(stack, channel, source.url)
    stack.api.update_channel(channel, indexing_behavior="frozen")
    put_policy(stack, channel, NO_GPL, channel=channel)
    stack.bus.wait_for("catalogue.decided", channel=channel)
    stack.settle()
    assert len(mirrored.listed()) == 3

    stack.api.update_channel(channel, indexing_behavior="default")

    until_listed(mirrored, FREE.filename)


def test_edited_filters_act_without_a_run(stack: Stack, source: CondaSource, channel: str) -> None:
    """Those of the mirror, and those of the channel."""
    mirrored = mirror(stack, channel, source.url)
    source.forget()

    stack.api.replace_mirror(channel, mirrored.mirror_id, filters={"exclude_specs": ["lead"]})
    until_listed(mirrored, FREE.filename, NEWER.filename)
    stack.api.update_channel(channel, filters={"exclude_licenses": ["gpl"]})
    until_listed(mirrored, FREE.filename)

    assert source.requests == ()
    assert mirrored.count()["mirror_filtered"]["exclude_specs"] == 1
    assert mirrored.count()["channel_filtered"]["license"] == 1
