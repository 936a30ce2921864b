"""A scheduler's watch over the rules that is killed in the middle of a decision, on real adapters.

Run as `python -m tests.support.dying_rule_watch NATS_URL MONGO_URL BLOBS_URL POINT`.
"""

import asyncio
import os
import signal
import sys
from enum import Enum
from typing import Any

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.connect import connect_nats
from libs.common.runtime.clock import RandomIds, SystemClock
from services.scheduler.ask_rules import RulePorts
from services.scheduler.decide_stored import AgainPorts
from services.scheduler.watch_rules import RuleWatch


class Point(Enum):
    """Before which call it is killed: of a head, or of the bus."""

    STORED = "exchange"
    DECIDED = "say"
    SAID = "said"


class _Deadly:
    """A port whose user is killed when it calls one method."""

    def __init__(self, port: Any, method: str) -> None:
        self._port = port
        self._method = method

    def __getattr__(self, name: str) -> Any:
        return _die if name == self._method else getattr(self._port, name)


async def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(nats_url: str, mongo_url: str, blobs_url: str, point: Point) -> None:
    """Look once; it does not come back."""
    records = MongoRecords(connect(mongo_url))
    clock, ids = SystemClock(), RandomIds()
    client = await connect_nats(nats_url, name="dying")
    rules = RulePorts(
        channels=records.channels,
        mirrors=records.mirrors,
        policies=records.policies,
        books=records.advisory_books,
        removals=records.removals,
        clock=clock,
    )
    heads: Any = _Deadly(records.catalogue_heads, point.value)
    bus: Any = _Deadly(NatsBus(client, source="dying", clock=clock, ids=ids), point.value)
    ports = AgainPorts(rules=rules, heads=heads, shards=records.shards, blobs=open_blob_store(blobs_url))
    await RuleWatch(ports=ports, runs=records.runs, bus=bus, tell_runs=lambda: None).look()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Point(sys.argv[4])))
