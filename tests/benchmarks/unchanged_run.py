"""A second run with nothing new: how long, how many requests, what is written."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymongo

from tests.benchmarks.measure import Row
from tests.support import synthetic
from tests.support.conda_index import Form, compressed
from tests.support.conda_source import CondaSource
from tests.support.mirrored import mirror
from tests.support.stack import Stack, running_stack

_BENCHMARK = "unchanged run"
_OF_THE_RUN_ITSELF = frozenset({"runs", "batches", "history", "schedule", "counters"})


def measure(*, quick: bool) -> list[Row]:
    """Mirror 60,000 records (6,000 where it must be quick), then run again."""
    records = 6_000 if quick else 60_000
    source = CondaSource(forms=(Form.ZST,))
    source.publish_files(
        {
            f"noarch/{Form.ZST}": compressed(b'{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{}}'),
            f"linux-64/{Form.ZST}": compressed(synthetic.repodata(records=records, names=records // 30, seed=1)),
        }
    )
    try:
        with tempfile.TemporaryDirectory(prefix="tain-bench-") as folder, running_stack(Path(folder)) as stack:
            return _measure(stack, source, records)
    finally:
        source.close()


def _measure(stack: Stack, source: CondaSource, records: int) -> list[Row]:
    began = time.perf_counter()
    mirrored = mirror(stack, "bench", source.url, filters={"subdirs": ["noarch", "linux-64"]})
    first_s = time.perf_counter() - began
    before, blobs_before = _documents(stack), _blobs(stack)
    source.forget()
    began = time.perf_counter()
    mirrored.run_again()
    again_s = time.perf_counter() - began
    after = _documents(stack)
    written = sum(after[name] - before.get(name, 0) for name in after if name not in _OF_THE_RUN_ITSELF)
    note = f"{len(source.requests)} requests, {written} documents and {_blobs(stack) - blobs_before} blobs written"
    return [
        Row(
            benchmark=_BENCHMARK,
            who="Tain",
            step="first run, click to published",
            seconds=first_s,
            items=records,
            unit="records",
        ),
        Row(
            benchmark=_BENCHMARK,
            who="Tain",
            step="second run, click to completed",
            seconds=again_s,
            items=records,
            unit="records",
            note=note,
        ),
    ]


def _documents(stack: Stack) -> Mapping[str, int]:
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_url) as client:
        database = client.get_default_database()
        return {name: database[name].estimated_document_count() for name in database.list_collection_names()}


def _blobs(stack: Stack) -> int:
    return sum(path.is_file() for path in (stack.folder / "data").rglob("*") if "blobs" in path.parts)
