"""Policies from the command line to what clients read, and back to the history."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import mirror
from tests.support.packages import a_package
from tests.support.policies import YAML_POLICY
from tests.support.real_data import ROOT
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]
Types = Callable[..., str]


@pytest.fixture
def types(stack: Stack) -> Types:
    """Return a way to type `./tain …` in a shell of its own, and to read what it says."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
    environ |= {"PYTHONPATH": str(ROOT), "TAIN_DATA": str(stack.folder / "data")}

    def type_(*arguments: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "libs.client", *map(str, arguments)],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        if code:
            assert done.stderr.count("\n") == 1
        return done.stderr if code else done.stdout

    return type_


def history(stack: Stack, query: str, *, policy_id: str) -> list[tuple[str, str, str | None]]:
    """Return event, channel and person of what was recorded of a policy, oldest first."""
    found = stack.api.call("GET", f"/history?limit=1000&event_type={query}", expect=200)["items"]
    return [
        (item["event_type"], item["channel"], item["meta"].get("by"))
        for item in reversed(found)
        if item["data"].get("policy_id") == policy_id
    ]


def test_a_policys_life(stack: Stack, make_source: MakeSource, channel: str, types: Types, tmp_path: Path) -> None:
    """Made, assigned, edited, and deleted on the command line: clients, bus and history follow."""
    free = a_package(f"{channel}-free", license_name="MIT")
    copyleft = a_package(f"{channel}-copyleft", license_name="GPL-3.0-or-later")
    its = mirror(stack, channel, make_source((free, copyleft)).url)
    assert its.listed() == {free.filename, copyleft.filename}
    document = tmp_path / "policy.yaml"
    document.write_bytes(YAML_POLICY.replace(b"production", channel.encode()))

    assert types("policy", "validate", document).startswith(f"Policy {channel} can be saved (4 rules)")
    made = json.loads(types("policy", "create", channel, "--license-not", "GPL", "--json"))
    assert f"'{channel}' of channel {channel} decides" in types("policy", "assign", channel, channel)
    stack.bus.wait_for("channel.published", channel=channel, count=2)
    assert its.listed() == {free.filename}
    types("policy", "edit", channel, "--remove", "license-not", "--description", "All may enter.")
    stack.bus.wait_for("channel.published", channel=channel, count=3)
    assert its.listed() == {free.filename, copyleft.filename}
    refused = types("policy", "delete", channel, code=1)
    assert f"assigned to channel {channel}" in refused
    types("policy", "unassign", channel)
    types("policy", "delete", channel)

    stack.settle()
    facts: dict[str, Any] = {"policy_id": made["id"], "name": channel}
    assert [heard.body["change"] for heard in stack.bus.heard("policy.changed", **facts)] == [
        "created",
        "updated",
        "deleted",
    ]
    assert len(stack.bus.heard("policy.assigned", channel=channel, target="channel", **facts)) == 1
    assert len(stack.bus.heard("policy.unassigned", channel=channel, target="channel", **facts)) == 1
    everything = "policy_created,policy_updated,policy_deleted,channel_policy_assigned,channel_policy_unassigned"
    assert history(stack, everything, policy_id=made["id"]) == [
        ("policy_created", "", "admin"),
        ("channel_policy_assigned", channel, "admin"),
        ("policy_updated", "", "admin"),
        ("channel_policy_unassigned", channel, "admin"),
        ("policy_deleted", "", "admin"),
    ]
    of_channel = stack.api.call("GET", f"/channels/{channel}/history?limit=1000", expect=200)["items"]
    assert {"channel_policy_assigned", "channel_policy_unassigned"} <= {item["event_type"] for item in of_channel}
    assert stack.api.call("GET", f"/policies/{made['id']}/revisions/1", expect=200)["rule_count"] == 1


def test_a_mirrors_policy_overrides_its_channels(
    stack: Stack, make_source: MakeSource, channel: str, types: Types
) -> None:
    """A mirror that is made with one never lets in what it drops, also where the channel's would."""
    keeps, drops = a_package(f"{channel}-a"), a_package(f"{channel}-b")
    source = make_source((keeps, drops))
    for name, dropped in ((f"{channel}-1", keeps), (f"{channel}-2", drops)):
        rule = {"id": "no", "action": "exclude", "where": {"name": [dropped.name]}}
        stack.api.call("POST", "/policies", {"name": name, "rules": [rule]}, expect=201)
    stack.api.create_channel(channel, policy=f"{channel}-1")
    types("mirror", source.url, "--channel", channel, "--policy", f"{channel}-2")
    (mirror_id,) = [
        it["mirror_id"] for it in stack.api.call("GET", f"/channels/{channel}/mirrors", expect=200)["items"]
    ]

    def listed() -> set[str]:
        answer = stack.api.http.get(f"{stack.channel_url(channel)}/noarch/repodata.json").json()
        return {*answer["packages"], *answer["packages.conda"]}

    assert listed() == {keeps.filename}
    mirror_path = f"/channels/{channel}/mirrors/{mirror_id}"
    assert stack.api.call("GET", f"{mirror_path}/policy", expect=200)["of"] == "mirror"
    types("mirror", source.url, "--channel", channel, "--cron", "0 0 2 * *")
    assert stack.api.mirror(channel, mirror_id)["policy_name"] == f"{channel}-2"
    types("mirror", source.url, "--channel", channel, "--policy", "")
    eventually(lambda: listed() == {drops.filename}, within_s=30, what="the channel's policy to act")


def test_two_people_never_put_one_policy_on_a_channel_and_its_mirror(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Nor is it deleted while either gets it, however close they come."""
    its = mirror(stack, channel, make_source((a_package(f"{channel}-x"),)).url)
    places = (f"/channels/{channel}/policy", f"/channels/{channel}/mirrors/{its.mirror_id}/policy")
    with ThreadPoolExecutor(3) as people:
        for number in range(8):
            name = f"{channel}-{number}"
            stack.api.call("POST", "/policies", {"name": name}, expect=201)
            assigned = [people.submit(stack.api.http.put, place, json={"policy": name}) for place in places]
            deleted = people.submit(stack.api.http.delete, f"/policies/{name}").result().status_code
            codes = [answer.result().status_code for answer in assigned]
            in_force = [stack.api.http.get(place).json() for place in places]
            held = [shown["channel_policy" if at == 0 else "mirror_policy"] for at, shown in enumerate(in_force)]

            assert codes.count(200) <= 1
            assert {*codes} <= {200, 404, 409}
            assert [policy is not None for policy in held] == [code == 200 for code in codes]
            assert 200 not in codes or deleted == 409
            assert (stack.api.http.get(f"/policies/{name}").status_code == 404) is (deleted == 204)
            for place in places:
                stack.api.call("DELETE", place, expect=204)
