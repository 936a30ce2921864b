"""The pure steps one by one, in memory: read, decide, render.

Run as `python -m tests.benchmarks.pipeline_steps FOLDER`.
"""

import hashlib
import sys
from pathlib import Path

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.ecosystems.protocol import WholeIndex
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from tests.benchmarks.measure import Stopwatch
from tests.benchmarks.pipeline import BENCHMARK
from tests.support.conda_index import Form

PARTITION = "linux-64"


def filters_for(names: list[str]) -> Filters:
    """Drop one license family, which looks at every record, and 200 names."""
    return Filters(subdirs=("linux-64",), exclude_licenses=("gpl3",), exclude_specs=tuple(names[:: len(names) // 200]))


class Nowhere:
    """A sink that only counts."""

    def __init__(self) -> None:
        self.size_bytes = 0

    def write(self, data: bytes, /) -> int:
        """Forget it."""
        self.size_bytes += len(data)
        return len(data)


def main(folder: Path) -> None:
    """Measure each step on all records."""
    ecosystem = ecosystem_of(MirrorType.CONDA)
    data = (folder / "today" / PARTITION / Form.ZST).read_bytes()
    form = next(form for form in ecosystem.index_forms(PARTITION) if form.path.endswith(Form.ZST))
    plain = (folder / "today" / PARTITION / Form.JSON).read_bytes()
    records, plain_bytes = plain.count(b'"name":'), len(plain)
    del plain
    watch = Stopwatch(f"{BENCHMARK}, {records:,} records", who="Tain, pure steps")
    with watch.step("read repodata.json.zst into shards", items=records, unit="records", size_bytes=plain_bytes):
        index = ecosystem.read_index(data, form=form, partition=PARTITION, side_files={})
        if not isinstance(index, WholeIndex):
            raise TypeError(form)
        payloads = {shard.name: shard.payload for shard in index.shards}
        del index
    with watch.step("decide", items=records, unit="records"):
        deciding = ecosystem.compile(Evaluation(rules=rules_of(filters_for(sorted(payloads)))))
        decided = {name: deciding.decide(payload, partition=PARTITION, name=name) for name, payload in payloads.items()}
    kept = {name: each.payload for name, each in sorted(decided.items()) if each.payload is not None}
    files = sum(each.files for each in decided.values())
    digests: dict[str, bytes | None] = {}
    with watch.step("render shards", items=files, unit="records"):
        for name, payload in kept.items():
            shard = ecosystem.render_shard(payload, partition=PARTITION, name=name)
            digests[name] = hashlib.sha256(shard.data).digest() if shard.data is not None else None
    sinks = {path: Nowhere() for path in ecosystem.partition_files(PARTITION)}
    with watch.step("render json, zst and the shard index", items=files, unit="records"):
        writer = ecosystem.write_partition(PARTITION, sinks=sinks)
        for name, payload in kept.items():
            writer.add(name, payload, rendered_sha256=digests[name])
        writer.finish()
    watch.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
