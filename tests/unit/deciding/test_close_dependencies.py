"""Closures of rules over a stored manifest."""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from libs.common.adapters.memory.shards import MemoryShards
from libs.common.deciding.close_dependencies import close_dependencies
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.evaluation import Closure
from libs.common.domain.manifest import NOT_READ, Manifest, ManifestEntry, ManifestPart
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.pypi.records import PARTITION
from tests.support.conda_records import ECO, JsonObject, a_record, payload_of
from tests.support.python_pages import listed, read_files
from tests.support.python_records import ECO as PYTHON


class CountingShards(MemoryShards):
    """Shards that remember how often and for how much they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there."""
        self.asked.append(len(digests))
        return await super().get(digests)


async def stored(records: Sequence[JsonObject], shards: MemoryShards) -> Manifest:
    """Store records of linux-64, and return the manifest that names them."""
    entries: dict[str, ManifestEntry] = {}
    for name in {str(record["name"]) for record in records}:
        payload = payload_of([record for record in records if record["name"] == name])
        digest = hashlib.sha256(payload).digest()
        await shards.put({digest: payload})
        entries[name] = ManifestEntry(digest, digest)
    return Manifest(
        source_digest="s", parts={"linux-64": ManifestPart(form="json", files_url="linux-64/", entries=entries)}
    )


def a_rule(*names: str, includes: bool = True) -> Rule:
    """Return a rule that requires some names, and what they need."""
    return Rule(id="names", action=Action.REQUIRE, where=Where(name=names), include_dependencies=includes)


CHAIN = [a_record(f"p{place}", depends=[f"p{place + 1}"] if place < 4 else []) for place in range(5)]


async def test_each_rule_that_asks_for_it_is_closed_by_its_place() -> None:
    """Others are passed by; what is not reached is not read."""
    shards = CountingShards()
    manifest = await stored([*CHAIN, a_record("other")], shards)
    rules = (a_rule("other", includes=False), a_rule("p3"), a_rule("p4"))

    closures = await close_dependencies(rules, manifest=manifest, ecosystem=ECO, shards=shards)

    assert closures.by_rule == {
        "1": Closure(reached={"linux-64": {"p3": None, "p4": None}}),
        "2": Closure(reached={"linux-64": {"p4": None}}),
    }
    assert sum(shards.asked) == 3


async def test_names_are_read_a_wave_at_a_time() -> None:
    """One question for all names that are as far from the roots."""
    shards = CountingShards()
    wide = [a_record("root", depends=[f"n{place}" for place in range(20)]), *(a_record(f"n{it}") for it in range(20))]
    manifest = await stored(wide, shards)

    await close_dependencies((a_rule("root"),), manifest=manifest, ecosystem=ECO, shards=shards)

    assert shards.asked == [1, 20]


async def test_nothing_is_closed_by_guess_where_a_shard_is_lost() -> None:
    """It may be there when it is asked for again; until then nothing is let in or dropped by mistake."""
    manifest = await stored(CHAIN, MemoryShards())

    with pytest.raises(StoreUnavailable, match="linux-64/p0"):
        await close_dependencies((a_rule("p0"),), manifest=manifest, ecosystem=ECO, shards=MemoryShards())


def with_unread(manifest: Manifest, *names: str) -> Manifest:
    """Return a manifest in which nobody read some names."""
    part = manifest.parts["linux-64"]
    entries = {**part.entries, **dict.fromkeys(names, NOT_READ)}
    return msgspec.structs.replace(manifest, parts={"linux-64": msgspec.structs.replace(part, entries=entries)})


async def test_a_closure_ends_where_nobody_read_on() -> None:
    """It says so; what it reached until then is let in."""
    shards = MemoryShards()
    manifest = with_unread(await stored(CHAIN, shards), "p2")

    closures = await close_dependencies((a_rule("p0"),), manifest=manifest, ecosystem=ECO, shards=shards)

    assert closures.by_rule == {"0": Closure(reached={"linux-64": {"p0": None, "p1": None}})}
    assert closures.unread == {"p2"}


async def test_a_run_reads_on_where_a_closure_goes() -> None:
    """Wave by wave, and nothing that no closure goes to."""
    shards = MemoryShards()
    whole = await stored([*CHAIN, a_record("other")], shards)
    read: list[Sequence[str]] = []

    async def read_names(names: Sequence[str]) -> Manifest:
        read.append(names)
        return with_unread(whole, "other", *(f"p{place}" for place in range(len(read), 5)))

    manifest = with_unread(whole, "other", "p0", "p1", "p2", "p3", "p4")
    closures = await close_dependencies(
        (a_rule("p0"),), manifest=manifest, ecosystem=ECO, shards=shards, read_names=read_names
    )

    assert closures.by_rule == {"0": Closure(reached={"linux-64": {f"p{place}": None for place in range(5)}})}
    assert closures.unread == frozenset()
    assert read == [["p0"], ["p1"], ["p2"], ["p3"], ["p4"]]


@pytest.mark.parametrize("has_extras", [False, True], ids=["not asked", "asked"])
async def test_what_a_closure_needs_to_be_told_is_wanted(has_extras: bool) -> None:
    """What a Python project needs its page does not tell: until its metadata was asked for, it may need anything."""
    shards = MemoryShards()
    payload = read_files(listed("demo-1.0-py3-none-any.whl", core_metadata=True)).payload
    digest = hashlib.sha256(payload).digest()
    await shards.put({digest: payload})
    entries = {"demo": ManifestEntry(digest, digest, has_extras=has_extras)}
    part = ManifestPart(form="json", files_url="", entries=entries)
    manifest = Manifest(source_digest="s", parts={PARTITION: part})

    closures = await close_dependencies((a_rule("demo"),), manifest=manifest, ecosystem=PYTHON, shards=shards)

    assert closures.unread == (frozenset() if has_extras else {"demo"})
