"""shards, specs -> solutions: writes small repodata files of the names that matter, and asks the solver's process."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from libs.common.ecosystems.conda.render_repodata import REPODATA, repodata_pieces
from libs.common.solving.order import Ask, Solution, SolveOrder

TIME_LIMIT_S = 30.0
"""Of one environment; most take a fraction of a second."""

_START_S = 20.0
"""Starting the process and reading the records, on a busy machine."""

_BROKE = "the solver can't read these records, or broke off"

_ROOT = Path(__file__).resolve().parents[3]


async def solve(
    asks: Sequence[Ask],
    *,
    payloads: Mapping[str, Iterable[bytes]],
    time_limit_s: float = TIME_LIMIT_S,
    within_s: float | None = None,
) -> tuple[Solution, ...]:
    """Solve environments on shards of a channel, one of each name, by subdir; answers stand in the order of `asks`.

    `time_limit_s` is for each of them, `within_s` for all together. What is not solved in time,
    or because the solver broke, is answered as unknown. Only names that an environment can need
    have to be among the shards: the closure of its specs.
    """
    if not asks:
        return ()
    with tempfile.TemporaryDirectory(prefix="tain-solve-") as name:
        repodata = await asyncio.to_thread(_write_all, Path(name), payloads)
        order = SolveOrder(repodata=repodata, asks=tuple(asks), time_limit_s=time_limit_s)
        solved, why = await _ask(order, within_s=_START_S + (within_s or time_limit_s * len(asks)))
    unsolved = (
        Solution(platform=ask.platform, is_possible=False, is_unknown=True, reasons=(why,))
        for ask in asks[len(solved) :]
    )
    return (*solved, *unsolved)


async def _ask(order: SolveOrder, *, within_s: float) -> tuple[Sequence[Solution], str]:
    """Return what was solved, and why the rest was not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "libs.common.solving.process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # It needs none of our settings, which name servers and secrets.
        env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        limit=1 << 26,
    )
    solved: list[Solution] = []
    try:
        async with asyncio.timeout(within_s):
            await _read(process, order, solved)
    except TimeoutError:
        return solved, "the solver did not end in time"
    except (BrokenPipeError, ConnectionResetError):
        # It died before it had read the order.
        return solved, _BROKE
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return solved, _BROKE


async def _read(process: asyncio.subprocess.Process, order: SolveOrder, solved: list[Solution]) -> None:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the solver's process has no pipes")
    process.stdin.write(msgspec.json.encode(order))
    await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        solved.append(msgspec.json.decode(line, type=Solution))  # noqa: PERF401 - what came before the end counts
    await process.wait()


def _write_all(folder: Path, payloads: Mapping[str, Iterable[bytes]]) -> dict[str, str]:
    paths: dict[str, str] = {}
    for subdir, of_subdir in payloads.items():
        path = folder / subdir / REPODATA
        path.parent.mkdir()
        with path.open("wb") as file:
            file.writelines(repodata_pieces(subdir, of_subdir))
        paths[subdir] = str(path)
    return paths
