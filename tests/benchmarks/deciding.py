"""Deciding under a policy of 2,000 rules, and the same by a plain loop over py-rattler's records.

Of the plain loop only every hundredth name is measured, for it asks every rule about every
record; both must keep the same files of these names.
"""

import tempfile

from tests.benchmarks.measure import Row, rows_of

BENCHMARK = "deciding, 2,000 rules"


def measure(*, quick: bool) -> list[Row]:
    """Decide on 600,000 records (60,000 where it must be quick)."""
    records = 60_000 if quick else 600_000
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as folder:
        rows_of("pipeline_input", folder, str(records))
        return [*rows_of("deciding_shards", folder), *rows_of("deciding_records", folder)]
