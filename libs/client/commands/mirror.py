"""`./tain mirror`: the main job in one command."""

import os
import sys
from argparse import ArgumentParser, Namespace

import msgspec
from rich.console import Console

from libs.client.amounts import files, size
from libs.client.client import Client
from libs.client.client_lines import client_lines
from libs.client.command import Command
from libs.client.connection import add_connection_options, connect
from libs.client.errors import ClientError, CommandFailed, UsageFailed
from libs.client.follow import await_published, follow_run, quest_of, revision_number
from libs.client.guess_type import guess_type
from libs.client.mirror_wish import DEFAULT_CRON, NAME_ENDS, TYPES, MirrorOptions, split, wish_for
from libs.client.progress import show_run
from libs.client.source import source_url, with_hint
from libs.client.wire import Channel, Mirror, MirrorWish
from libs.common.domain.source_url import mask_url
from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS

ABOUT = """\
Mirror SOURCE into a channel now, follow the run, and show how clients use the result.

SOURCE is the URL of a conda channel, a Python index (…/simple) or a repository of R
packages, or a folder of this machine; --type says which where its address does not. The
channel is made if there is none, and may have mirrors of all three types. The mirror is
made, or, if the channel has one of this name, edited: what you leave out stays as it is.
Passive mirrors (the default) fetch a file when a client first asks for it, active ones
fetch all files in the run. Ctrl-C leaves the run going."""

EXAMPLES = """\
  ./tain mirror https://conda.anaconda.org/bioconda --channel bio --subdir noarch,linux-64
  ./tain mirror https://conda.anaconda.org/conda-forge --channel forge --mode active \\
      --subdir linux-64 --spec 'python >=3.11' --spec numpy
  ./tain mirror /mnt/usb/channel --channel airgap/stage --mode active

  ./tain mirror https://index.example.org/simple --channel py
  ./tain mirror https://index.example.org/simple --channel py --mode active \\
      --project six --project 'types-*' --spec 'six >=1.16'
  ./tain mirror https://TOKEN:x-auth-token@tain.example.org/api/repo/py/simple --channel copy

  ./tain mirror https://cran.example.org --type CRAN --channel r
  ./tain mirror https://cran.example.org --type CRAN --channel r \\
      --subdir windows/4.5,macosx/big-sur-arm64/4.5 --spec 'dplyr >=1.1'"""

_SHOWN_FAILURES = 10


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `mirror`."""
    parser.add_argument("source", metavar="SOURCE", help="the URL of a channel, index or repository, or a local folder")
    parser.add_argument("--channel", required=True, metavar="NAME[/SUB]", help="the channel to fill; made if missing")
    parser.add_argument("--name", metavar="MIRROR", help="the mirror's name (default: the channel's)")
    parser.add_argument("--type", choices=TYPES, help="what SOURCE is (default: what its address tells, else conda)")
    parser.add_argument("--mode", choices=("passive", "active"), help="when files are fetched (default: passive)")
    parser.add_argument("--privacy", choices=("public", "authenticated", "private"), help="of a channel that is made")
    parser.add_argument("--cron", metavar="CRON", help=f"when it runs by itself, in UTC (default: '{DEFAULT_CRON}')")
    parser.add_argument("--proxy", metavar="URL", help="fetch through this proxy; '' for none")
    parser.add_argument(
        "--upstream-removals", choices=("follow", "keep"), help="what upstream removed goes or stays (default: follow)"
    )
    parser.add_argument("--policy", metavar="POLICY", help="the mirror's own policy; '' for the channel's")
    parser.add_argument("--stop-on-interrupt", action="store_true", help="Ctrl-C stops the run, too")
    chosen = parser.add_argument_group("what to mirror", "each may be repeated; --subdir and --project also take a,b")
    chosen.add_argument(
        "--subdir",
        action="append",
        default=[],
        metavar="S",
        help="only these subdirs, and noarch; of R packages these folders of binaries, too, as windows/4.5",
    )
    chosen.add_argument(
        "--project", action="append", default=[], metavar="NAME", help="only these Python projects; may have * in it"
    )
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
    guess = guess_type(source) if typed.type is None else None
    with connect(typed, os.environ) as client:
        made, channel = _channel(client, typed)
        name, before = _place(client, channel, typed, type_=typed.type or (guess.type if guess else None))
        if before is not None:
            _refuse_other_source(before, source, typed)
        wish = wish_for(typed, name=name, source=source, guess=guess, before=before)
        if before is None and guess is not None:
            console.print(
                f"Mirrors {guess.what}, since {guess.reason}; --type says otherwise", markup=False, highlight=False
            )
        _doubt_subdirs(wish, typed, console)
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


def _place(client: Client, channel: Channel, typed: MirrorOptions, *, type_: str | None) -> tuple[str, Mirror | None]:
    """Return the mirror's name, and the mirror where there is one; the first of a channel has the channel's name."""
    plain = typed.name or channel.key.replace("/", "-")
    before = client.mirror(channel.key, plain)
    if typed.name is not None or before is None or type_ is None or type_ == before.mirror_type:
        return plain, before
    name = f"{plain}-{NAME_ENDS[type_]}"
    return name, client.mirror(channel.key, name)


def _doubt_subdirs(wish: MirrorWish, typed: MirrorOptions, console: Console) -> None:
    """Say which of the subdirs conda does not know; somebody may serve them all the same."""
    if wish.mirror_type != "conda":
        return
    if unknown := [subdir for subdir in split(typed.subdir) if subdir not in KNOWN_SUBDIRS]:
        console.print(
            f"conda knows no subdir {', '.join(unknown)}, only {', '.join(KNOWN_SUBDIRS)}; it is asked for yet",
            markup=False,
            highlight=False,
        )


def _refuse_other_source(before: Mirror, source: str, typed: MirrorOptions) -> None:
    """Refuse to turn a mirror to another source unless it was named, for that may be a slip."""
    if typed.name is None and mask_url(source).rstrip("/") != before.source_root.rstrip("/"):
        raise UsageFailed(
            f"channel {typed.channel} has a mirror {before.mirror_name!r} of {before.source_root} already; "
            "write --name with another name for a second one, or with this name to change its source"
        )


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
    parts += [f"{count.unread:,} projects to be read when first asked for"] if count.unread else []
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
