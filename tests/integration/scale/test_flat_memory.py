"""The memory of scheduler and indexer stays flat: what a run needs is gone after it."""

import subprocess
import sys
from pathlib import Path

from tests.support.many_runs import RUNS
from tests.support.real_data import ROOT

# Connection pools and caches with a bound breathe; a document or a task kept a run would be far above this.
_BLOCKS_A_RUN = 8


def test_a_hundred_runs_leave_nothing_in_memory(mongo_database_url: str, tmp_path: Path) -> None:
    """Counted in objects, not in bytes: the allocator gives memory back when it likes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.many_runs", mongo_database_url, str(tmp_path / "blobs")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split()[-2:])
    assert after - before < _BLOCKS_A_RUN * RUNS
