"""`python -m tests.benchmarks [--quick] [--only NAME] [--json]`: measure Tain, and peers in the same run.

It measures and prints; it judges nothing, since machines differ.
"""

import argparse
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    active_mirror,
    closure,
    cran_index,
    deciding,
    package_lists,
    pass_through,
    pipeline,
    preview,
    python_index,
    scale,
    stop,
    unchanged_run,
    web_app,
)
from tests.benchmarks.measure import Row, as_json

_BENCHMARKS: Mapping[str, Callable[..., list[Row]]] = {
    "pipeline": pipeline.measure,
    "deciding": deciding.measure,
    "closure": closure.measure,
    "preview": preview.measure,
    "python_index": python_index.measure,
    "cran_index": cran_index.measure,
    "pass_through": pass_through.measure,
    "package_lists": package_lists.measure,
    "unchanged": unchanged_run.measure,
    "active": active_mirror.measure,
    "stop": stop.measure,
    "scale": scale.measure,
    "web_app": web_app.measure,
}
_WIDTH = 130


def main() -> None:
    """Run what was asked for and print a table of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller inputs, for a look within a minute")
    parser.add_argument("--only", choices=sorted(_BENCHMARKS), action="append", help="this one alone; may be repeated")
    parser.add_argument("--json", action="store_true", help="print rows for a machine")
    asked = parser.parse_args()
    rows: list[Row] = []
    for name in asked.only or _BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr)
        rows += _BENCHMARKS[name](quick=asked.quick)
    if asked.json:
        print(as_json(rows))
        return
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print("Synthetic data, on this machine, now; MB/s are of uncompressed input.")
    for benchmark in dict.fromkeys(row.benchmark for row in rows):
        own = [row for row in rows if row.benchmark == benchmark]
        console.print(_table(benchmark, own) if any(row.seconds for row in own) else _facts(benchmark, own))


def _facts(benchmark: str, rows: list[Row]) -> Table:
    """Show what has no duration: who by row, what by column."""
    steps = dict.fromkeys(row.step for row in rows)
    table = Table(title=benchmark, title_justify="left")
    for heading in ("who", *steps):
        table.add_column(heading, overflow="fold")
    for who in dict.fromkeys(row.who for row in rows):
        said = {row.step: row.note for row in rows if row.who == who}
        table.add_row(who, *(said.get(step, "") for step in steps))
    return table


def _table(benchmark: str, rows: list[Row]) -> Table:
    table = Table(title=benchmark, title_justify="left")
    for heading in ("who", "step"):
        table.add_column(heading, overflow="fold")
    for heading in ("seconds", "items", "per s", "MB/s", "peak MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for before, row in zip((None, *rows), rows, strict=False):
        if before is not None and before.who != row.who:
            table.add_section()
        table.add_row(
            "" if before is not None and before.who == row.who else row.who,
            f"{row.step} ({row.note})" if row.note else row.step,
            f"{row.seconds:.2f}",
            f"{row.items:,} {row.unit}" if row.items else "",
            f"{row.items_per_s:,.0f}" if row.items and row.seconds else "",
            f"{row.size_bytes / row.seconds / 1e6:,.1f}" if row.size_bytes and row.seconds else "",
            f"{row.peak_bytes / 1e6:,.0f}" if row.peak_bytes else "",
        )
    return table


if __name__ == "__main__":
    main()
