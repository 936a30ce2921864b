"""Previews of policies: what would go and come, and what could not be installed any more."""

import tempfile
from pathlib import Path

from tests.benchmarks.measure import Row, rows_of
from tests.support.servers import running_mongo

BENCHMARK = "preview"


def measure(*, quick: bool) -> list[Row]:
    """Measure at 600,000 records (60,000 where it must be quick)."""
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
        folder = Path(name)
        rows_of("pipeline_input", str(folder), str(60_000 if quick else 600_000))
        (folder / "mongo").mkdir()
        with running_mongo(folder / "mongo") as mongo_url:
            return rows_of("preview_use_case", str(folder), f"{mongo_url}/tain_bench")
