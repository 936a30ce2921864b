"""The lists, in a process of its own, over stores in memory: what a page takes besides its database.

Run as `python -m tests.benchmarks.package_lists_steps NAMES`.
"""

import asyncio
import random
import sys

import msgspec

from libs.common.domain.channel import PublishedRevision
from libs.common.domain.manifest import UNREAD
from libs.common.domain.revision import Contents, ContentsEntry, ContentsPart, encode_contents
from libs.common.ports.blobs import put_bytes
from services.api.artifacts.find_packages import PackageSort, PackageWish, find_packages
from tests.benchmarks.measure import Stopwatch
from tests.benchmarks.package_lists import BENCHMARK
from tests.support.records import NOON, a_channel, a_revision
from tests.unit.api.gate import Gate

_SYLLABLES = "ac al be cor da el fi gra hy in jo kit lo mu net or py qua ra sci tor un ve xy zer".split()
_PAGE = 100
_STEPS = {
    "first page, the index not read before": (PackageWish(), None, 0),
    "first page": (PackageWish(), None, 0),
    "a page far down": (PackageWish(), None, 0.9),
    "search of one letter": (PackageWish(text="a"), None, 0),
    "search of five letters": (PackageWish(text="quasc"), None, 0),
    "search that finds nothing": (PackageWish(text="nothing-of-the-kind"), None, 0),
    "search, stored ones": (PackageWish(text="net", state="active"), None, 0),
    "largest first": (PackageWish(), PackageSort.SIZE_DOWN, 0),
}


async def main(names: int) -> None:
    """Measure and print rows."""
    watch = Stopwatch(BENCHMARK, who="tain")
    gate, revision = Gate({}), a_revision()
    contents = await put_bytes(gate.blobs, encode_contents(Contents(parts={"simple": _part(names)})))
    await gate.records.revisions.add(msgspec.structs.replace(revision, contents=contents.sha256))
    channel = a_channel(
        published=PublishedRevision(
            number=1, revision_id=revision.id, published_at=NOON, artifact_count=0, size_bytes=0
        )
    )
    for step, (wish, sort, depth) in _STEPS.items():
        with watch.step(step, items=names, unit="names"):
            await find_packages([channel], wish, sort=sort, offset=int(names * depth), limit=_PAGE, ports=gate.ports)
    watch.print()


def _part(names: int) -> ContentsPart:
    rng = random.Random(1)  # noqa: S311 - made-up names, and the same each time
    entries = {
        f"{''.join(rng.choices(_SYLLABLES, k=4))}-{number}": ContentsEntry(
            origins=((0, UNREAD),), rendered=None, files=rng.randrange(90), size_bytes=rng.randrange(10**9), summary=b""
        )
        for number in range(names)
    }
    return ContentsPart(files_urls=("",), entries=entries)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
