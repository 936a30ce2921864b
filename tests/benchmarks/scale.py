"""One fetcher and four, one that joins and one that is killed, with a source that limits each connection.

The figure of interest is the ratio: with 2 MB/s a connection it is the number of
connections, and so of fetchers, that decides, unless the work is shared unevenly.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum
from pathlib import Path

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
    """Mirror 480 MB (120 MB where it must be quick) with one fetcher, with four, and with changes in the middle."""
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
    return [alone, *(_with_ratio(row, alone.seconds / row.seconds) for row in rows)]


def _packages(times: int) -> Sequence[Package]:
    return (
        *many_packages(200 * times, padding_bytes=25_000),
        *(a_package(f"middle-{number:03d}", padding_bytes=2_000_000) for number in range(15 * times)),
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
