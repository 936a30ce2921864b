"""The wire's `filters` -> checked filters, down to the specs that an ecosystem has to understand."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from libs.common.domain.errors import InvalidInput
from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import Scope
from libs.common.ecosystems.registry import ecosystem

_RULE = re.compile(r"rules\[(\d+)\]")
_OF_MIRRORS_ONLY = ("subdirs", "projects")
_ONLY_FOR: Mapping[str, tuple[Collection[MirrorType], str]] = {
    "projects": ((MirrorType.PYTHON_SIMPLE,), "name its packages with only_specs"),
    "subdirs": ((MirrorType.CONDA, MirrorType.CRAN), "a Python index has none"),
}
"""Filters that say what is read, the types that have such a thing, and what to write instead."""


def check_mirror_filters(values: Mapping[str, Any] | None, *, type: MirrorType) -> Filters:
    """Check a mirror's filters; null counts as left out.

    Raises:
        InvalidInput: naming the key or spec at fault.
    """
    filters = _read(values)
    _check_fitting(filters, type)
    ecosystem(type).partitions(filters)
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


def _check_fitting(filters: Filters, type: MirrorType) -> None:
    """Refuse what would choose nothing: who writes it believes that it does."""
    for key, (types, hint) in _ONLY_FOR.items():
        if getattr(filters, key) and type not in types:
            raise InvalidInput(f"filters.{key} chooses nothing of a {type} mirror: {hint}", field=f"filters.{key}")


def _check(filters: Filters, *, type: MirrorType, scope: Scope) -> None:
    rules = rules_of(filters, scope=scope)
    try:
        ecosystem(type).check_rules(rules)
    except InvalidInput as exc:
        place = _RULE.match(exc.field or "")
        if place is None or exc.field is None:
            raise
        key = f"filters.{rules[int(place[1])].id}"
        raise InvalidInput(exc.message.replace(exc.field, key), field=key) from exc
