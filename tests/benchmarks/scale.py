"""One fetcher and four, one that joins and one that is killed, with a source that limits each connection.

The figure of interest is the ratio: with 2 MB/s a connection it is the number of
connections, and so of fetchers, that decides, unless the work is shared unevenly.
"""

import asyncio
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum
from pathlib import Path

import aiohttp
import msgspec

from tests.benchmarks.channel_folder import write_channel
from tests.benchmarks.measure import Row
from tests.support.eventually import eventually
from tests.support.fetchers import more_fetchers
from tests.support.metered_source import metered_source
from tests.support.packages import Package, a_package, many_packages
from tests.support.stack import Stack, running_stack

_BENCHMARK = "scale"
_BYTES_PER_S = 2_000_000
_FILES_AT_ONCE = 4
_WITHIN_S = 600


class Change(Enum):
    """What happens once half of the files are stored."""

    NONE = "all the time"
    THREE_JOIN = "and 3 more from the middle on"
    ONE_IS_KILLED = "one of them killed in the middle"


def measure(*, quick: bool) -> list[Row]:
    """Mirror 670 MB (170 MB where it must be quick) with one fetcher, with four, and with changes in the middle.

    The peer shares the files among as many connections as four fetchers have, in one
    process and without verifying or storing them: what this source can give at best.
    """
    packages = _packages(1 if quick else 4)
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
        folder = Path(name)
        write_channel(packages, folder / "channel")
        with metered_source(folder / "channel", bytes_per_s=_BYTES_PER_S) as source:
            alone = _mirror(packages, source.url, folder / "alone", fetchers=1)
            rows = [
                _mirror(packages, source.url, folder / f"{fetchers}-{change.name}", fetchers=fetchers, change=change)
                for fetchers, change in ((4, Change.NONE), (1, Change.THREE_JOIN), (4, Change.ONE_IS_KILLED))
            ]
            peer = _plain(packages, source.url)
    return [alone, *(_with_ratio(row, alone.seconds / row.seconds) for row in (*rows, peer))]


def _plain(packages: Sequence[Package], url: str) -> Row:
    seconds = asyncio.run(_download([f"{url}/{package.path}" for package in _large_first(packages)]))
    return Row(
        benchmark=_BENCHMARK,
        who=f"aiohttp, {4 * _FILES_AT_ONCE} connections",
        step="download, nothing else",
        seconds=seconds,
        items=len(packages),
        unit="files",
        size_bytes=sum(len(package.data) for package in packages),
    )


async def _download(urls: Sequence[str]) -> float:
    left = deque(urls)

    async def work(session: aiohttp.ClientSession) -> None:
        while left:
            async with session.get(left.popleft()) as answer:
                async for _ in answer.content.iter_any():
                    pass

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(4 * _FILES_AT_ONCE)))
        return time.perf_counter() - began


def _large_first(packages: Sequence[Package]) -> Sequence[Package]:
    return sorted(packages, key=lambda package: -len(package.data))


def _packages(times: int) -> Sequence[Package]:
    return (
        *many_packages(100 * times, padding_bytes=25_000),
        *(a_package(f"middle-{number:03d}", padding_bytes=2_000_000) for number in range(40 * times)),
        *(a_package(f"large-{number:03d}", padding_bytes=8_400_000) for number in range(10 * times)),
    )


def _mirror(packages: Sequence[Package], url: str, folder: Path, *, fetchers: int, change: Change = Change.NONE) -> Row:
    folder.mkdir()
    settings = {"TAIN_FILES_AT_ONCE": str(_FILES_AT_ONCE)}
    with running_stack(folder, settings=settings) as stack, ExitStack() as exits:
        others = exits.enter_context(more_fetchers(stack, fetchers - 1, settings=settings))
        began = time.perf_counter()
        stack.api.create_channel("bench")
        mirror_id = stack.api.create_mirror("bench", url, mode="active", filters={"subdirs": ["noarch"]})
        if change is not Change.NONE:
            _wait_for_half(stack, mirror_id, sum(len(package.data) for package in packages))
        if change is Change.THREE_JOIN:
            exits.enter_context(more_fetchers(stack, 3, settings=settings))
        if change is Change.ONE_IS_KILLED:
            others[0].kill()
        state = stack.wait_for_run("bench", mirror_id, within_s=_WITHIN_S)
        seconds = time.perf_counter() - began
        count = stack.api.mirror("bench", mirror_id)["sync_state"]["count"]
    if state != "completed" or count["active"] != len(packages):
        raise RuntimeError(f"the run ended {state} with {count}")
    return Row(
        benchmark=_BENCHMARK,
        who=f"Tain, {fetchers} fetcher{'s' if fetchers > 1 else ''}",
        step=change.value,
        seconds=seconds,
        items=len(packages),
        unit="files",
        size_bytes=sum(len(package.data) for package in packages),
    )


def _wait_for_half(stack: Stack, mirror_id: str, size_bytes: int) -> None:
    eventually(
        lambda: stack.api.mirror("bench", mirror_id)["sync_state"]["bytes_transfered"] * 2 >= size_bytes,
        within_s=_WITHIN_S,
        what="half of the bytes",
    )


def _with_ratio(row: Row, ratio: float) -> Row:
    return msgspec.structs.replace(row, note=f"{ratio:.2f} times as fast as one")
