"""A Python index: reading and rendering pages and lists, ours and with what the standard library has.

The standard library's side only parses: it checks nothing, keeps nothing and resolves no URL.
"""

from tests.benchmarks.measure import Row, rows_of

BENCHMARK = "Python index"


def measure(*, quick: bool) -> list[Row]:
    """Measure a page of 5,000 files and a list of 600,000 projects (60,000 where it must be quick)."""
    projects = 60_000 if quick else 600_000
    return [row for who in ("tain", "plain") for row in rows_of("python_index_steps", who, str(projects))]
