"""Many small packages through the real stack, beside what peers do with the same files."""

import shutil
import tempfile
import time
from pathlib import Path

from tests.benchmarks.channel_folder import write_channel
from tests.benchmarks.measure import Row, rows_of
from tests.benchmarks.peers import BENCHMARK, Durability
from tests.support.mirrored import mirror
from tests.support.packages import Package, many_packages
from tests.support.stack import running_stack
from tests.support.static_server import serve_folder

_SIZE_BYTES = 20_000


def measure(*, quick: bool) -> list[Row]:
    """Mirror 2,000 packages of 20 kB (200 where it must be quick) and let the peers do their part."""
    packages = many_packages(200 if quick else 2_000, padding_bytes=_SIZE_BYTES)
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
        folder = Path(name)
        write_channel(packages, folder / "channel")
        with serve_folder(folder / "channel") as url:
            rows = [_tain(packages, url, folder / "stack")]
            for durability in Durability:
                target = folder / durability
                target.mkdir()
                rows += rows_of("peers", durability, url, str(target))
        only_packages = folder / "indexed" / "noarch"
        only_packages.mkdir(parents=True)
        for package in packages:
            shutil.copy(folder / "channel" / package.path, only_packages)
        return rows + rows_of("peers", "index", str(only_packages.parent))


def _tain(packages: tuple[Package, ...], url: str, folder: Path) -> Row:
    folder.mkdir()
    with running_stack(folder) as stack:
        began = time.perf_counter()
        mirrored = mirror(stack, "bench", url, mode="active", filters={"subdirs": ["noarch"]})
        seconds = time.perf_counter() - began
        stored = mirrored.count()["active"]
    return Row(
        benchmark=BENCHMARK,
        who="Tain, one fetcher",
        step="read, decide, fetch, verify, store with fsync, render, publish",
        seconds=seconds,
        items=stored,
        unit="files",
        size_bytes=sum(len(package.data) for package in packages),
    )
