"""Thinking of a catalogue: the quick ways say what the slow ones say."""

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.deciding.read_stored import read_head
from libs.common.deciding.think_catalogue import can_think, sift, sift_both
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import Filters, MirrorMode, MirrorType, UpstreamRemovals
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import Deciding, Sifted
from libs.common.ecosystems.registry import ecosystem
from tests.support.choices import PACKAGES, rules
from tests.support.conda_index import Form, render_channel
from tests.support.packages import a_package
from tests.support.world import World

CONDA = ecosystem(MirrorType.CONDA)
SHARDS = {
    shard.name: shard.payload
    for shard in CONDA.read_index(
        render_channel(PACKAGES, (Form.JSON,), subdirs=("noarch",))[f"noarch/{Form.JSON}"],
        form=next(form for form in CONDA.index_forms("noarch") if form.form == "json"),
        partition="noarch",
        side_files={},
    ).shards  # type: ignore[union-attr] # a JSON index is whole
}


class Slow:
    """A deciding without quick ways."""

    def __init__(self, deciding: Deciding) -> None:
        self.glance, self.decide, self.explain = deciding.glance, deciding.decide, deciding.explain


@settings(max_examples=60, deadline=None)
@given(mine=rules(), others=rules(), name=st.sampled_from(sorted(SHARDS)))
def test_sifting_is_deciding_without_a_shard(mine: tuple[Rule, ...], others: tuple[Rule, ...], name: str) -> None:
    """The same files, sizes and reasons, alone and beside others."""
    payload = SHARDS[name]
    first, second = (CONDA.compile(Evaluation(rules=_plain(each))) for each in (mine, others))

    def by(deciding: Deciding) -> Sifted:
        return sift(deciding, payload, partition="noarch", name=name, seen=None)

    decided = first.decide(payload, partition="noarch", name=name)
    sifted = by(first)
    assert (len(sifted.kept), sum(sifted.kept.values())) == (decided.files, decided.size_bytes)
    assert Counter(sifted.excluded) == Counter(decided.excluded)
    assert by(Slow(first)) == sifted
    both = sift_both(first, second, payload, partition="noarch", name=name, seen=None)
    assert both == (sifted, by(second))
    assert sift_both(Slow(first), second, payload, partition="noarch", name=name, seen=None) == both


def _plain(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return rules whose dependencies nobody has closed over."""
    return tuple(msgspec.structs.replace(rule, include_dependencies=False) for rule in rules)


async def test_only_a_catalogue_that_is_what_its_rules_say_is_thought_of() -> None:
    """Not one that keeps what the source removed, or that misses files."""
    old, new = a_package("alpha", "1.0"), a_package("alpha", "2.0")
    world = World((old, new), filters=Filters(subdirs=("noarch",)), mode=MirrorMode.ACTIVE)
    await world.run()
    whole = await read_head(await world.head(), blobs=world.blobs)
    world.broken = frozenset({"noarch/alpha-3.0-h0_0.conda"})
    world.offer((old, new, a_package("alpha", "3.0")))
    await world.run()
    missing = await read_head(await world.head(), blobs=world.blobs)

    assert can_think(whole, whole.manifest, mirror=world.mirror)
    assert not can_think(missing, missing.manifest, mirror=world.mirror)
    assert not can_think(whole, missing.manifest, mirror=world.mirror)
    keeping = msgspec.structs.replace(world.mirror, upstream_removals=UpstreamRemovals.KEEP)
    assert not can_think(whole, whole.manifest, mirror=keeping)
    passive = msgspec.structs.replace(world.mirror, mode=MirrorMode.PASSIVE)
    assert not can_think(whole, whole.manifest, mirror=passive)
    undecided = msgspec.structs.replace(whole, evaluation=None)
    assert not can_think(undecided, whole.manifest, mirror=world.mirror)
