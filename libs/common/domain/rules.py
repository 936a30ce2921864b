"""Rules: what may enter, as data, and the translation of the wire's `filters` into them.

Rules are ecosystem-neutral; an ecosystem compiles them (`Ecosystem.compile`) to decide on
its own records. Order matters only for the reason given: the first rule that excludes a
file names it. Exceptions (`Exceptions`) bring back what any other rule of the same
scope excluded, but for `Partitions` and `OnlySpecs`.
"""

from datetime import UTC, date, datetime, time
from typing import Literal

import msgspec

from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Filters

Scope = Literal["mirror_filtered", "channel_filtered"]
"""Whose rule it is, in the wire's words."""


class _Rule(msgspec.Struct, frozen=True, kw_only=True, tag_field="rule", omit_defaults=True):
    id: str
    scope: Scope = "mirror_filtered"


class Licenses(_Rule, frozen=True, kw_only=True, tag="licenses"):
    """Keep only licenses of these families, or drop them; reason `license`."""

    families: tuple[str, ...]
    keep: bool


class Created(_Rule, frozen=True, kw_only=True, tag="created"):
    """Keep records made in this range, in ms since 1970 UTC, both ends included; reason `date`.

    A record without a date is dropped: it can't be shown to lie in the range.
    """

    from_ms: int | None = None
    to_ms: int | None = None


class OnlySpecs(_Rule, frozen=True, kw_only=True, tag="only_specs"):
    """Keep only what one of the specs matches; reason `only_specs`."""

    specs: tuple[str, ...]


class ExcludeSpecs(_Rule, frozen=True, kw_only=True, tag="exclude_specs"):
    """Drop what one of the specs matches; reason `exclude_specs`."""

    specs: tuple[str, ...]


class Exceptions(_Rule, frozen=True, kw_only=True, tag="include_specs"):
    """Bring back what one of the specs matches."""

    specs: tuple[str, ...]


class Signed(_Rule, frozen=True, kw_only=True, tag="signed"):
    """Keep only what the source signed; reason `signed`."""


class NoLegacyDuplicates(_Rule, frozen=True, kw_only=True, tag="legacy_packages"):
    """Drop a `.tar.bz2` whose build exists as `.conda`; reason `duplicated_legacy_conda`."""


Rule = Licenses | Created | OnlySpecs | ExcludeSpecs | Exceptions | Signed | NoLegacyDuplicates

LICENSE_WORDS = frozenset(
    "agpl gpl gpl2 gpl3 lgpl bsd mit apache psf public_domain proprietary mozilla cc other none".split()
)


def rules_of(filters: Filters, *, scope: Scope = "mirror_filtered") -> tuple[Rule, ...]:
    """Translate the wire's filters; `subdirs` and `projects` choose what is read and are not rules.

    Raises:
        InvalidInput: for values or combinations that make no sense, or need data that
            this installation does not have.
    """
    check_filters(filters)
    rules: list[Rule] = []
    if filters.only_specs:
        rules.append(OnlySpecs(id="only_specs", scope=scope, specs=filters.only_specs))
    if filters.include_licenses:
        rules.append(Licenses(id="include_licenses", scope=scope, families=filters.include_licenses, keep=True))
    if filters.exclude_licenses:
        rules.append(Licenses(id="exclude_licenses", scope=scope, families=filters.exclude_licenses, keep=False))
    if filters.date_from or filters.date_to:
        rules.append(
            Created(
                id="date",
                scope=scope,
                from_ms=_day_ms(filters.date_from, time.min, field="date_from"),
                to_ms=_day_ms(filters.date_to, time.max, field="date_to"),
            )
        )
    if filters.exclude_specs:
        rules.append(ExcludeSpecs(id="exclude_specs", scope=scope, specs=filters.exclude_specs))
    if filters.include_specs:
        rules.append(Exceptions(id="include_specs", scope=scope, specs=filters.include_specs))
    if filters.only_signed:
        rules.append(Signed(id="only_signed", scope=scope))
    if filters.legacy_packages == "drop":
        rules.append(NoLegacyDuplicates(id="legacy_packages", scope=scope))
    return tuple(rules)


def rules_digest(rules: tuple[Rule, ...]) -> Sha256:
    """Name a set of rules by its content."""
    return sha256_of(msgspec.json.encode(rules, order="deterministic"))


def check_filters(filters: Filters) -> None:
    """Refuse filters that make no sense together.

    Raises:
        InvalidInput: naming the key at fault.
    """
    if filters.only_specs and (filters.exclude_specs or filters.include_specs):
        raise InvalidInput(
            "filters.only_specs stands alone; leave out exclude_specs and include_specs", field="filters.only_specs"
        )
    if filters.cve_score_threshold is not None or filters.exclude_non_curated_cve:
        raise InvalidInput(
            "filters on CVEs need vulnerability data, which this server does not hold; "
            "leave out cve_score_threshold and exclude_non_curated_cve",
            field="filters.cve_score_threshold",
        )
    if filters.legacy_packages not in ("keep", "drop"):
        raise InvalidInput("filters.legacy_packages must be keep or drop", field="filters.legacy_packages")
    for key, words in (("include_licenses", filters.include_licenses), ("exclude_licenses", filters.exclude_licenses)):
        unknown = sorted({word.lower() for word in words} - LICENSE_WORDS)
        if unknown:
            raise InvalidInput(
                f"filters.{key} has {', '.join(unknown)}; known are {', '.join(sorted(LICENSE_WORDS))}",
                field=f"filters.{key}",
            )
    first = _day_ms(filters.date_from, time.min, field="date_from")
    last = _day_ms(filters.date_to, time.max, field="date_to")
    if first is not None and last is not None and first > last:
        raise InvalidInput("filters.date_from is after filters.date_to", field="filters.date_from")


def _day_ms(text: str | None, clock: time, *, field: str) -> int | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise InvalidInput(f"filters.{field} must be a day as YYYY-MM-DD", field=f"filters.{field}") from exc
    return int(datetime.combine(day, clock, tzinfo=UTC).timestamp() * 1000)
