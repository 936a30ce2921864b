"""`./tain packages list | search | files | removals`: looking at packages."""

from argparse import ArgumentParser
from collections.abc import Iterable

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.amounts import size
from libs.client.command import count, page_size
from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.packages.package_client import PackageClient
from libs.client.packages.wire import Package, PackageFile, Removal

_LIMIT = 50
FAMILIES = ("conda", "python", "cran", "notebook", "anaconda_env", "anaconda_project", "gra")


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    channel: str
    limit: int
    offset: int
    json: bool


class SearchOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `search`."""

    text: str
    limit: int
    json: bool


class FilesOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `files`."""

    channel: str
    name: str
    family: str
    json: bool


class RemovalsOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `removals`."""

    channel: str
    json: bool


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")
    _add_limit(parser)
    parser.add_argument("--offset", metavar="N", type=count, default=0, help="leave out the first N")
    add_json(parser)


def add_search_options(parser: ArgumentParser) -> None:
    """Offer the options of `search`."""
    parser.add_argument("text", metavar="TEXT", help="a part of a package's name")
    _add_limit(parser)
    add_json(parser)


def add_files_options(parser: ArgumentParser) -> None:
    """Offer the options of `files`."""
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")
    parser.add_argument("name", metavar="PACKAGE", help="a package's name")
    add_family(parser)
    add_json(parser)


def add_removals_options(parser: ArgumentParser) -> None:
    """Offer the options of `removals`."""
    parser.add_argument("channel", metavar="CHANNEL", help="a channel or subchannel")
    add_json(parser)


def add_family(parser: ArgumentParser) -> None:
    """Offer the choice of an ecosystem."""
    parser.add_argument("--family", choices=FAMILIES, default="conda", help="whose package it is (default: conda)")


def add_json(parser: ArgumentParser) -> None:
    """Offer machine-readable output."""
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def list_packages(typed: ListOptions, client: PackageClient) -> int:
    """Show some of a channel's packages in a table."""
    page = client.list(typed.channel, offset=typed.offset, limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(page).decode())
        return 0
    if not page.total_count:
        print(f"{typed.channel} has no packages.")
        return 0
    table_console().print(packages_table(page.items))
    left = page.total_count - typed.offset - len(page.items)
    if left > 0:
        print(f"and {left} more; --offset and --limit show them")
    return 0


def search_packages(typed: SearchOptions, client: PackageClient) -> int:
    """Show packages of all channels in a table."""
    page = client.search(typed.text, limit=typed.limit)
    if typed.json:
        print(msgspec.json.encode(page).decode())
    elif not page.items:
        print(f"No channel that you may see has a package like {typed.text!r}.")
    else:
        table_console().print(packages_table(page.items))
    return 0


def list_files(typed: FilesOptions, client: PackageClient) -> int:
    """Show the files of a package in a table."""
    files = client.files(typed.channel, typed.family, typed.name)
    if typed.json:
        print(msgspec.json.encode(files).decode())
    elif not files:
        print(f"{typed.channel} has no package {typed.name} of the family {typed.family}.")
    else:
        table_console().print(files_table(files))
    return 0


def list_removals(typed: RemovalsOptions, client: PackageClient) -> int:
    """Show what was taken out of a channel by hand."""
    removals = client.removals(typed.channel)
    if typed.json:
        print(msgspec.json.encode(removals).decode())
    elif not removals:
        print(f"Nothing was taken out of {typed.channel} by hand.")
    else:
        table_console().print(removals_table(removals))
    return 0


def packages_table(packages: Iterable[Package]) -> Table:
    """Lay it out, a line per package."""
    table = _table("Package", "Version", "Family", "Channel", "Files", "Downloads")
    for package in packages:
        version = str(package.metadata.get("version") or "-")
        table.add_row(
            escape(package.name),
            escape(version),
            package.family,
            escape(package.key),
            str(package.file_count),
            str(package.download_count),
        )
    return table


def files_table(files: Iterable[PackageFile]) -> Table:
    """Lay it out, a line per file."""
    table = _table("File", "Size", "State")
    for file in files:
        table.add_row(escape(file.ckey), size(file.size) if file.size is not None else "-", file.state)
    return table


def removals_table(removals: Iterable[Removal]) -> Table:
    """Lay it out, a line per removal."""
    table = _table("Taken out", "By", "On", "Id")
    for removal in removals:
        what = removal.ckey or f"all of {removal.name}"
        table.add_row(escape(what), escape(removal.by or "-"), (removal.at or "-")[:10], escape(removal.id))
    return table


def _add_limit(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", metavar="N", type=page_size, default=_LIMIT, help=f"how many (default {_LIMIT})")


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
