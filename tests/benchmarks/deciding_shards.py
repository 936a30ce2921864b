"""Tain decides on all shards of a source. Run as `python -m tests.benchmarks.deciding_shards FOLDER`."""

import sys
from pathlib import Path

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.protocol import Decided, Glance, WholeIndex
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from tests.benchmarks.deciding import BENCHMARK
from tests.benchmarks.deciding_policy import PARTITION, SAMPLE, policy_for
from tests.benchmarks.measure import Stopwatch
from tests.support.conda_index import Form


def main(folder: Path) -> None:
    """Compile, glance at all names, decide, explain."""
    conda = ecosystem_of(MirrorType.CONDA)
    form = next(form for form in conda.index_forms(PARTITION) if form.path.endswith(Form.ZST))
    data = (folder / "today" / PARTITION / Form.ZST).read_bytes()
    index = conda.read_index(data, form=form, partition=PARTITION, side_files={})
    if not isinstance(index, WholeIndex):
        raise TypeError(form)
    payloads = {shard.name: shard.payload for shard in index.shards}
    del index, data
    names = sorted(payloads)
    records = sum(len(conda.artifacts(payload, partition=PARTITION)) for payload in payloads.values())
    watch = Stopwatch(BENCHMARK, who=f"Tain, {records:,} records")
    rules = policy_for(names)
    with watch.step("compile", items=len(rules), unit="rules"):
        deciding = conda.compile(Evaluation(rules=rules))
    with watch.step("glance at every name", items=len(names), unit="names"):
        looks = [name for name in names if deciding.glance(name, partition=PARTITION).verdict is Glance.LOOK]
    decided: dict[str, Decided] = {}
    with watch.step("decide", items=records, unit="records", note=f"{len(looks):,} names are looked into"):
        for name in names:
            decided[name] = deciding.decide(payloads[name], partition=PARTITION, name=name)
    with watch.step("explain", items=records, unit="records"):
        for name in names:
            deciding.explain(payloads[name], partition=PARTITION, name=name)
    (folder / "kept").write_text("\n".join(_kept(decided, names[::SAMPLE])))
    watch.print()


def _kept(decided: dict[str, Decided], names: list[str]) -> list[str]:
    conda = ecosystem_of(MirrorType.CONDA)
    payloads = [decided[name].payload for name in names]
    files = (conda.artifacts(payload, partition=PARTITION) for payload in payloads if payload is not None)
    return sorted(file.filename for found in files for file in found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
