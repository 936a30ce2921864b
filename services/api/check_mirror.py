"""The wire's mirror object -> checked values, or the reason why not."""

from enum import StrEnum
from typing import TypeVar

import msgspec

from libs.common.domain.cron import check_cron
from libs.common.domain.errors import Conflict, InvalidInput
from libs.common.domain.mirror import (
    DEFAULT_CRON,
    Filters,
    Mirror,
    MirrorMode,
    MirrorType,
    UpstreamRemovals,
    check_mirror_name,
)
from libs.common.ports.secrets import Seal
from services.api.check_filters import check_mirror_filters
from services.api.check_source import Address, check_proxy, check_source
from services.api.mirror_schemas import MirrorIn

Word = TypeVar("Word", bound=StrEnum)


class CheckedMirror(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may choose about a mirror, checked."""

    name: str
    type: MirrorType
    mode: MirrorMode
    cron: str
    source: Address
    proxy: Address | None
    filters: Filters
    upstream_removals: UpstreamRemovals


def check_mirror(wish: MirrorIn, *, before: Mirror | None, seal: Seal, file_sources: tuple[str, ...]) -> CheckedMirror:
    """Check a whole mirror object; `before` is the mirror that it replaces.

    Raises:
        InvalidInput: naming the key at fault.
        SourceNotAllowed: for a file source that the operator does not allow.
        Conflict: for another mode or type than the mirror has.
    """
    check_mirror_name(wish.mirror_name)
    type_ = _word(wish.mirror_type, MirrorType, key="mirror_type", default=before.type if before else MirrorType.CONDA)
    mode = _word(wish.mirror_mode, MirrorMode, key="mirror_mode", default=before.mode if before else MirrorMode.PASSIVE)
    if before is not None:
        _check_unchanged("mirror_type", type_, before.type)
        _check_unchanged("mirror_mode", mode, before.mode)
    return CheckedMirror(
        name=wish.mirror_name,
        type=type_,
        mode=mode,
        cron=check_cron(wish.cron or DEFAULT_CRON),
        source=check_source(
            wish.source_root, type=type_, before=_source_of(before), seal=seal, file_sources=file_sources
        ),
        proxy=check_proxy(wish.proxy, before=_proxy_of(before), seal=seal),
        filters=check_mirror_filters(wish.filters, type=type_),
        # Left out it stays: clients that do not know the key must not let kept packages go by an edit.
        upstream_removals=_word(
            wish.upstream_removals,
            UpstreamRemovals,
            key="upstream_removals",
            default=before.upstream_removals if before else UpstreamRemovals.FOLLOW,
        ),
    )


def check_word(value: str, kind: type[Word], *, key: str) -> Word:
    """Return one of the words that a key may have.

    Raises:
        InvalidInput: for another one; says which there are.
    """
    try:
        return kind(value)
    except ValueError as exc:
        raise InvalidInput(f"{key} must be one of {', '.join(kind)}", field=key) from exc


def _word(value: str | None, kind: type[Word], *, key: str, default: Word) -> Word:
    return default if value is None else check_word(value, kind, key=key)


def _check_unchanged(key: str, wished: StrEnum, present: StrEnum) -> None:
    if wished != present:
        raise Conflict(f"{key} is {present} and can't be changed; make a new mirror with {wished}")


def _source_of(mirror: Mirror | None) -> Address | None:
    return Address(shown=mirror.source_root, sealed=mirror.sealed_source) if mirror else None


def _proxy_of(mirror: Mirror | None) -> Address | None:
    if mirror is None or mirror.proxy is None:
        return None
    return Address(shown=mirror.proxy, sealed=mirror.sealed_proxy)
