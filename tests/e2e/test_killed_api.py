"""An api that is killed between storing a change and saying it: runs happen, packages go, the history is whole."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.conda_source import CondaSource
from tests.support.dying_api import ask_dying_api
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

FIRST = a_package("killed-first", padding_bytes=7)
SECOND = a_package("killed-second", padding_bytes=7)
_WITHIN_S = 40


def test_a_life_of_a_channel_whose_api_is_killed_after_each_change(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Another api says what is left; whoever asks again is told that it is done."""
    source = make_source((FIRST,))
    path, mirrors = f"/channels/{channel}", f"/channels/{channel}/mirrors"

    ask_dying_api(stack, "POST", "/channels", {"name": channel})
    ask_dying_api(stack, "POST", mirrors, _wish(channel, source.url, run_now=True))
    (made,) = stack.api.call("GET", mirrors, expect=200)["items"]
    its = Mirrored(stack=stack, channel=channel, mirror_id=made["mirror_id"], runs=1)
    assert stack.wait_for_run(channel, its.mirror_id) == "completed"
    assert its.listed() == {FIRST.filename}
    stack.api.call("POST", mirrors, _wish(channel, source.url, run_now=True), expect=409)

    edited = _wish(channel, source.url, cron="5 5 5 5 *", run_now=True)
    source.publish((FIRST, SECOND))
    ask_dying_api(stack, "PUT", f"{mirrors}/{its.mirror_id}", edited)
    assert stack.wait_for_run(channel, its.mirror_id, number=2) == "completed"
    assert its.listed() == {FIRST.filename, SECOND.filename}
    assert its.show()["cron"] == "5 5 5 5 *"

    ask_dying_api(stack, "PUT", path, {"indexing_behavior": "frozen", "description": "held"})
    source.publish((SECOND,))
    its.runs = 2
    assert its.run_again() == "completed"
    assert its.listed() == {FIRST.filename, SECOND.filename}
    ask_dying_api(stack, "PUT", path, {"indexing_behavior": "default"})
    eventually(lambda: its.listed() == {SECOND.filename}, within_s=_WITHIN_S, what="what was frozen to be published")

    ask_dying_api(stack, "DELETE", f"{mirrors}/{its.mirror_id}?packages=remove")
    stack.api.call("DELETE", f"{mirrors}/{its.mirror_id}?packages=remove", expect=404)
    eventually(lambda: its.listed() == frozenset(), within_s=_WITHIN_S, what="the packages to go")

    again = _wish(channel, source.url, run_now=True)
    other = stack.api.call("POST", mirrors, again, expect=201)["mirror_id"]
    stack.wait_for_run(channel, other)
    ask_dying_api(stack, "DELETE", path)
    stack.api.call("DELETE", path, expect=404)
    stack.api.create_channel(channel)
    stack.bus.wait_for("mirror.deleted", mirror_id=other, within_s=_WITHIN_S)
    stack.bus.wait_for("channel.deleted", channel=channel, within_s=_WITHIN_S)
    stack.settle()

    told = _told(stack, channel)
    assert told == {
        "channel_created": 2,
        "mirror_registered": 2,
        "mirroring_requested": 4,
        "mirroring_started": 4,
        "mirroring_completed": 4,
        "mirror_updated": 1,
        "channel_updated": 1,
        "channel_frozen": 1,
        "channel_unfrozen": 1,
        "mirror_deleted": 2,
        "channel_deleted": 1,
        "channel_refresh_complete": told["channel_refresh_complete"],
    }


def _told(stack: Stack, channel: str) -> Mapping[str, int]:
    """Count the entries of all channels of this name, also of one that is gone."""
    page: dict[str, Any] = stack.api.call("GET", "/history?limit=1000", expect=200)
    return Counter(item["event_type"] for item in page["items"] if item["channel"] == channel)


def _wish(channel: str, source_root: str, **changes: object) -> dict[str, object]:
    return {
        "mirror_name": f"{channel} mirror",
        "source_root": source_root,
        "mirror_mode": "active",
        "mirror_type": "conda",
        "cron": "0 0 1 1 *",
        "filters": {},
        **changes,
    }
