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


def test_an_api_is_killed_after_each_change_of_a_mirrors_life(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Another api says what is left; whoever asks again is told that it is done.

    These are the changes that others must act on; tests/unit/api/test_say_unsaid.py kills
    every change at every line.
    """
    source = make_source((FIRST,))
    mirrors = f"/channels/{channel}/mirrors"
    stack.api.create_channel(channel)

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

    ask_dying_api(stack, "DELETE", f"{mirrors}/{its.mirror_id}?packages=remove")
    stack.api.call("DELETE", f"{mirrors}/{its.mirror_id}?packages=remove", expect=404)
    eventually(lambda: its.listed() == frozenset(), within_s=_WITHIN_S, what="the packages to go")
    stack.settle()

    told = _told(stack, channel)
    assert told == {
        "channel_created": 1,
        "mirror_registered": 1,
        "mirroring_requested": 2,
        "mirroring_started": 2,
        "mirroring_completed": 2,
        "mirror_updated": 1,
        "mirror_deleted": 1,
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
