"""Sweeping and verifying a running installation."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.mirrored import mirror
from tests.support.packages import a_package, many_packages
from tests.support.real_data import ROOT
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

GONE = many_packages(5, padding_bytes=2_500)
COMING = many_packages(30, padding_bytes=3_500)


def sweep(stack: Stack, **wish: object) -> dict[str, Any]:
    """Ask for a sweep without a grace period, and return its report."""
    asked = stack.api.call("POST", "/system/garbage", {"grace_s": 0, **wish}, expect=202)

    def report() -> dict[str, Any] | None:
        answer = stack.api.http.get(f"/system/reports/{asked['report_id']}")
        return answer.json() if answer.status_code == httpx.codes.OK else None

    found: dict[str, Any] = eventually(report, within_s=30, what="the sweep's report")
    return found


def tain(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `./tain` as the stack's administrator."""
    environment = {**os.environ, "TAIN_URL": stack.url, "TAIN_TOKEN": stack.token, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "libs.client", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def file_of(stack: Stack, sha256: str) -> Path:
    """Return where the stack's blob store keeps a file."""
    return stack.folder / "data" / "blobs" / "sha256" / sha256[:2] / sha256[2:]


def test_a_deleted_channels_files_go_and_a_running_mirrors_stay(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Without any grace period, in the middle of a run whose files nothing names yet."""
    deleted = f"{channel}-deleted"
    mirrored = mirror(stack, deleted, make_source(GONE).url, mode="active")
    assert len(mirrored.listed()) == len(GONE)
    stack.api.delete_channel(deleted)
    stack.settle()
    # Nothing that is younger than the oldest active run is looked at.
    an_hour_ago = time.time() - 3600
    for package in GONE:
        os.utime(file_of(stack, package.sha256), (an_hour_ago, an_hour_ago))
    source = make_source(COMING)
    source.break_files({package.path: Held() for package in COMING[15:]})
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, source.url, mode="active")
    for package in COMING[:15]:
        eventually(file_of(stack, package.sha256).exists, within_s=30, what=f"{package.filename} to be stored")

    would_go = sweep(stack, dry_run=True)
    assert {package.sha256 for package in GONE} <= set(would_go["blobs"])
    assert all(file_of(stack, package.sha256).exists() for package in GONE)
    swept = sweep(stack, dry_run=False)
    assert {package.sha256 for package in GONE} <= set(swept["blobs"])
    assert not any(file_of(stack, package.sha256).exists() for package in GONE)
    assert swept["refused"] is None

    source.mend()
    assert stack.wait_for_run(channel, mirror_id) == "completed"
    assert {source.count(package.path) for package in COMING} == {1}
    assert tain(stack, "verify", channel, "--deep").returncode == 0


def test_lost_and_damaged_files_are_found_and_come_back(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """A package that is lost, one that has other bytes, and a damaged index file."""
    lost, damaged, whole = (a_package(name, padding_bytes=4_500) for name in ("lost", "damaged", "whole"))
    source = make_source((lost, damaged, whole))
    mirrored = mirror(stack, channel, source.url, mode="active")
    index = mirrored.get("noarch/repodata.json").content
    index_file = next(path for path in (stack.folder / "data/blobs/sha256").rglob("*") if _holds(path, index))
    file_of(stack, lost.sha256).unlink()
    file_of(stack, damaged.sha256).write_bytes(b"x" * len(damaged.data))
    index_file.write_bytes(b"x" * len(index))

    told = tain(stack, "verify", channel, "--deep")
    assert told.returncode == 1
    assert all(name in told.stdout for name in (lost.filename, damaged.filename, "noarch/repodata.json"))
    assert tain(stack, "verify", channel, "--deep", "--repair").returncode == 1

    assert stack.wait_for_run(channel, mirrored.mirror_id, number=2) == "completed"
    assert tain(stack, "verify", channel, "--deep").returncode == 0
    assert [source.count(package.path) for package in (lost, damaged, whole)] == [2, 2, 1]
    assert mirrored.get(damaged.path).content == damaged.data
    assert mirrored.listed() == {lost.filename, damaged.filename, whole.filename}
    assert "blobs" in tain(stack, "garbage").stdout


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
