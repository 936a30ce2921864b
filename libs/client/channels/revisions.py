"""`./tain channel revisions | changes | rollback`: what was published, what changed, and going back."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.amounts import files, packages, size
from libs.client.channels.look import add_channel, add_json
from libs.client.channels.revision_client import RevisionClient
from libs.client.channels.wire import Amount, Cause, PackageChange, PackagesChanged, Reason, Revision, Summary
from libs.client.client import Client
from libs.client.command import page_size
from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import CommandFailed

_LIMIT = 20
_SIGNS = {"added": "+", "removed": "-", "replaced": "~", "changed": "~"}
_CAUSES = {
    "run": "run {run} of {mirror}",
    "decided_again": "other rules for {mirror}",
    "uploads": "uploads",
    "mirror_gone": "a mirror was deleted",
    "order": "another order of mirrors",
    "rendered_again": "rendered again",
}


class RevisionsOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `revisions`."""

    channel: str
    limit: int
    json: bool


class ChangesOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `changes`."""

    channel: str
    revision: int
    against: int | None
    search: str | None
    json: bool


class RollbackOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `rollback`."""

    channel: str
    to: int
    preview: bool
    json: bool


def add_revisions_options(parser: ArgumentParser) -> None:
    """Offer the options of `revisions`."""
    add_channel(parser)
    parser.add_argument("--limit", metavar="N", type=page_size, default=_LIMIT, help=f"how many at most ({_LIMIT})")
    add_json(parser)


def add_changes_options(parser: ArgumentParser) -> None:
    """Offer the options of `changes`."""
    add_channel(parser)
    parser.add_argument("revision", metavar="N", type=int, help="the number of a revision")
    parser.add_argument("--against", metavar="M", type=int, help="another one; the one before where it is left out")
    parser.add_argument("--search", metavar="TEXT", help="only packages with this in their name")
    add_json(parser)


def add_rollback_options(parser: ArgumentParser) -> None:
    """Offer the options of `rollback`."""
    add_channel(parser)
    parser.add_argument("--to", metavar="N", type=int, required=True, help="the revision that clients shall read again")
    parser.add_argument("--preview", action="store_true", help="only show what would come and go")
    add_json(parser)


def list_revisions(typed: RevisionsOptions, client: Client) -> int:
    """Show what was published of a channel, newest first."""
    page = RevisionClient(client).list(typed.channel, offset=0, limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(page).decode())
    elif not page.items:
        print(f"Nothing of {typed.channel} was published yet.")
    else:
        table_console().print(revisions_table(page.items))
        left = page.total_count - len(page.items)
        if left:
            print(f"and {left:,} older; --limit shows more")
    return 0


def show_changes(typed: ChangesOptions, client: Client) -> int:
    """Show which packages and files differ between two revisions."""
    pages = RevisionClient(client).changes(typed.channel, typed.revision, against=typed.against, text=typed.search)
    for page in pages:
        if typed.json:
            print(msgspec.json.encode(page).decode())
            continue
        if page.summary is not None:
            what = f"revision {page.against}" if page.against is not None else "nothing"
            print(f"revision {page.revision} against {what}")
            print("\n".join(lines_of(page.summary)))
        for package in page.items:
            print("\n".join(_lines_of_package(package)))
    return 0


def roll_back(typed: RollbackOptions, client: Client) -> int:
    """Let clients read an older revision again, or only show what that would change."""
    revisions = RevisionClient(client)
    newest = revisions.list(typed.channel, offset=0, limit=1).items
    if not newest:
        raise CommandFailed(f"nothing of {typed.channel} was published yet; there is nothing to roll back to")
    first = next(iter(revisions.changes(typed.channel, typed.to, against=newest[0].number, text=None)))
    if typed.preview:
        summary = first.summary
        print(msgspec.json.encode(first).decode() if typed.json else "\n".join(_preview_lines(typed, summary)))
        return 0
    rolled_back = revisions.roll_back(typed.channel, typed.to)
    if typed.json:
        print(msgspec.json.encode(rolled_back).decode())
        return 0
    print(f"{typed.channel} shows what revision {rolled_back.rolled_back_to} had, as revision {rolled_back.revision}.")
    if first.summary is not None:
        print("\n".join(lines_of(first.summary)))
    print(f"It is frozen: what comes in waits until ./tain channel unfreeze {typed.channel}")
    return 0


def revisions_table(revisions: Iterable[Revision]) -> Table:
    """Lay it out, a line per revision."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Revision", "Published", "Packages", "Changed", "Files", "Size", "Why"):
        table.add_column(heading, overflow="fold")
    for revision in revisions:
        count = f"{revision.package_count:,}" if revision.package_count is not None else "-"
        number = f"{revision.number} (now)" if revision.is_current else str(revision.number)
        table.add_row(
            number,
            revision.published_at[:19].replace("T", " "),
            count,
            _changed(revision.packages),
            f"{revision.artifact_count:,}",
            size(revision.size_bytes),
            escape(why(revision.by)),
        )
    return table


def why(reason: Reason) -> str:
    """Say in words why a revision was made."""
    if reason.rolled_back_to is not None:
        return f"{reason.user or 'somebody'} rolled back to {reason.rolled_back_to}"
    return ", ".join(map(_cause, reason.causes)) or "-"


def lines_of(summary: Summary) -> Iterator[str]:
    """Say in words what differs, a line per fact."""
    counts = summary.packages
    yield f"packages: {counts.added:,} added, {counts.removed:,} removed, {counts.changed:,} changed"
    yield (
        f"files: {_amount(summary.added)} added, {_amount(summary.removed)} removed, "
        f"{_amount(summary.replaced)} replaced"
    )
    if summary.unread:
        yield f"of {packages(summary.unread)} nobody knows the files: they are read when a client asks"
    if summary.removed_by_hand:
        yield f"warning: {files(summary.removed_by_hand)} were taken out by hand since"


def _preview_lines(typed: RollbackOptions, summary: Summary | None) -> Iterator[str]:
    yield f"Rolling {typed.channel} back to revision {typed.to} would change what clients read:"
    if summary is not None:
        yield from lines_of(summary)
    yield "and freeze the channel. Leave out --preview to do it."


def _lines_of_package(package: PackageChange) -> Iterator[str]:
    told = "" if package.files else ", nobody has read it" if package.is_unread else ", as its source tells of it"
    yield f"{_SIGNS.get(package.change, '?')} {package.name} ({package.family}{told})"
    for file in package.files:
        note = ", taken out by hand since" if file.is_removed_by_hand else ""
        amount = f" ({size(file.size_bytes)}{note})" if file.size_bytes is not None else ""
        yield f"    {_SIGNS.get(file.change, '?')} {file.ckey}{amount}"


def _changed(counts: PackagesChanged | None) -> str:
    return "-" if counts is None else f"+{counts.added:,} -{counts.removed:,} ~{counts.changed:,}"


def _amount(amount: Amount) -> str:
    return f"{amount.files:,} ({size(amount.size_bytes)})" if amount.files else "0"


def _cause(cause: Cause) -> str:
    words = _CAUSES.get(cause.kind, cause.kind)
    return words.format(run=cause.run, mirror=cause.mirror or "a mirror")
