"""The wire's `filters` -> checked filters, down to the specs that an ecosystem has to understand."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.domain.errors import InvalidInput
from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import Scope
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystem

_RULE = re.compile(r"rules\[(\d+)\]")
_OF_MIRRORS_ONLY = ("subdirs", "projects")


def check_mirror_filters(values: Mapping[str, Any] | None, *, type: MirrorType) -> Filters:
    """Check a mirror's filters; null counts as left out.

    Raises:
        InvalidInput: naming the key or spec at fault, and for a type that is not offered.
    """
    filters = _read(values)
    _ecosystem(type).partitions(filters)
    _check(filters, type=type, scope="mirror_filtered")
    return filters


def check_channel_filters(values: Mapping[str, Any] | None) -> dict[str, msgspec.Raw]:
    """Check a channel's filters, which act on all its mirrors, and return them as they are stored.

    Raises:
        InvalidInput: naming the key or spec at fault.
    """
    filters = _read(values)
    for key in _OF_MIRRORS_ONLY:
        if getattr(filters, key):
            raise InvalidInput(
                f"filters.{key} chooses what a mirror reads; set it on the channel's mirrors", field=f"filters.{key}"
            )
    _check(filters, type=MirrorType.CONDA, scope="channel_filtered")
    chosen: dict[str, Any] = msgspec.to_builtins(filters)
    return {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in chosen.items()}


def _read(values: Mapping[str, Any] | None) -> Filters:
    given = {key: value for key, value in (values or {}).items() if value is not None}
    known = Filters.__struct_fields__
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise InvalidInput(
            f"filters has {', '.join(unknown)}; known are {', '.join(known)}", field=f"filters.{unknown[0]}"
        )
    try:
        return msgspec.convert(given, Filters)
    except msgspec.ValidationError as exc:
        text, _, place = str(exc).partition(" - at `$.")
        field = f"filters.{place.rstrip('`')}" if place else "filters"
        raise InvalidInput(f"{field}: {text}", field=field) from exc


def _check(filters: Filters, *, type: MirrorType, scope: Scope) -> None:
    rules = rules_of(filters, scope=scope)
    try:
        _ecosystem(type).check_rules(rules)
    except InvalidInput as exc:
        place = _RULE.match(exc.field or "")
        if place is None or exc.field is None:
            raise
        key = f"filters.{rules[int(place[1])].id}"
        raise InvalidInput(exc.message.replace(exc.field, key), field=key) from exc


def _ecosystem(type: MirrorType) -> Ecosystem:
    try:
        return ecosystem(type)
    except InvalidInput as exc:
        raise InvalidInput(exc.message, field="mirror_type") from exc
