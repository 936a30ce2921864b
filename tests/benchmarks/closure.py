"""What 50 packages need, out of all records of a large source: ours, and a plain loop over py-rattler's records.

Both take synthetic repodata, as it is (dependencies that few versions satisfy), and with
ranges so wide that nearly all of it hangs together, which is the worst case.
"""

import re
import tempfile
from pathlib import Path

from tests.benchmarks.measure import Row, rows_of
from tests.support import synthetic

BENCHMARK = "closure"
ROOTS = 50

_RANGE = re.compile(rb">=[0-9]+\.[0-9]+,<[0-9.]+a0")
_RECORDS_PER_NAME = 30


def measure(*, quick: bool) -> list[Row]:
    """Measure at 600,000 records (60,000 where it must be quick)."""
    records = 60_000 if quick else 600_000
    rows: list[Row] = []
    data = synthetic.repodata(records=records, names=records // _RECORDS_PER_NAME, seed=1)
    for note, content in (("narrow ranges", data), ("wide ranges", _RANGE.sub(b">=0.0,<99.0a0", data))):
        with tempfile.TemporaryDirectory(prefix="tain-bench-") as folder:
            path = Path(folder) / "repodata.json"
            path.write_bytes(content)
            rows += rows_of("closure_steps", str(path), "tain", note)
            rows += rows_of("closure_steps", str(path), "py-rattler", note)
    return rows
