"""Stopping a run, and other systems that ask for runs and listen on the bus."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package, many_packages
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

PACKAGES = many_packages(40, padding_bytes=2_000)


def test_a_stopped_run_keeps_what_it_stored_and_the_next_fetches_only_the_rest(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Stop answers at once even while the source hangs, and no byte is fetched twice."""
    source = make_source(PACKAGES)
    source.break_files({package.path: Held() for package in PACKAGES[20:]})
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    mirrored = Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
    for package in PACKAGES[:20]:
        source.wait_for_request(package.path)
    source.wait_for_request(PACKAGES[20].path)

    stack.api.stop(channel, mirror_id)
    stack.api.wait_for_state(channel, mirror_id, "stopped", within_s=10)
    assert stack.wait_for_run(channel, mirror_id) == "stopped"
    stored = mirrored.listed()
    assert stored <= {package.filename for package in PACKAGES[:20]}
    source.mend()

    assert mirrored.run_again() == "completed"
    assert mirrored.listed() == {package.filename for package in PACKAGES}
    assert not [package.path for package in PACKAGES if package.filename in stored and source.count(package.path) != 1]


def test_a_large_file_goes_on_where_a_stop_broke_it_off(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """The next run asks for the rest by Range, and what is served in the end is the whole file."""
    large = a_package("large", padding_bytes=9_000_000)
    source = make_source((large,))
    source.break_files({large.path: Held()})
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    mirrored = Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
    half = len(large.data) // 2
    eventually(lambda: _has_partial(stack, large.sha256, half), within_s=20, what="half of the file")
    eventually(
        lambda: _sync_state(stack, channel, mirror_id)["bytes_transfered"] == half, within_s=20, what="its bytes"
    )
    assert 0 < _sync_state(stack, channel, mirror_id)["current_step_percentage"] < 100

    stack.api.stop(channel, mirror_id)
    assert stack.wait_for_run(channel, mirror_id) == "stopped"
    assert _sync_state(stack, channel, mirror_id)["bytes_transfered"] == half
    source.mend()

    assert mirrored.run_again() == "completed"
    assert [request.range for request in source.requests if request.path == large.path] == [None, f"bytes={half}-"]
    assert _sync_state(stack, channel, mirror_id)["bytes_transfered"] == len(large.data) - half
    assert mirrored.get(large.path).content == large.data


def _sync_state(stack: Stack, channel: str, mirror_id: str) -> Mapping[str, Any]:
    state: Mapping[str, Any] = stack.api.mirror(channel, mirror_id)["sync_state"]
    return state


def _has_partial(stack: Stack, sha256: str, size_bytes: int) -> bool:
    partial = stack.folder / "data" / "blobs" / "partial" / f"sha256-{sha256}"
    return partial.exists() and partial.stat().st_size == size_bytes


def test_another_system_starts_a_run_by_names_and_hears_how_it_goes(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A plain NATS client, a channel and a mirror name are enough."""
    source = make_source(PACKAGES)
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, name=f"{channel} by event", mode="active", run_now=False)

    stack.bus.say("mirror.requested", json.dumps({"channel": channel, "mirror": f"{channel} by event"}).encode())

    assert stack.wait_for_run(channel, mirror_id) == "completed"
    finished = stack.bus.wait_for("mirror.finished", mirror_id=mirror_id)
    assert finished.headers["ce-specversion"] == "1.0"
    assert finished.headers["ce-type"] == "mirror.finished"
    assert finished.headers["ce-id"] == finished.headers["Nats-Msg-Id"]
    assert stack.bus.wait_for("mirror.progress", mirror_id=mirror_id)
    assert stack.bus.wait_for("channel.published", channel=channel)
    assert Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1).listed()


@pytest.mark.parametrize(
    ("subject", "payload", "told"),
    [
        ("mirror.requested", b"not json at all", "read"),
        ("mirror.requested", b"[]", "read"),
        ("mirror.requested", b'{"channel": "no-mirror-named"}', "mirror"),
        ("mirror.requested", b'{"channel": "no-such-channel", "mirror": "x"}', "no-such-channel"),
        ("mirror.requested", b'{"channel": "UPPER/case/slashes", "mirror": "x"}', "UPPER/case/slashes"),
        ("mirror.stop", b'{"channel": "no-such-channel", "mirror": "x"}', "no-such-channel"),
    ],
    ids=["not json", "not an object", "no mirror", "unknown channel", "bad name", "stop of unknown"],
)
def test_a_message_that_can_not_be_followed_is_answered_with_a_reason(
    stack: Stack, subject: str, payload: bytes, told: str
) -> None:
    """What other systems get wrong is never dropped in silence."""
    event_id = f"wrong-{uuid.uuid4().hex}"

    stack.bus.say(subject, payload, headers={"ce-id": event_id, "ce-source": "/somewhere/else"})

    rejected = stack.bus.wait_for("mirror.rejected", event_id=event_id)
    assert rejected.body["on"] == subject
    assert told in str(rejected.body["reason"])


def test_a_message_said_twice_starts_one_run(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """At-least-once is the rule of the bus, so the same event again must change nothing."""
    source = make_source(PACKAGES[:2])
    mirrored = mirror(stack, channel, source.url)
    name = mirrored.show()["mirror_name"]
    payload = json.dumps({"channel": channel, "mirror": name}).encode()

    for _ in range(2):
        stack.bus.say("mirror.requested", payload, headers={"ce-id": f"twice-{channel}"})

    assert stack.wait_for_run(channel, mirrored.mirror_id, number=2) == "completed"
    stack.settle()
    assert not stack.bus.heard("mirror.finished", mirror_id=mirrored.mirror_id, run_number=3)


def test_a_run_that_overlaps_is_recorded_as_skipped(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """One run a mirror at a time; the second request is told why."""
    slow = a_package("slow-to-come", padding_bytes=2_000)
    source = make_source((slow,))
    source.break_files({slow.path: Held()})
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    source.wait_for_request(slow.path)

    stack.api.run_now(channel, mirror_id)
    skipped = stack.bus.wait_for("mirror.finished", mirror_id=mirror_id, state="skipped")
    source.mend()

    assert skipped.body["reason"]
    assert stack.wait_for_run(channel, mirror_id, number=1) == "completed"
