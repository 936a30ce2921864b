"""The solver's own process: an order on stdin, a solution a line on stdout, in the order of the asks.

py-rattler can abort the interpreter when it ends, so this leaves without its clean-up. A
solver that never ends, or takes all memory, takes nobody else along.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from rattler import (
    BuildString,
    Channel,
    GenericVirtualPackage,
    PackageName,
    RepoDataRecord,
    SparseRepoData,
    Version,
    solve_with_sparse_repodata,
)
from rattler.exceptions import SolverError

from libs.common.solving.order import Ask, Solution, SolvedFile, SolveOrder
from libs.common.solving.plain_words import reasons_of
from libs.common.solving.platforms import virtual_packages

_CHANNEL = "file:///channel"
_NOARCH = "noarch"
_CANCELLED = "cancelled"
"""In the solver's words, that its time was over."""


async def solve_one(ask: Ask, repodata: Mapping[str, SparseRepoData], *, time_limit_s: float) -> Solution:
    """Solve one environment on its platform's files and those of noarch."""
    try:
        records = await solve_with_sparse_repodata(
            list(ask.specs),
            [repodata[subdir] for subdir in dict.fromkeys((ask.platform, _NOARCH)) if subdir in repodata],
            virtual_packages=[
                GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))
                for name, (version, build) in virtual_packages(ask.platform).items()
            ],
            timeout=timedelta(seconds=time_limit_s),
        )
    except SolverError as exc:
        is_unknown = _CANCELLED in str(exc).lower()
        return Solution(platform=ask.platform, is_possible=False, is_unknown=is_unknown, reasons=reasons_of(str(exc)))
    except Exception as exc:  # noqa: BLE001 - whatever the library makes of strange records is an answer, too
        return Solution(platform=ask.platform, is_possible=False, is_unknown=True, reasons=(_first_line(exc),))
    files = sorted(map(_solved, records), key=lambda file: file.name)
    return Solution(platform=ask.platform, is_possible=True, files=tuple(files))


def _solved(record: RepoDataRecord) -> SolvedFile:
    return SolvedFile(
        ckey=f"{record.subdir}/{record.file_name}",
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        size_bytes=record.size,
    )


def _first_line(exc: Exception) -> str:
    return f"the solver failed: {str(exc).partition(chr(10))[0] or type(exc).__name__}"


def main() -> None:
    """Read the order and follow it, one environment after the other."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=SolveOrder)
    repodata = {subdir: SparseRepoData(Channel(_CHANNEL), subdir, path) for subdir, path in order.repodata.items()}
    for ask in order.asks:
        solution = asyncio.run(solve_one(ask, repodata, time_limit_s=order.time_limit_s))
        sys.stdout.buffer.write(msgspec.json.encode(solution) + b"\n")
        sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
