"""`./tain cve list | show | files`: looking at CVEs."""

from argparse import ArgumentParser
from collections.abc import Iterable

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.cves.cve_client import CveClient
from libs.client.cves.wire import Affected, Curation, Cve, CveFile, CveItem

STATUSES = ("Reported", "Active", "Cleared", "Mitigated", "Disputed")
ECOSYSTEMS = ("conda", "python", "cran")

_LONGEST_WORDS = 100


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    search: str | None
    status: str | None
    min_score: float | None
    ecosystem: str | None
    limit: int
    offset: int
    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    cve: str
    json: bool


class FilesOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `files`."""

    cve: str
    limit: int
    offset: int
    json: bool


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    parser.add_argument("search", metavar="TEXT", nargs="?", help="part of an id, an alias or a package's name")
    parser.add_argument("--status", choices=STATUSES, help="Reported is whatever nobody has reviewed")
    parser.add_argument("--min-score", metavar="N", type=float, help="the lowest score to show, 0 to 10")
    parser.add_argument("--ecosystem", choices=ECOSYSTEMS, help="of whose packages")
    _add_page(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    parser.add_argument("cve", metavar="CVE", help="its id or an alias")
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def add_files_options(parser: ArgumentParser) -> None:
    """Offer the options of `files`."""
    parser.add_argument("cve", metavar="CVE", help="its id or an alias")
    _add_page(parser)


def list_cves(typed: ListOptions, client: CveClient) -> int:
    """Show CVEs in a table."""
    page = client.list(
        search=typed.search,
        status=typed.status,
        min_score=typed.min_score,
        ecosystem=typed.ecosystem,
        limit=typed.limit,
        offset=typed.offset,
    )
    if typed.json:
        print(msgspec.json.encode(page).decode())
    elif not page.items:
        print("No CVEs; ./tain cve import FILE takes in an archive of advisories." if not page.total_count else "")
    else:
        table_console().print(cves_table(page.items))
        print(_place(typed.offset, len(page.items), page.total_count))
    return 0


def show_cve(typed: ShowOptions, client: CveClient) -> int:
    """Show one CVE."""
    cve = client.show(typed.cve)
    if typed.json:
        print(msgspec.json.encode(cve).decode())
    else:
        print("\n".join(cve_lines(cve)))
    return 0


def list_files(typed: FilesOptions, client: CveClient) -> int:
    """Show the files that a CVE affects."""
    page = client.files(typed.cve, offset=typed.offset, limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(page).decode())
    elif not page.items:
        print(f"{typed.cve} affects no file that clients read now.")
    else:
        table_console().print(files_table(page.items))
        print(_place(typed.offset, len(page.items), page.total_count))
    return 0


def cves_table(cves: Iterable[CveItem]) -> Table:
    """Lay CVEs out, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("CVE", no_wrap=True)
    table.add_column("Score", justify="right")
    table.add_column("Status")
    table.add_column("Packages")
    table.add_column("Description")
    for cve in cves:
        words = " ".join(cve.description.split())
        table.add_row(
            cve.id,
            _score(cve.score),
            ", ".join(cve.statuses),
            escape(", ".join(cve.packages)),
            escape(words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"),
        )
    return table


def files_table(files: Iterable[CveFile]) -> Table:
    """Lay files out, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Channel", "File", "Score", "Status", "Matched by"):
        table.add_column(name, no_wrap=name == "File")
    for file in files:
        channel = "/".join(filter(None, (file.parent_channel_name, file.channel_name)))
        table.add_row(channel, escape(file.ckey), _score(file.cve_score), file.cve_status, file.confidence)
    return table


def cve_lines(cve: Cve) -> list[str]:
    """Return what people want to know of a CVE."""
    lines = [f"{cve.id}  {_score(cve.score)} {cve.severity or 'without a score'}", f"  {cve.summary}".rstrip()]
    if cve.aliases:
        lines.append(f"  also {', '.join(cve.aliases)}")
    if cve.published_at is not None:
        lines.append(f"  published {cve.published_at[:10]}")
    lines += ["", "Affected"] if cve.affected else []
    lines += [f"  {line}" for one in cve.affected for line in _affected(one)]
    lines += ["", "Status"]
    lines += [f"  {_curation(one)}" for one in cve.curations] or ["  Reported: nobody has reviewed it here"]
    lines += ["", "References"] if cve.references else []
    lines += [f"  {url}" for url in cve.references]
    return [line for place, line in enumerate(lines) if line or place]


def _affected(affected: Affected) -> list[str]:
    name = f"{affected.name} ({affected.ecosystem})"
    lines = [f"{name} {', '.join(_event(event) for event in events)}" for events in affected.ranges]
    if affected.versions:
        lines.append(f"{name} {', '.join(affected.versions)}")
    return lines


def _event(event: dict[str, str]) -> str:
    words = {"introduced": "from", "fixed": "before", "last_affected": "up to", "limit": "below"}
    return " ".join(
        "all versions" if (kind, at) == ("introduced", "0") else f"{words.get(kind, kind)} {at}"
        for kind, at in event.items()
    )


def _curation(one: Curation) -> str:
    files = f" {one.file}" if one.file is not None else ""
    who = f" (by {one.by}, {one.at[:10]})" if one.by is not None else f" ({one.at[:10]})"
    note = f": {one.note}" if one.note else ""
    return f"{one.status} in {one.package} ({one.ecosystem}){files}{who}{note}"


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.1f}"


def _place(offset: int, count: int, total: int) -> str:
    return f"{offset + 1:,} to {offset + count:,} of {total:,}"


def _add_page(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="how many at most (default: 50)")
    parser.add_argument("--offset", metavar="N", type=int, default=0, help="how many to leave out at the beginning")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of a table")
