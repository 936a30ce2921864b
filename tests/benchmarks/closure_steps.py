"""One way to close 50 packages over what they need, in a process of its own.

Run as `python -m tests.benchmarks.closure_steps REPODATA tain|py-rattler NOTE`.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rattler import Channel, MatchSpec, PackageName, RepoDataRecord, SparseRepoData

from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.protocol import WholeIndex
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from tests.benchmarks.closure import BENCHMARK, ROOTS
from tests.benchmarks.measure import Stopwatch

PARTITION = "linux-64"


def main(path: Path, who: str, note: str) -> None:
    """Measure one of the two; both print how many files they reached."""
    records = path.read_bytes().count(b'"name":')
    benchmark = f"{BENCHMARK} of {ROOTS} packages, {records:,} records"
    if who == "tain":
        by_shards(path, Stopwatch(benchmark, who="Tain, shards in memory"), note)
    else:
        by_records(path, Stopwatch(benchmark, who="py-rattler, a loop over records"), note)


def by_shards(path: Path, watch: Stopwatch, note: str) -> None:
    """Close on shards as they are stored; reading them is measured elsewhere."""
    ecosystem = ecosystem_of(MirrorType.CONDA)
    form = next(form for form in ecosystem.index_forms(PARTITION) if form.path.endswith("repodata.json"))
    index = ecosystem.read_index(path.read_bytes(), form=form, partition=PARTITION, side_files={})
    if not isinstance(index, WholeIndex):
        raise TypeError(form)
    payloads = {shard.name: shard.payload for shard in index.shards}
    del index
    rule = Rule(id="roots", action=Action.REQUIRE, where=Where(name=roots(sorted(payloads))), include_dependencies=True)
    with watch.step("names and files", items=ROOTS, unit="packages", note=note):
        closing = ecosystem.closing(rule, names={PARTITION: payloads.keys()})
        while wanted := closing.wanted():
            for name in wanted:
                closing.add(name, {PARTITION: payloads[name]})
        reached = closing.closure().reached[PARTITION]
    files = sum(
        len(files) if files is not None else len(ecosystem.artifacts(payloads[name], partition=PARTITION))
        for name, files in reached.items()
    )
    tell(watch, files)


def by_records(path: Path, watch: Stopwatch, note: str) -> None:
    """Load what hangs together by names, then follow dependencies record by record, each text once."""
    sparse = SparseRepoData(Channel("synthetic"), PARTITION, path)
    chosen = roots(sorted(sparse.package_names()))
    with watch.step("names alone", items=ROOTS, unit="packages", note=note):
        loaded = SparseRepoData.load_records_recursive([sparse], [PackageName(name) for name in chosen])
    with watch.step("files among these", items=ROOTS, unit="packages", note=note):
        files = followed([record for records in loaded for record in records], chosen)
    tell(watch, files)


def followed(records: Sequence[RepoDataRecord], chosen: Sequence[str]) -> int:
    """Return how many files are reached."""
    by_name: dict[str, list[RepoDataRecord]] = defaultdict(list)
    for record in records:
        by_name[record.name.normalized].append(record)
    waiting = [record for name in chosen for record in by_name[name]]
    reached = {record.file_name for record in waiting}
    asked: set[str] = set()
    while waiting:
        for text in waiting.pop().depends:
            if text in asked:
                continue
            asked.add(text)
            spec = MatchSpec(text, strict=False)
            for record in by_name[spec.name.normalized] if spec.name is not None else ():
                if record.file_name not in reached and spec.matches(record):
                    reached.add(record.file_name)
                    waiting.append(record)
    return len(reached)


def roots(names: Sequence[str]) -> tuple[str, ...]:
    """Choose names from all over the source."""
    return tuple(names[:: max(len(names) // ROOTS, 1)][:ROOTS])


def tell(watch: Stopwatch, files: int) -> None:
    """Note in the last row what was found, so that both can be compared."""
    last = watch.rows[-1]
    watch.rows[-1] = msgspec.structs.replace(last, note=f"{last.note}: {files:,} files")
    watch.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
