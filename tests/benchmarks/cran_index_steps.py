"""Our way with the index of a CRAN, in a process of its own.

Run as `python -m tests.benchmarks.cran_index_steps FOLDER`.
"""

import gzip
import sys
from pathlib import Path

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.cran.archive import read_archive, render_archive
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.render import ContribWriter
from libs.common.ecosystems.protocol import WholeIndex
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from tests.benchmarks.cran_index import ARCHIVE, PACKAGES
from tests.benchmarks.measure import Stopwatch

_FINISHED = Rule(id="finished", action=Action.REQUIRE, where=Where(version=">=1.0"))


class _Size:
    """Counts what is written."""

    size_bytes = 0

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.size_bytes += len(data)


def main(folder: Path) -> None:
    """Read, filter, render; then the list of the Archive."""
    ecosystem = ecosystem_of(MirrorType.CRAN)
    watch = Stopwatch("cran_index", who="Tain")
    data = (folder / PACKAGES).read_bytes()
    form = next(form for form in ecosystem.index_forms(SOURCE) if form.form == "gz")
    rows = gzip.decompress(data).count(b"\nVersion:")
    with watch.step("read PACKAGES.gz", items=rows, unit="rows"):
        index = ecosystem.read_index(data, form=form, partition=SOURCE, side_files={})
        shards = list(index.shards) if isinstance(index, WholeIndex) else []
    deciding = ecosystem.compile(Evaluation(rules=(_FINISHED,)))
    with watch.step("keep versions >=1.0", items=rows, unit="rows"):
        decided = [(shard.name, deciding.decide(shard.payload, partition=SOURCE, name=shard.name)) for shard in shards]
    kept = [(name, one.payload) for name, one in decided if one.payload is not None]
    count = sum(one.files for _, one in decided)
    with watch.step("render PACKAGES, .gz and .rds", items=count, unit="rows"):
        writer = ContribWriter(SOURCE, sinks={path: _Size() for path in ecosystem.partition_files(SOURCE)})
        for name, payload in kept:
            writer.add(name, payload, rendered_sha256=None)
        writer.finish()
    archive = read_archive((folder / ARCHIVE).read_bytes())
    files = [file for own in archive.files.values() for file in own]
    with watch.step("read Meta/archive.rds", items=len(files), unit="files"):
        read_archive((folder / ARCHIVE).read_bytes())
    with watch.step("render Meta/archive.rds", items=len(files), unit="files"):
        render_archive(files)
    watch.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
