"""`./tain mirror`: the main job in one command."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console

from libs.client.amounts import files, size
from libs.client.client import Client
from libs.client.client_lines import client_lines
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.errors import ClientError, CommandFailed, UsageFailed
from libs.client.follow import await_published, follow_run, quest_of, revision_number
from libs.client.progress import show_run
from libs.client.source import source_url, with_hint
from libs.client.wire import Channel, Mirror, MirrorWish
from libs.common.domain.source_url import mask_url
from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS

ABOUT = """\
Mirror SOURCE into a channel now, follow the run, and show how clients use the result.

SOURCE is a channel's URL, or a folder of this machine. The channel is made if there is
none. The mirror is made, or, if the channel has one of this name, edited: what you leave
out stays as it is. Passive mirrors (the default) fetch a file when a client first asks
for it, active ones fetch all files in the run. Ctrl-C leaves the run going."""

EXAMPLES = """\
  ./tain mirror https://conda.anaconda.org/bioconda --channel bio --subdir noarch,linux-64
  ./tain mirror https://conda.anaconda.org/conda-forge --channel forge --mode active \\
      --subdir linux-64 --spec 'python >=3.11' --spec numpy
  ./tain mirror /mnt/usb/channel --channel airgap/stage --mode active"""

DEFAULT_CRON = "0 0 1 * *"
_SHOWN_FAILURES = 10


class MirrorOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    source: str
    channel: str
    name: str | None
    type: str | None
    mode: str | None
    subdir: tuple[str, ...]
    spec: tuple[str, ...]
    exclude: tuple[str, ...]
    cron: str | None
    proxy: str | None
    upstream_removals: str | None
    policy: str | None
    privacy: str | None
    stop_on_interrupt: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `mirror`."""
    parser.add_argument("source", metavar="SOURCE", help="a channel's URL, or a folder of this machine")
    parser.add_argument("--channel", required=True, metavar="NAME[/SUB]", help="the channel to fill; made if missing")
    parser.add_argument("--name", metavar="MIRROR", help="the mirror's name (default: the channel's)")
    parser.add_argument("--type", choices=("conda", "python_simple", "CRAN"), help="what SOURCE is (default: conda)")
    parser.add_argument("--mode", choices=("passive", "active"), help="when files are fetched (default: passive)")
    parser.add_argument("--privacy", choices=("public", "authenticated", "private"), help="of a channel that is made")
    parser.add_argument("--cron", metavar="CRON", help=f"when it runs by itself, in UTC (default: '{DEFAULT_CRON}')")
    parser.add_argument("--proxy", metavar="URL", help="fetch through this proxy; '' for none")
    parser.add_argument(
        "--upstream-removals", choices=("follow", "keep"), help="what upstream removed goes or stays (default: follow)"
    )
    parser.add_argument("--policy", metavar="POLICY", help="the mirror's own policy; '' for the channel's")
    parser.add_argument("--stop-on-interrupt", action="store_true", help="Ctrl-C stops the run, too")
    chosen = parser.add_argument_group("what to mirror", "each may be repeated; --subdir also takes a,b")
    chosen.add_argument("--subdir", action="append", default=[], metavar="S", help="only these subdirs, and noarch")
    chosen.add_argument("--spec", action="append", default=[], metavar="SPEC", help="only what matches one of these")
    chosen.add_argument(
        "--exclude", action="append", default=[], metavar="SPEC", help="nothing that matches these (not with --spec)"
    )
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Make or edit the mirror, run it, and follow it until clients can read the result."""
    typed = msgspec.convert(vars(options), MirrorOptions)
    source = source_url(typed.source)
    console = Console(stderr=True)
    with connect(typed, os.environ) as client:
        made, channel = _channel(client, typed)
        name = typed.name or channel.key.replace("/", "-")
        before = client.mirror(channel.key, name)
        if before is not None:
            _refuse_other_source(before, source, typed)
        wish = _wish(typed, name=name, source=source, before=before)
        if unknown := [subdir for subdir in _split(typed.subdir) if subdir not in KNOWN_SUBDIRS]:
            console.print(
                f"conda knows no subdir {', '.join(unknown)}, only {', '.join(KNOWN_SUBDIRS)}; it is asked for yet",
                markup=False,
                highlight=False,
            )
        try:
            if before is None:
                answer = client.create_mirror(channel.key, wish)
            else:
                answer = client.edit_mirror(channel.key, before.mirror_id, wish)
        except ClientError as exc:
            for key in reversed(made):
                client.delete_channel(key)
            raise with_hint(exc, source) from exc
        for key in made:
            console.print(f"Made channel {key} ({channel.privacy})", markup=False, highlight=False)
        quest = quest_of(channel.key, before=before, answer=answer)
        try:
            ended = show_run(follow_run(client, quest), console)
            return _finish(client, channel, ended=ended, console=console)
        except KeyboardInterrupt:
            _leave(client, channel, answer, typed)
            raise


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)


def _channel(client: Client, typed: MirrorOptions) -> tuple[list[str], Channel]:
    """Return the channel, and the keys of what was made because it was missing: it, and its parent."""
    made: list[str] = []
    parent = typed.channel.rpartition("/")[0]
    found = client.channel(typed.channel)
    if found is not None:
        return made, found
    if parent and client.channel(parent) is None:
        made.append(client.create_channel(parent, privacy=typed.privacy).key)
    channel = client.create_channel(typed.channel, privacy=typed.privacy)
    return [*made, channel.key], channel


def _refuse_other_source(before: Mirror, source: str, typed: MirrorOptions) -> None:
    """Refuse to turn a mirror to another source unless it was named, for that may be a slip."""
    if typed.name is None and mask_url(source).rstrip("/") != before.source_root.rstrip("/"):
        raise UsageFailed(
            f"channel {typed.channel} has a mirror {before.mirror_name!r} of {before.source_root} already; "
            "write --name with another name for a second one, or with this name to change its source"
        )


def _wish(typed: MirrorOptions, *, name: str, source: str, before: Mirror | None) -> MirrorWish:
    """Put together what the mirror shall be; what was not typed stays, or takes its default."""
    proxy = typed.proxy if typed.proxy is not None else before.proxy if before else None
    return MirrorWish(
        mirror_name=name,
        source_root=source,
        mirror_type=typed.type or (before.mirror_type if before else "conda"),
        mirror_mode=typed.mode or (before.mirror_mode if before else "passive"),
        cron=typed.cron or (before.cron if before else DEFAULT_CRON),
        proxy=proxy or None,
        upstream_removals=typed.upstream_removals or (before.upstream_removals if before else None),
        policy=msgspec.UNSET if typed.policy is None else typed.policy or None,
        filters=_filters(typed, before.filters if before else {}),
        run_now=True,
    )


def _filters(typed: MirrorOptions, before: dict[str, Any]) -> dict[str, Any]:
    """Lay what was typed over the filters that are there."""
    if typed.spec and typed.exclude:
        raise UsageFailed("--spec stands alone; leave out --exclude")
    # One takes the place of the other, since a mirror can't have both.
    replaced = ("exclude_specs", "include_specs") if typed.spec else ("only_specs",) if typed.exclude else ()
    kept = {key: value for key, value in before.items() if key not in replaced}
    wanted = {"subdirs": _split(typed.subdir), "only_specs": typed.spec, "exclude_specs": typed.exclude}
    return {**kept, **{key: list(value) for key, value in wanted.items() if value}}


def _split(words: Sequence[str]) -> tuple[str, ...]:
    """Take lists apart that were written with commas."""
    return tuple(part.strip() for word in words for part in word.split(",") if part.strip())


def _finish(client: Client, channel: Channel, *, ended: Mirror, console: Console) -> int:
    """Say what the run brought and how to use it, once clients can read it; 1 for a run that did not complete."""
    _summarise(ended)
    if ended.state == "failed":
        raise CommandFailed(f"the run failed: {ended.sync_state.last_exception or 'no reason was given'}")
    with console.status("waiting for the index"):
        shown = await_published(
            client,
            channel.key,
            mirror_id=ended.mirror_id,
            catalogue_run=ended.catalogue_run or 0,
        )
    if shown is None:
        raise CommandFailed(f"channel {channel.key} was deleted meanwhile")
    if shown.is_frozen:
        print(f"Channel {shown.key} is frozen: clients keep reading revision {revision_number(shown)}.")
    elif not _is_shown(shown, ended):
        raise CommandFailed("the index was not published in time; is the indexer running? (its log tells more)")
    else:
        is_new = revision_number(shown) > revision_number(channel)
        print(f"{'Published' if is_new else 'Nothing new; clients read'} revision {revision_number(shown)}.")
    print()
    print(client_lines(client.url, channel=shown.key, mirror_type=ended.mirror_type, privacy=shown.privacy))
    return 0 if ended.state == "completed" else 1


def _is_shown(channel: Channel, mirror: Mirror) -> bool:
    """Tell whether clients read what the mirror holds; a mirror without a catalogue holds nothing."""
    shown = channel.revision.runs.get(mirror.mirror_id, 0) if channel.revision else 0
    return shown >= (mirror.catalogue_run or 0)


def _summarise(ended: Mirror) -> None:
    """Say in a few lines what the run did."""
    state, count = ended.sync_state, ended.sync_state.count
    parts = [f"{files(count.listed)} ({ended.mirror_mode})"]
    parts += [f"{size(state.bytes_transfered)} fetched"] if state.bytes_transfered else []
    parts += [f"{count.filtered:,} filtered"] if count.filtered else []
    parts += [f"{count.removed:,} removed"] if count.removed else []
    parts += [f"{count.failed:,} failed"] if count.failed else []
    print(f"Run {ended.run_number} of {ended.mirror_name} {ended.state}: {', '.join(parts)}")
    for failure in state.logs.failed[:_SHOWN_FAILURES]:
        print(f"  failed: {failure.ckey}: {failure.reason}")
    if count.failed > _SHOWN_FAILURES:
        print(f"  and {count.failed - _SHOWN_FAILURES:,} more")


def _leave(client: Client, channel: Channel, mirror: Mirror, typed: MirrorOptions) -> None:
    """On Ctrl-C say what goes on, or stop it where that was wished."""
    if typed.stop_on_interrupt:
        client.stop_mirror(channel.key, mirror.mirror_id)
        print(f"tain: stopping {mirror.mirror_name}; what was stored stays", file=sys.stderr)
        return
    print(
        f"tain: the run goes on; watch it with ./tain status, end it with: "
        f"./tain stop {channel.key} {mirror.mirror_name}",
        file=sys.stderr,
    )
