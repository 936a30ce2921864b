"""Read, decide, render: the pure steps alone, then the use cases with their stores.

Both take synthetic repodata (made-up names, fresh digests), and drop GPL 3 and 200 names.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.measure import Row, rows_of
from tests.support.servers import running_mongo

BENCHMARK = "pipeline"


def measure(*, quick: bool) -> list[Row]:
    """Measure at 60,000 and 600,000 records (6,000 and 60,000 where it must be quick)."""
    rows: list[Row] = []
    for records in (6_000, 60_000) if quick else (60_000, 600_000):
        with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
            folder = Path(name)
            rows_of("pipeline_input", str(folder), str(records))
            rows += rows_of("pipeline_steps", str(folder))
            (folder / "mongo").mkdir()
            with running_mongo(folder / "mongo") as mongo_url:
                rows += rows_of("pipeline_use_cases", str(folder), f"{mongo_url}/tain_bench")
    return rows
