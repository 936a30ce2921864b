"""Noted downloads -> the incumbent's report of them, piece by piece, however many there are."""

from collections.abc import AsyncIterator

import msgspec

from libs.common.domain.access.identity import Identity
from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, Finding, findings, score_of, status_of
from libs.common.domain.channel import Channel
from libs.common.domain.download import LONGEST_RANGE, Download, DownloadFilter
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.conda.versions import VERSION_ORDERS
from libs.common.ecosystems.registry import ecosystems
from libs.common.ecosystems.served import ArtifactPath
from libs.common.ports.blobs import read_all
from libs.common.reporting.as_csv import Cell, table_csv
from services.api.channel_files import WORDS
from services.api.guards import visible
from services.api.moments import read_end, read_moment
from services.api.ports import Ports
from services.api.report_access import sees_all
from services.api.report_schemas import DownloadedItem, DownloadsWish
from services.api.sync_state import timestamp

_FORMS = ("json", "csv")
_ROWS_AT_ONCE = 500
_NO_CHANNEL = ""
_COLUMNS = DownloadedItem.__struct_fields__


def read_wish(wish: DownloadsWish) -> DownloadFilter:
    """Read which downloads are wanted.

    Raises:
        InvalidInput: for what is no day, a range that is empty or longer than a year, another form than JSON or CSV.
    """
    if wish.download_as not in _FORMS:
        raise InvalidInput(f"download_as must be one of {', '.join(_FORMS)}", field="download_as")
    since = read_moment(wish.from_date, field="from_date")
    until = read_end(wish.to_date, field="to_date")
    if until <= since:
        raise InvalidInput("to_date must not be before from_date", field="to_date")
    if until - since > LONGEST_RANGE:
        raise InvalidInput("a report covers one year at most; ask for each year by itself", field="to_date")
    return DownloadFilter(since=since, until=until, users=wish.user_names or (), channels=wish.channel_names or ())


async def only_seen(wanted: DownloadFilter, identity: Identity, *, ports: Ports) -> DownloadFilter:
    """Return what is wanted of channels that somebody may see; who may look into all wants those that are gone, too."""
    if sees_all(identity):
        return wanted
    there: list[Channel] = []
    for channel in await ports.channels.list():
        there += [channel, *await ports.channels.list(parent=channel.key)]
    seen = frozenset(channel.key for channel in visible(identity, there))
    asked = frozenset(wanted.channels) & seen if wanted.channels else seen
    return msgspec.structs.replace(wanted, channels=tuple(sorted(asked)) or (_NO_CHANNEL,))


async def read_book(ports: Ports) -> AdvisoryBook:
    """Read what is known of vulnerabilities.

    Raises:
        NotFound: when it is lost.
        StoreUnavailable: when a store does not answer.
    """
    head = await ports.books.get()
    return EMPTY_BOOK if head is None else AdvisoryBook.decode(await read_all(ports.blobs, head.book))


async def as_json(wanted: DownloadFilter, *, book: AdvisoryBook, ports: Ports) -> AsyncIterator[bytes]:
    """Yield the report as JSON."""
    yield b'{"downloaded_items":['
    is_first = True
    async for items in _pages(wanted, book=book, ports=ports):
        yield (b"" if is_first else b",") + b",".join(map(msgspec.json.encode, items))
        is_first = False
    yield b"]}"


async def as_csv(wanted: DownloadFilter, *, book: AdvisoryBook, ports: Ports) -> AsyncIterator[bytes]:
    """Yield the report as CSV."""
    yield table_csv(_COLUMNS, ())
    async for items in _pages(wanted, book=book, ports=ports):
        yield table_csv((), map(_row, items)).partition(b"\r\n")[2]


async def _pages(wanted: DownloadFilter, *, book: AdvisoryBook, ports: Ports) -> AsyncIterator[list[DownloadedItem]]:
    known: dict[str, _Known] = {}
    page: list[DownloadedItem] = []
    async for download in ports.downloads.find(wanted):
        if download.ckey not in known:
            known[download.ckey] = _look_up(download.ckey, book)
        page.append(_item(download, known[download.ckey]))
        if len(page) >= _ROWS_AT_ONCE:
            yield page
            page = []
    if page:
        yield page


class _Known(msgspec.Struct, frozen=True):
    """What a file's name says, and what is known of it."""

    name: str | None
    version: str | None
    findings: tuple[Finding, ...] = ()


def _look_up(ckey: str, book: AdvisoryBook) -> _Known:
    for ecosystem in ecosystems():
        served = ecosystem.route(ckey)
        if not isinstance(served, ArtifactPath):
            continue
        name, filename = served.name, served.filename
        version = ecosystem.version_of(filename, name=name)
        if version is None:
            return _Known(name, None)
        matches = book.matches(WORDS[ecosystem.type], name)
        return _Known(name, version, findings(book, matches, version=version, filename=filename, orders=VERSION_ORDERS))
    return _Known(None, None)


def _item(download: Download, known: _Known) -> DownloadedItem:
    return DownloadedItem(
        channel_name=download.channel,
        ckey=download.ckey,
        name=known.name,
        version=known.version,
        user_name=download.user,
        downloaded_at=timestamp(download.at),
        count=download.count,
        cves=tuple(one.id for one in known.findings),
        cve_score=score_of(known.findings),
        cve_status=status_of(known.findings),
    )


def _row(item: DownloadedItem) -> list[Cell]:
    return [" ".join(value) if isinstance(value, tuple) else value for value in msgspec.structs.astuple(item)]
