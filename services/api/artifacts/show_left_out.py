"""<channel>/artifacts/excluded: a page of the names that sources have and clients do not see."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.mirror import MirrorType
from services.api.artifacts.families import FAMILIES, family_of
from services.api.artifacts.left_out import LeftOut
from services.api.artifacts.package_names import filed_name
from services.api.artifacts.schemas import LeftOutList, LeftOutMirror, LeftOutOut
from services.api.ports import Ports


class LeftOutWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which names to show; what is None leaves nothing out. `reason` is a word of `reasons`."""

    text: str | None = None
    family: str | None = None
    reason: str | None = None


async def show_left_out(channel: Channel, wish: LeftOutWish, *, offset: int, limit: int, ports: Ports) -> LeftOutList:
    """Show names that are not there, those first that begin with the text.

    Raises:
        StoreUnavailable: when a store does not answer, or lost what it should have.
    """
    names = await ports.left_out.of(channel)
    found, reasons = await asyncio.to_thread(_find, names, wish)
    whose = {mirror.id: mirror.name for mirror in await ports.mirrors.list(channel=channel.key)}
    return LeftOutList(
        total_count=len(found),
        reasons=reasons,
        items=tuple(
            LeftOutOut(
                name=one.name,
                family=family_of(one.type),
                reasons=dict(one.reasons),
                mirrors=tuple(LeftOutMirror(mirror_id=it, mirror=whose[it]) for it in one.mirrors if it in whose),
            )
            for one in found[offset : offset + limit]
        ),
    )


def _find(names: Sequence[LeftOut], wish: LeftOutWish) -> tuple[Sequence[LeftOut], Mapping[str, int]]:
    if wish.family is not None:
        type_ = FAMILIES.get(wish.family)
        names = [one for one in names if one.type is type_]
    if wish.text is not None:
        text = wish.text.casefold()
        texts = {type_: filed_name(type_, text).casefold() or text for type_ in MirrorType}
        first: list[LeftOut] = []
        other: list[LeftOut] = []
        for one in names:
            folded, wanted = one.name.casefold(), texts[one.type]
            if folded.startswith((text, wanted)):
                first.append(one)
            elif text in folded or wanted in folded:
                other.append(one)
        names = first + other
    reasons = Counter(reason for one in names for reason, _ in one.reasons)
    if wish.reason is not None:
        names = [one for one in names if any(reason == wish.reason for reason, _ in one.reasons)]
    return names, dict(sorted(reasons.items()))
