"""Previews of mirrors: what every adapter of the port keeps to."""

import asyncio

import msgspec

from libs.common.domain.catalogue import HeadCounts
from libs.common.domain.digest import Sha256
from libs.common.domain.mirror import Filters
from libs.common.domain.mirror_preview import (
    MirrorPreview,
    Names,
    PreviewChange,
    PreviewProblem,
    PreviewResult,
    PreviewState,
    RuleOutcome,
)
from libs.common.domain.run import FileFailure, Step
from tests.contract.conftest import Records
from tests.support.records import NOON, a_mirror, minutes_on

RESULT = PreviewResult(
    manifest=Sha256("a" * 64),
    evaluation=Sha256("b" * 64),
    catalogue=Sha256("c" * 64),
    counts=HeadCounts(files=3, size_bytes=6_000_000_000, excluded={"mirror_filtered.license": 2}),
    packages=Names(count=2, names=("alpha", "beta")),
    rules=(RuleOutcome(rule="no-gpl", policy=None, reason="mirror_filtered.license", text="Leave out.", excluded=2),),
    failed=1,
    failures=(FileFailure(ckey="noarch/x", code="unreadable_index", reason="no name"),),
    change=PreviewChange(gained=1, packages_lost=Names(count=1, names=("gamma",))),
)
PROBLEM = PreviewProblem(code="upstream_missing", detail="it is not there")


def a_preview(preview_id: str = "one", **changes: object) -> MirrorPreview:
    """Return a preview that never expires while a test runs."""
    preview = MirrorPreview(
        id=preview_id,
        mirror=a_mirror(filters=Filters(subdirs=("noarch",), only_specs=("a.b$c",)), sealed_source="sealed"),
        is_new=True,
        requested_by="ann",
        requested_at=NOON,
        expires_at=NOON.replace(year=2100),
    )
    return msgspec.structs.replace(preview, **changes)


async def test_a_preview_comes_back_as_it_was(records: Records) -> None:
    """Once; one that is not there is none."""
    previews = records.mirror_previews

    assert await previews.add(a_preview())
    assert not await previews.add(a_preview(is_new=False))
    assert await previews.get("one") == a_preview()
    assert await previews.get("two") is None


async def test_its_owner_says_how_far_it_is_and_ends_it(records: Records) -> None:
    """All that came of it is kept, map keys with dots included."""
    previews = records.mirror_previews
    await previews.add(a_preview())

    claimed = await previews.claim("one", owner="s1")
    assert claimed is not None
    assert (claimed.state, claimed.owner) == (PreviewState.READING, "s1")
    assert await previews.report("one", owner="s1", state=PreviewState.DECIDING, step=Step.FILTER, percent=40)
    assert await previews.finish("one", owner="s1", at=minutes_on(1), result=RESULT)

    done = await previews.get("one")
    assert done == a_preview(
        state=PreviewState.DONE,
        owner="s1",
        step=Step.FILTER,
        percent=40,
        finished_at=minutes_on(1),
        result=RESULT,
    )
    assert await previews.all() == [done]


async def test_who_lost_it_changes_nothing(records: Records) -> None:
    """Whoever took it over is its owner; who is not there any more may still be at work."""
    previews = records.mirror_previews
    await previews.add(a_preview())
    await previews.claim("one", owner="s1")
    await previews.claim("one", owner="s2")

    assert not await previews.report("one", owner="s1", state=PreviewState.READING, step=Step.READ, percent=99)
    assert not await previews.finish("one", owner="s1", at=NOON, problem=PROBLEM)
    assert await previews.report("one", owner="s2", state=PreviewState.READING, step=Step.READ, percent=1)


async def test_what_is_over_stays_so(records: Records) -> None:
    """Of two ends at once one counts; nobody claims it any more, and no later end does."""
    previews = records.mirror_previews
    await previews.add(a_preview())
    await previews.claim("one", owner="s1")

    ends = await asyncio.gather(
        previews.finish("one", owner="s1", at=NOON, result=RESULT), previews.stop("one", at=NOON, problem=PROBLEM)
    )
    over = await previews.get("one")

    assert sum(ends) == 1
    assert await previews.claim("one", owner="s2") is None
    assert not await previews.finish("one", owner="s1", at=minutes_on(5), result=RESULT)
    assert not await previews.stop("one", at=minutes_on(5), problem=PROBLEM)
    assert not await previews.report("one", owner="s1", state=PreviewState.READING, step=Step.READ, percent=1)
    assert await previews.get("one") == over


async def test_what_is_open_is_counted_by_who_asked(records: Records) -> None:
    """Those that are over do not count."""
    previews = records.mirror_previews
    for preview_id, by in (("one", "ann"), ("two", "ann"), ("three", "bob"), ("four", None)):
        await previews.add(a_preview(preview_id, requested_by=by))
    await previews.stop("two", at=NOON, problem=PROBLEM)

    assert [await previews.open(by) for by in ("ann", "bob", None, "eve")] == [1, 1, 1, 0]
