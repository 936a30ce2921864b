"""`./tain packages copy | move | remove | restore`: changing what channels have."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Literal

import msgspec
from rich.console import Console
from rich.progress import Progress

from libs.client.amounts import files
from libs.client.connection import ConnectionOptions
from libs.client.errors import CommandFailed, UsageFailed
from libs.client.packages.look import add_family, add_json
from libs.client.packages.package_client import PackageClient
from libs.client.packages.wire import BulkItem, BulkJob, BulkWish
from libs.client.patience import patiently

_PAUSE_S = 0.3
_MOST_NAMED = 5
_DONE = {"copy": "Copied", "move": "Moved", "delete": "Removed"}


class MoveOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `copy` or `move`."""

    channel: str
    packages: tuple[str, ...]
    to: str
    family: str
    json: bool


class RemoveOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `remove`."""

    channel: str
    packages: tuple[str, ...]
    family: str
    json: bool


class RestoreOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `restore`."""

    channel: str
    things: tuple[str, ...]


def add_move_options(parser: ArgumentParser) -> None:
    """Offer the options of `copy` and `move`."""
    _add_packages(parser)
    parser.add_argument("--to", metavar="CHANNEL", required=True, help="the channel or subchannel that gets them")
    add_family(parser)
    add_json(parser)


def add_remove_options(parser: ArgumentParser) -> None:
    """Offer the options of `remove`."""
    _add_packages(parser)
    add_family(parser)
    add_json(parser)


def add_restore_options(parser: ArgumentParser) -> None:
    """Offer the options of `restore`."""
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")
    parser.add_argument("things", metavar="WHAT", nargs="+", help="packages, paths of files, or ids of removals")


def copy_packages(typed: MoveOptions, client: PackageClient) -> int:
    """Put packages into another channel as well."""
    return _do("copy", typed, client, to=typed.to)


def move_packages(typed: MoveOptions, client: PackageClient) -> int:
    """Put packages into another channel instead."""
    return _do("move", typed, client, to=typed.to)


def remove_packages(typed: RemoveOptions, client: PackageClient) -> int:
    """Take packages out of a channel; what a mirror brings stays out until it is restored."""
    return _do("delete", typed, client)


def restore_packages(typed: RestoreOptions, client: PackageClient) -> int:
    """Let in again what was taken out."""
    removals = client.removals(typed.channel)
    for thing in typed.things:
        found = [it for it in removals if thing in (it.id, it.ckey) or (it.ckey is None and it.name == thing)]
        if not found:
            raise CommandFailed(
                f"{thing!r} was not taken out of {typed.channel}; "
                f"./tain packages removals {typed.channel} shows what was"
            )
        for removal in found:
            client.restore(typed.channel, removal.id)
            print(f"{removal.ckey or removal.name} is let in again.")
    return 0


def follow_job(
    channel: str, job_id: str, client: PackageClient, *, sleep: Callable[[float], None] = time.sleep
) -> BulkJob:
    """Look on until a job has ended, and show how far it is."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("files", total=None)
        while True:
            job = patiently(lambda: client.job(channel, job_id), sleep=sleep)
            progress.update(task, total=job.total or None, completed=job.done)
            if job.status in ("done", "failed"):
                return job
            sleep(_PAUSE_S)


def _do(
    action: Literal["copy", "move", "delete"],
    typed: MoveOptions | RemoveOptions,
    client: PackageClient,
    *,
    to: str | None = None,
) -> int:
    target, _, below = (to or "").partition("/")
    wish = BulkWish(
        action=action,
        items=tuple(_item(text, typed.family) for text in typed.packages),
        target_channel=target or None,
        target_subchannel=below or None,
    )
    job = follow_job(typed.channel, client.do(typed.channel, wish), client)
    if typed.json:
        print(msgspec.json.encode(job).decode())
    else:
        _tell(job, f"{_DONE[action]} {_named(typed.packages)} {f'to {to}' if to else f'from {typed.channel}'}")
    return 1 if job.failed or job.status == "failed" else 0


def _tell(job: BulkJob, done: str) -> None:
    for failure in job.failures:
        print(f"tain: {failure.ckey or '?'}: {failure.reason}", file=sys.stderr)
    if job.failed > len(job.failures):
        print(f"tain: and {files(job.failed - len(job.failures))} more", file=sys.stderr)
    if job.status == "failed":
        print(f"tain: {job.reason or 'the job failed'}; {job.done} of {job.total} were done", file=sys.stderr)
    else:
        print(f"{done}, but for {files(job.failed)}." if job.failed else f"{done}.")


def _named(packages: tuple[str, ...]) -> str:
    names = [text.partition("::")[2] or text for text in packages]
    return ", ".join(names) if len(names) <= _MOST_NAMED else f"{len(names):,} packages and files"


def _item(text: str, family: str) -> BulkItem:
    """Read `PACKAGE`, or `PACKAGE::PATH` for one file of it."""
    name, _, ckey = text.partition("::")
    if not name:
        raise UsageFailed(f"{text!r} names no package; write PACKAGE, or PACKAGE::PATH for one file")
    return BulkItem(name=name, family=family, ckey=ckey or None)


def _add_packages(parser: ArgumentParser) -> None:
    parser.add_argument("channel", metavar="CHANNEL", help="the channel or subchannel that has them")
    parser.add_argument(
        "packages", metavar="PACKAGE[::PATH]", nargs="+", help="whole packages, or single files by their paths"
    )
