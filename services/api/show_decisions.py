"""a mirror, a run -> what was decided of its files, and how that differs from another run."""

from collections.abc import Iterable

import msgspec

from libs.common.deciding.compare_catalogues import CatalogueComparison, ChangeWish
from libs.common.deciding.explain_files import DecisionWish, FileExplainer, open_explainer, read_place
from libs.common.deciding.read_stored import Stored, read_head, read_run
from libs.common.domain.catalogue import CatalogueHead, counts_of
from libs.common.domain.errors import NotFound, NotKept
from libs.common.domain.evaluation import FileDecision
from libs.common.domain.mirror import Mirror
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.records import Policies
from services.api.decision_schemas import DecisionCount, DecisionList, DecisionOut, RunDifference
from services.api.find_run import find_run
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.show_differences import show_changes, show_summary
from services.api.sync_state import timestamp_or_none


async def show_decisions_now(
    mirror: Mirror, wish: DecisionWish, *, cursor: str | None, limit: int, ports: Ports
) -> DecisionList:
    """Show what holds for a mirror at this moment.

    Raises:
        NotFound: when it never ran.
        NotKept: when what it was decided by is lost.
        InvalidInput: for a cursor that is none.
        StoreUnavailable: when a store does not answer.
    """
    head = await _head_of(mirror, ports=ports)
    explainer = await _explain(mirror, await read_head(head, blobs=ports.blobs), ports=ports)
    shown = await _show_page(explainer, wish, run=head.run_number, cursor=cursor, limit=limit, ports=ports)
    return msgspec.structs.replace(shown, decided_at=timestamp_or_none(head.decided_at))


async def show_decisions_of_run(
    mirror: Mirror, number: int, wish: DecisionWish, *, cursor: str | None, limit: int, ports: Ports
) -> DecisionList:
    """Show what one run decided.

    Raises:
        NotFound: when there is no such run, or it saved nothing.
        NotKept: when what it was decided on is no longer kept.
        InvalidInput: for a cursor that is none.
        StoreUnavailable: when a store does not answer.
    """
    explainer = await _explain_run(mirror, number, ports=ports)
    return await _show_page(explainer, wish, run=number, cursor=cursor, limit=limit, ports=ports)


async def show_difference(
    mirror: Mirror, number: int, to: int | None, wish: ChangeWish, *, cursor: str | None, limit: int, ports: Ports
) -> RunDifference:
    """Show how what a mirror lists changed from one run to another, or to this moment.

    Raises:
        NotFound: when there is no such run, or it saved nothing.
        NotKept: when what one of them was decided on is no longer kept.
        InvalidInput: for a cursor that is none.
        StoreUnavailable: when a store does not answer.
    """
    after = read_place(cursor) if cursor else None
    old = await _explain_run(mirror, number, ports=ports)
    if to is not None:
        new = await _explain_run(mirror, to, ports=ports)
    else:
        head = await _head_of(mirror, ports=ports)
        new = await _explain(mirror, await read_head(head, blobs=ports.blobs), ports=ports)
    compared = CatalogueComparison(old, new)
    page = await compared.page(wish, after=after, limit=limit)
    summary = await show_summary(await compared.sum_up(), policies=ports.policies) if after is None else None
    return RunDifference(
        run=number,
        to=to,
        summary=summary,
        items=await show_changes(page.changes, policies=ports.policies),
        next_cursor=str(page.next) if page.next is not None else None,
    )


async def show_files(decisions: Iterable[FileDecision], *, policies: Policies) -> tuple[DecisionOut, ...]:
    """Write decisions."""
    decisions = tuple(decisions)
    names = await policy_names([decision.policy for decision in decisions], policies=policies)
    return tuple(
        DecisionOut(
            ckey=decision.ckey,
            name=decision.name,
            version=decision.version,
            size_bytes=decision.size_bytes,
            decision=decision.decision,
            rule=decision.rule,
            policy=decision.policy,
            policy_name=names.get(decision.policy),
            reason=decision.reason,
            detail=decision.detail,
        )
        for decision in decisions
    )


async def _show_page(
    explainer: FileExplainer, wish: DecisionWish, *, run: int, cursor: str | None, limit: int, ports: Ports
) -> DecisionList:
    page = await explainer.page(wish, after=read_place(cursor) if cursor else None, limit=limit)
    counts = counts_of(explainer.stored.catalogue)
    return DecisionList(
        run=run,
        decided_at=None,
        count=DecisionCount(listed=counts.files, listed_bytes=counts.size_bytes, excluded=counts.excluded),
        items=await show_files(page.decisions, policies=ports.policies),
        next_cursor=str(page.next) if page.next is not None else None,
    )


async def _head_of(mirror: Mirror, *, ports: Ports) -> CatalogueHead:
    head = await ports.heads.get(mirror.id)
    if head is None:
        raise NotFound(f"mirror {mirror.name} has no catalogue yet; it has one after its first run")
    return head


async def _explain_run(mirror: Mirror, number: int, *, ports: Ports) -> FileExplainer:
    run = await find_run(mirror, number, runs=ports.runs)
    return await _explain(mirror, await read_run(run, blobs=ports.blobs), ports=ports)


async def _explain(mirror: Mirror, stored: Stored, *, ports: Ports) -> FileExplainer:
    ecosystem = ecosystem_of(mirror.type)
    try:
        return await open_explainer(stored, ecosystem=ecosystem, shards=ports.shards, blobs=ports.blobs)
    except NotFound as exc:
        raise NotKept(exc.message) from exc
