"""Lists of packages as people browse and search them, for a channel of as many names as the largest index has."""

from tests.benchmarks.measure import Row, rows_of

BENCHMARK = "package_lists"


def measure(*, quick: bool) -> list[Row]:
    """Measure at 600,000 names (60,000 where it must be quick)."""
    return rows_of("package_lists_steps", str(60_000 if quick else 600_000))
