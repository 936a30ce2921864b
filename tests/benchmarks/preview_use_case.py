"""The reporter's use case in one process, with real MongoDB and files.

Run as `python -m tests.benchmarks.preview_use_case FOLDER MONGO_URL`.
"""

import asyncio
import re
import sys
from pathlib import Path

import msgspec
import structlog

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.deciding.explain_files import DecisionWish, open_explainer
from libs.common.deciding.read_stored import read_head
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.ecosystems.registry import ecosystem
from libs.common.reporting.policy_preview import PreviewWish, decode_preview
from libs.common.runtime.clock import SystemClock
from services.reporter.preview_policy import preview_policy
from services.reporter.report_ports import ReportPorts
from tests.benchmarks.measure import Stopwatch
from tests.benchmarks.pipeline_use_cases import World
from tests.benchmarks.preview import BENCHMARK
from tests.support.conda_index import Form

_NAME = re.compile(rb'"name":"([^"]+)"')
_DENIED = 2_000
_PAGE = 100


async def main(folder: Path, mongo_url: str) -> None:
    """Measure previews of a deny list and of a license rule, without and with solving, and pages of decisions.

    Raises:
        RuntimeError: when the mirror did not run.
    """
    data = (folder / "today" / "linux-64" / Form.JSON).read_bytes()
    records, names = data.count(b'"name":'), [name.decode() for name in sorted(set(_NAME.findall(data)))]
    del data
    (folder / "source").symlink_to(folder / "today")
    world = World(folder, names, mongo_url=mongo_url, blobs=folder / "blobs")
    await world.prepare()
    await world.run()
    await world.close()
    stored = MongoRecords(connect(mongo_url))
    ports = ReportPorts(
        channels=stored.channels,
        mirrors=stored.mirrors,
        policies=stored.policies,
        runs=stored.runs,
        heads=stored.catalogue_heads,
        revisions=stored.revisions,
        shards=stored.shards,
        read_pages=stored.read_pages,
        extracted=stored.extracted,
        removals=stored.removals,
        books=stored.advisory_books,
        kept_reports=stored.kept_reports,
        blobs=open_blob_store((folder / "blobs").as_uri()),
        bus=MemoryBus(),
        clock=SystemClock(),
    )
    every = max(len(names) // _DENIED, 1)
    denied = tuple(
        Rule(id=f"deny-{place}", action=Action.EXCLUDE, where=Where(spec=(name,)))
        for place, name in enumerate(names[1::every][:_DENIED])
    )
    licenses = Rule(id="licenses", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT", "BSD", "APACHE"))))
    watch = Stopwatch(f"{BENCHMARK}, {records:,} records", who="Tain, use case with MongoDB and files")
    for what, rules in ((f"a policy of {len(denied):,} rules that deny", denied), ("a license rule", (licenses,))):
        for solves in (False, True):
            wish = msgspec.json.encode(PreviewWish(rules=rules, channel="bench", solves=solves))
            words = f"{what}, and what could not be installed" if solves else what
            with watch.step(words, items=records, unit="records"):
                made = await preview_policy("preview", wish, ports=ports)
                if made.solve is not None:
                    made = await made.solve()
            preview = decode_preview(made.data)
            watch.rows[-1] = msgspec.structs.replace(
                watch.rows[-1],
                note=f"{preview.lost.files:,} files lost"
                + (f", {len(preview.uninstallable or ()):,} packages, {preview.unsolved:,} unsolved" if solves else ""),
            )
    for what, asked in (
        ("a page of decisions", DecisionWish()),
        ("a page of what one rule excludes", DecisionWish(rule="exclude_specs")),
        ("the decisions on a package", DecisionWish(package=names[-1])),
    ):
        with watch.step(what, note="read from the stores"):
            head = await stored.catalogue_heads.get("m")
            if head is None:
                raise RuntimeError("the mirror has no catalogue")
            explainer = await open_explainer(
                await read_head(head, blobs=ports.blobs),
                ecosystem=ecosystem(MirrorType.CONDA),
                shards=ports.shards,
                blobs=ports.blobs,
            )
            await explainer.page(asked, after=None, limit=_PAGE)
    await stored.close()
    watch.print()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
