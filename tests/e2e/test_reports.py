"""Reports of a running installation: what they promise is what a real client can do."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.common.reporting.dependency_report import DependencyReport, decode_report
from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.real_data import ROOT
from tests.support.solve import ClientFailed, Order, install, solve
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

LINUX = "linux-64"
APP = a_package("app", subdir=LINUX, depends=["lib >=2", "pure"])
LIB2 = a_package("lib", "2.0", subdir=LINUX)
LIB3 = a_package("lib", "3.0", subdir=LINUX, license_name="GPL-3.0-only")
PURE = a_package("pure")
OTHER = a_package("other", subdir=LINUX)
SOURCE = (APP, LIB2, LIB3, PURE, OTHER)


def report_of(mirrored: Mirrored) -> DependencyReport:
    """Download the report of a mirror as it is now."""
    path = f"/channels/{mirrored.channel}/mirrors/{mirrored.mirror_id}/dependency_report"

    def made() -> bytes | None:
        answer = mirrored.stack.api.http.get(path, timeout=60)
        assert answer.status_code in (httpx.codes.OK, httpx.codes.GATEWAY_TIMEOUT), answer.text
        return answer.content if answer.status_code == httpx.codes.OK else None

    return decode_report(eventually(made, within_s=60, what="the dependency report"))


def order(mirrored: Mirrored) -> Order:
    """Return what a client asks for."""
    return Order(channels=(mirrored.url,), specs=("app",))


def test_an_environment_that_a_report_promises_can_be_created(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """File for file, by the policy's own packages; and one that it denies can't."""
    source = make_source(SOURCE)
    policy = {
        "name": f"{channel}-names",
        "rules": [
            {"id": "names", "action": "require", "where": {"name": ["app"]}, "include_dependencies": True},
            {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}},
        ],
    }
    stack.api.call("POST", "/policies", policy, expect=201)
    mirrored = mirror(stack, channel, source.url)
    stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": policy["name"]}, expect=200)
    eventually(lambda: len(mirrored.listed(LINUX)) == len((APP, LIB2)), within_s=30, what="the policy to act")

    promised = report_of(mirrored)

    assert promised.specs == ("app",)
    (linux,) = promised.platforms
    assert linux.environment.is_possible
    lines = {f"{line.name} {line.version}": line for line in linux.packages}
    assert set(lines) == {"app 1.0", "lib 2.0", "lib 3.0", "pure 1.0"}
    assert lines["lib 3.0"].why_not is not None
    assert lines["lib 3.0"].why_not.rule == "no-gpl"
    with install(order(mirrored)) as environment:
        assert {file.ckey.rpartition("/")[2] for file in linux.environment.files} == environment.outcome.filenames
        assert all(environment.has(package.installed_path) for package in (APP, LIB2, PURE))

    policy["rules"] = [*policy["rules"], {"id": "no-pure", "action": "exclude", "where": {"name": ["pure"]}}]
    stack.api.call("PUT", f"/policies/{policy['name']}", policy, expect=200)
    eventually(lambda: not mirrored.listed(), within_s=30, what="pure to leave the channel")

    denied = report_of(mirrored)

    (linux,) = denied.platforms
    assert not linux.environment.is_possible
    assert any("pure" in line for line in linux.environment.reasons)
    with pytest.raises(ClientFailed, match="pure"):
        solve(order(mirrored))


def tain(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `./tain` as the stack's administrator."""
    environment = {**os.environ, "TAIN_URL": stack.url, "TAIN_TOKEN": stack.token, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "libs.client", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def test_reports_are_made_on_the_command_line_and_kept_over_a_sweep(
    stack: Stack, make_source: MakeSource, channel: str, tmp_path: Path
) -> None:
    """Its bytes are named by the report, so that no sweep takes them."""
    mirror(stack, channel, make_source(SOURCE).url)
    output = tmp_path / "app.cdx.json"

    shown = tain(stack, "report", "dependencies", channel, "app", "--check")
    written = tain(
        stack, "report", "dependencies", channel, "gone", "--check", "--format", "cyclonedx", "--output", str(output)
    )

    assert shown.returncode == 0, shown.stderr
    assert "can create it: 3 packages" in shown.stdout
    assert written.returncode == 1
    assert b'"bomFormat"' in output.read_bytes()
    stack.api.call("POST", "/system/garbage", {"grace_s": 0, "dry_run": False}, expect=202)
    stack.settle()
    listed = stack.api.call("GET", f"/reports?channel={channel}", expect=200)
    assert listed["total_count"] == 2
    for report in listed["items"]:
        downloaded = tain(stack, "report", "download", report["report_id"], "--format", "spdx")
        assert "SPDX-2.3" in downloaded.stdout


def test_downloads_are_reported_with_who_got_what(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """With a token and without; the same over REST and on the command line."""
    mirrored = mirror(stack, channel, make_source(SOURCE).url)
    mirrored.get(APP.path).raise_for_status()
    httpx.get(f"{mirrored.url}/{PURE.path}").raise_for_status()
    today = datetime.now(UTC).date().isoformat()
    wish = {"from_date": today, "to_date": today, "download_as": "json", "channel_names": [channel]}

    def both() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = stack.api.call("POST", "/reports/artifact_downloads", wish, expect=200)[
            "downloaded_items"
        ]
        return items if len(items) == 2 else None

    items = eventually(both, within_s=40, what="both downloads to be noted")

    assert {(it["ckey"], it["user_name"], it["count"]) for it in items} == {
        (APP.path, "admin", 1),
        (PURE.path, None, 1),
    }
    typed = tain(stack, "report", "downloads", "--from", today, "--to", today, "--channel", channel, "--user", "admin")
    (row,) = csv.DictReader(io.StringIO(typed.stdout))
    assert (row["name"], row["version"], row["user_name"]) == ("app", "1.0", "admin")
