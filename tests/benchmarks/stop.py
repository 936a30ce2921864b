"""From the request to `stopped` with four fetchers in the middle of large files, and what a restart fetches again."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.channel_folder import write_channel
from tests.benchmarks.measure import Row
from tests.support.eventually import eventually
from tests.support.metered_source import MeteredSource, Sent, metered_source
from tests.support.packages import Package, a_package, many_packages
from tests.support.stack import Stack, running_stack

_BENCHMARK = "stop"
_FETCHERS = 4
_BYTES_PER_S = 200_000
_LARGE_BYTES = 40_000_000
_WITHIN_S = 60


def measure(*, quick: bool) -> list[Row]:
    """Stop and start again 40 times (5 where it must be quick)."""
    packages = (
        *many_packages(40, padding_bytes=20_000),
        *(a_package(f"large-{number:02d}", padding_bytes=_LARGE_BYTES) for number in range(8)),
    )
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
        folder = Path(name)
        write_channel(packages, folder / "channel")
        with (
            metered_source(folder / "channel", bytes_per_s=_BYTES_PER_S) as source,
            _stack(folder / "stack") as stack,
        ):
            return _stop_often(stack, source, packages, times=5 if quick else 40)


@contextmanager
def _stack(folder: Path) -> Iterator[Stack]:
    folder.mkdir()
    with running_stack(folder, fetchers=_FETCHERS) as stack:
        yield stack


def _stop_often(stack: Stack, source: MeteredSource, packages: Sequence[Package], *, times: int) -> list[Row]:
    stack.api.create_channel("bench")
    mirror_id = stack.api.create_mirror("bench", source.url, mode="active", run_now=False)
    large = [package.path for package in packages if len(package.data) >= _LARGE_BYTES]
    took_s: list[float] = []
    finished: dict[str, int] = {}
    for number in range(1, times + 1):
        before = source.sent()
        stack.api.run_now("bench", mirror_id)
        _wait_for(source, large, before)
        began = time.perf_counter()
        stack.api.stop("bench", mirror_id)
        stack.api.wait_for_state("bench", mirror_id, "stopped", within_s=_WITHIN_S)
        took_s.append(time.perf_counter() - began)
        stack.wait_for_run("bench", mirror_id, number=number)
        finished = {path: sent.size_bytes for path, sent in _finished(stack, source, packages).items()} | finished
    sent = source.sent()
    again_bytes = sum(sent[path].size_bytes - size_bytes for path, size_bytes in finished.items())
    return [
        *(
            _row(f"request to stopped, {name}", seconds=seconds, note=f"of {times} stops")
            for name, seconds in _spread(took_s)
        ),
        _row(f"finished files fetched again: {again_bytes:,} bytes", note=f"{len(finished)} files"),
        _row(
            f"large files fetched again: {sum(sent[path].again_bytes for path in large):,} bytes",
            note=f"of {sum(sent[path].size_bytes for path in large):,}, {len(large)} files",
        ),
    ]


def _wait_for(source: MeteredSource, paths: Sequence[str], before: dict[str, Sent]) -> None:
    """Return once bytes of all these files came in since."""

    def are_coming() -> bool:
        now = source.sent()
        return all(path in now and now[path] != before.get(path) for path in paths)

    eventually(are_coming, within_s=_WITHIN_S, what="all large files to come in")


def _finished(stack: Stack, source: MeteredSource, packages: Sequence[Package]) -> dict[str, Sent]:
    """Return the files that are stored, and what was sent of them by now."""
    blobs = stack.folder / "data" / "blobs" / "sha256"
    sent = source.sent()
    return {
        package.path: sent[package.path]
        for package in packages
        if (blobs / package.sha256[:2] / package.sha256[2:]).exists()
    }


def _spread(seconds: Sequence[float]) -> list[tuple[str, float]]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return [("p50", cuts[49]), ("p99", cuts[98]), ("longest", max(seconds))]


def _row(step: str, *, seconds: float = 0.0, note: str) -> Row:
    return Row(benchmark=_BENCHMARK, who=f"Tain, {_FETCHERS} fetchers", step=step, seconds=seconds, note=note)
