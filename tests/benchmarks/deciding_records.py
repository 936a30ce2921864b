"""A plain loop: every rule is asked about every record, by py-rattler.

Run as `python -m tests.benchmarks.deciding_records FOLDER`, after `deciding_shards`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rattler import Channel, MatchSpec, RepoDataRecord, SparseRepoData

from libs.common.domain.policy import Action
from tests.benchmarks.deciding import BENCHMARK
from tests.benchmarks.deciding_policy import FIRST_DAY, LICENSE, PARTITION, SAMPLE, policy_for
from tests.benchmarks.measure import Stopwatch
from tests.support.conda_index import Form

_FIRST = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=UTC)


def main(folder: Path) -> None:
    """Load the records of the sample, ask about each, and compare what is kept with Tain.

    Raises:
        RuntimeError: when Tain keeps other files.
    """
    sparse = SparseRepoData(Channel("bench"), PARTITION, folder / "today" / PARTITION / Form.JSON)
    names = sorted(sparse.package_names())
    rules = policy_for(names)
    records = [record for name in names[::SAMPLE] for record in sparse.load_records(name)]
    watch = Stopwatch(BENCHMARK, who="a plain loop over py-rattler's records")
    specs = [
        (rule, MatchSpec(rule.where.spec[0], strict=False, exact_names_only=False))
        for rule in rules
        if rule.where.spec is not None
    ]
    exclusions = [spec for rule, spec in specs if rule.action is Action.EXCLUDE]
    exceptions = [spec for rule, spec in specs if rule.action is Action.ALLOW]
    note = f"every {SAMPLE}th name of {len(names):,}"
    with watch.step("decide", items=len(records), unit="records", note=note):
        kept = [record for record in records if _is_kept(record, exclusions, exceptions)]
    if sorted(record.file_name for record in kept) != (folder / "kept").read_text().splitlines():
        raise RuntimeError("Tain keeps other files than the plain loop")
    watch.print()


def _is_kept(record: RepoDataRecord, exclusions: list[MatchSpec], exceptions: list[MatchSpec]) -> bool:
    if any(spec.matches(record) for spec in exceptions):
        return True
    if record.license == LICENSE or record.timestamp is None or record.timestamp < _FIRST:
        return False
    return not any(spec.matches(record) for spec in exclusions)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
