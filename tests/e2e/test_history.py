"""The audit history of a channel as a person reads it, from a real life of it."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import mirror
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]


def test_a_channels_life_can_be_read_with_who_did_what(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Every state change, edit and decision is there, in order, also of a subchannel."""
    key = f"{channel}/stage"
    stack.api.create_channel(channel)
    its = mirror(stack, key, make_source((a_package(f"{channel}-x", padding_bytes=200),)).url)
    name = its.show()["mirror_name"]
    stack.api.replace_mirror(key, its.mirror_id, cron="5 4 * * *")
    stack.api.update_channel(key, description="for the tests", indexing_behavior="frozen")
    stack.api.update_channel(key, indexing_behavior="default")
    for source in ("/one", "/two"):
        # Two systems that chose the same id.
        wrong = json.dumps({"channel": key, "mirror": "none"}).encode()
        stack.bus.say("mirror.requested", wrong, headers={"ce-id": "build-7", "ce-source": f"{source}/{channel}"})
        stack.bus.wait_for("mirror.rejected", event_source=f"{source}/{channel}")
    stack.api.delete_mirror(key, its.mirror_id)
    stack.settle()

    path = f"/channels/{channel}/subchannels/stage/history"
    told = [
        (item["event_type"], item["meta"].get("by"))
        for item in reversed(stack.api.call("GET", f"{path}?limit=1000", expect=200)["items"])
    ]
    assert told[:3] == [
        ("channel_created", "admin"),
        ("mirror_registered", "admin"),
        ("mirroring_requested", "admin"),
    ]
    assert [it for it in told if it[0].startswith("mirroring_")][1:3] == [
        ("mirroring_started", None),
        ("mirroring_completed", None),
    ]
    names = [event_type for event_type, _ in told]
    assert {"channel_refresh_complete", "channel_frozen", "channel_unfrozen", "channel_updated"} <= {*names}
    assert names.count("mirroring_rejected") == 2
    assert told[-1] == ("mirror_deleted", "admin")
    (edit,) = stack.api.call("GET", f"{path}?event_type=mirror_updated", expect=200)["items"]
    assert (edit["data"]["mirror"], edit["data"]["fields"]) == (name, "cron")


def test_the_history_of_all_outlives_a_channel(stack: Stack, channel: str) -> None:
    """Who deleted it can be asked when it is gone."""
    stack.api.create_channel(channel)
    stack.api.delete_channel(channel)

    def found() -> list[dict[str, Any]]:
        page = stack.api.call("GET", "/history?event_type=channel_deleted&by=admin&limit=1000", expect=200)
        return [item for item in page["items"] if item["channel"] == channel]

    assert len(eventually(found, within_s=30, what="the deletion to be recorded")) == 1
    assert stack.api.call("GET", f"/channels/{channel}/history", expect=404)
    assert not stack.api.call("GET", f"/history?by={uuid.uuid4().hex}", expect=200)["items"]
