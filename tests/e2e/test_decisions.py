"""What may enter and why not: asked of a running installation, and held against what clients get."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.conda_source import CondaSource
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import Package, a_package
from tests.support.real_data import ROOT
from tests.support.solve import ClientFailed
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]
NO_GPL = {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}}


def packages_of(channel: str) -> tuple[Package, Package, Package]:
    """Return a free package, one that is not, and one that needs the latter."""
    free = a_package(f"{channel}-free", license_name="MIT")
    copyleft = a_package(f"{channel}-lib", license_name="GPL-3.0-or-later")
    return free, copyleft, a_package(f"{channel}-app", depends=[f"{channel}-lib"])


def put_under_policy(stack: Stack, its: Mirrored) -> None:
    """Assign a policy without GPL to the channel, and wait until clients see it."""
    stack.api.call("POST", "/policies", {"name": its.channel, "rules": [NO_GPL]}, expect=201)
    stack.api.call("PUT", f"/channels/{its.channel}/policy", {"policy": its.channel}, expect=200)
    stack.bus.wait_for("channel.published", channel=its.channel, count=2)


def tain(stack: Stack, *arguments: str, code: int) -> str:
    """Type a command, and return what it says."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
    environ |= {"PYTHONPATH": str(ROOT), "TAIN_DATA": str(stack.folder / "data")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "libs.client", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_a_preview_is_what_then_happens_and_is_explained(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Previewed in one request, then in force: the same files go, and everybody is told why."""
    free, copyleft, app = packages_of(channel)
    its = mirror(stack, channel, make_source((free, copyleft, app)).url)

    preview = stack.api.call(
        "POST", "/policies/preview?wait=solved", {"rules": [NO_GPL], "channel": channel}, expect=200
    )
    before = its.listed()
    put_under_policy(stack, its)
    after = its.listed()

    (previewed,) = preview["mirrors"]
    lost = {file["ckey"].partition("/")[2] for file in previewed["files_lost"]}
    assert lost == {copyleft.filename} == before - after
    assert previewed["files_gained"] == []
    assert [one["name"] for one in preview["uninstallable"]] == [app.name]
    with pytest.raises(ClientFailed):
        its.solve(app.name)
    decisions: list[dict[str, Any]] = stack.api.call(
        "GET", f"/channels/{channel}/mirrors/{its.mirror_id}/decisions?decision=excluded", expect=200
    )["items"]
    assert [(one["ckey"], one["rule"], one["policy_name"]) for one in decisions] == [(copyleft.path, "no-gpl", channel)]
    difference = stack.api.call("GET", f"/channels/{channel}/mirrors/{its.mirror_id}/runs/1/difference", expect=200)
    assert [(one["ckey"], one["change"]) for one in difference["items"]] == [(copyleft.path, "lost")]
    said = tain(stack, "why", channel, app.name, code=1)
    assert f"missing: {app.path} -> {copyleft.name}" in said
    assert f"excluded by rule no-gpl of policy {channel}" in said
    taken_back = json.loads(tain(stack, "policy", "preview", "--newest", "9", "--channel", channel, "--json", code=0))
    assert taken_back["gained"]["files"] == 1


def test_what_a_policy_excludes_can_not_be_had(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """Over real sockets, after every cache has seen it, and while another channel serves it."""
    free, copyleft, app = packages_of(channel)
    source = make_source((free, copyleft, app)).url
    its = mirror(stack, channel, source)
    other = mirror(stack, f"{channel}-open", source)
    known = its.get(copyleft.path)
    assert (known.content, other.get(copyleft.path).content) == (copyleft.data, copyleft.data)
    put_under_policy(stack, its)

    base = urlsplit(its.url)
    encoded = "".join(f"%{ord(character):02X}" for character in copyleft.filename)
    with httpx.Client(base_url=f"{base.scheme}://{base.netloc}", timeout=30) as http:
        for path in (
            f"{base.path}/{copyleft.path}",
            f"{base.path}/noarch/{encoded}",
            f"{base.path}/noarch%2F{copyleft.filename}",
            f"{base.path}//{copyleft.path}",
            f"{base.path}/{copyleft.path.upper()}",
            f"/t/{stack.token}{base.path}/{copyleft.path}",
        ):
            for method in ("GET", "HEAD"):
                for headers in (
                    {},
                    {"Range": "bytes=0-9"},
                    {"If-None-Match": known.headers["etag"]},
                    {"If-Range": known.headers["etag"], "Range": "bytes=5-"},
                ):
                    answer = http.request(method, path, headers=headers)
                    assert answer.status_code == httpx.codes.NOT_FOUND, (method, path, headers)

    assert copyleft.filename not in its.listed()
    assert copyleft.name not in its.get("channeldata.json").json()["packages"]
    assert other.get(copyleft.path).content == copyleft.data
    assert its.get(free.path).content == free.data
