"""Policies: what may enter, as data. Deciding by them is `libs/common/domain/decide.py`.

A policy is a list of rules. A rule has an id, an action and a `where`:

    require   keep only what matches
    exclude   drop what matches
    allow     bring back what matches, whatever the policy's other rules say of it

Rules of this file:
1. A file is kept if every `require` rule matches it and no `exclude` rule does, or if an
   `allow` rule matches it. The first rule, in their order, that drops a file is the one
   that is named.
2. A `require` rule on nothing but `platform` is the policy's frame: no exception leaves it.
3. All fields of one `where` must match (and); `any` has alternatives (or), `not` turns round.
4. `ecosystems` of a rule says whose files it looks at; others pass it by. Left out, all.
5. A license text may leave a choice (`MIT OR GPL-3.0-only`); it is made in favour of keeping the
   file (libs/common/ecosystems/licenses). A rule that keeps (require, allow) takes `in` as "can be
   used under these alone" (`allowed_by`) and `not_in` as "can be used without these" (`avoids`). A
   rule that excludes takes the opposites: `exclude … in X` drops just what `require … not_in X`
   would, and `exclude … not_in X` what `require … in X` would. `not` turns that round as well.
6. A field that says nothing of an ecosystem (a wheel tag of an R package) matches nothing in it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Scope = Literal["mirror_filtered", "channel_filtered"]
"""Whose rule it is, in the wire's words."""

EcosystemWord = Literal["conda", "python", "r"]
Words = Annotated[tuple[str, ...], Meta(min_length=1, max_length=5000)]
Text = Annotated[str, Meta(min_length=1, max_length=1000)]


class Action(StrEnum):
    """What a rule does with what it matches."""

    REQUIRE = "require"
    EXCLUDE = "exclude"
    ALLOW = "allow"


class Operator(StrEnum):
    """How a number is compared."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "=="
    UNEQUAL = "!="
    AT_LEAST = ">="
    MORE = ">"


class Among(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A list that the value must be in, or must not be in; one of the two."""

    in_: Words | None = msgspec.field(name="in", default=None)
    not_in: Words | None = None


class NumberIs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison with a number."""

    op: Operator
    value: float


class SizeIs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison with a size; a file of unknown size does not match."""

    op: Operator
    bytes: Annotated[int, Meta(ge=0, le=1_000_000_000_000_000)]


class CreatedIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A range of days (UTC, YYYY-MM-DD), both included; a file without a date does not match."""

    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None


class AgeIs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A comparison of a file's age with a number of days, at the day of the decision (UTC).

    `by` says since when: `upstream`, the source's date, and where it has none our own;
    or `first_seen`, the day when the mirror first read the file in its source.
    """

    op: Operator
    days: Annotated[int, Meta(ge=0, le=36_500)]
    by: Literal["upstream", "first_seen"] = "upstream"


class Where(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a rule matches; at least one field.

    name          package names, exact or with `*`, normalised as the ecosystem does
    spec          conda MatchSpecs, PEP 508 requirements, R dependencies (`Name (>= 1.0)`)
    version       a version range in the ecosystem's own words (`>=1.2,<2`)
    file          file names, or their paths in the channel (`noarch/a-1.0-0.conda`), exact or with `*`
    platform      conda subdirs (`noarch` too), wheel platforms, R binary platforms; `source`
                  for sdists and R sources, `any` for pure wheels
    wheel_tag     `cp311-*-manylinux*`, with `*`
    python        Python versions (`>=3.9`) that the file can be used with
    r             R versions that the file can be used with
    license       families (behaviour: AGPL, GPL, …) and SPDX identifiers
    kind          conda, tar.bz2, wheel, sdist, source, binary
    legacy_duplicate  a `.tar.bz2` whose build is kept as `.conda`
    size, created, age
    newest        is of the newest N versions of its name (in its subdir) that the other rules keep
    yanked, signed
    cve_score     the highest CVSS score of its CVEs, 0 without any
    cve_status    the statuses of its CVEs: `in` where one of them is listed, `not_in` where none is
    """

    name: Words | None = None
    spec: Words | None = None
    version: Text | None = None
    file: Words | None = None
    platform: Among | None = None
    wheel_tag: Words | None = None
    python: Text | None = None
    r: Text | None = None
    license: Among | None = None
    kind: Among | None = None
    legacy_duplicate: bool | None = None
    size: SizeIs | None = None
    created: CreatedIn | None = None
    age: AgeIs | None = None
    newest: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    yanked: bool | None = None
    signed: bool | None = None
    cve_score: NumberIs | None = None
    cve_status: Among | None = None
    any: Annotated[tuple["Where", ...], Meta(min_length=1, max_length=1000)] | None = None
    not_: "Where | None" = msgspec.field(name="not", default=None)


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One rule of a policy, or of a mirror's or channel's filters.

    `include_dependencies` is for `require` rules on `name` or `spec`: what the packages
    need, by every version that could be chosen, is let in as well.
    `scope` and `policy` are set by the platform when rules are put together for a mirror.
    """

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    action: Action
    where: Where
    include_dependencies: bool = False
    ecosystems: tuple[EcosystemWord, ...] | None = None
    note: Annotated[str, Meta(max_length=1000)] | None = None
    scope: Scope = "mirror_filtered"
    policy: str | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of a policy; the newest is the one in force. Old ones stay.

    `id` is the policy's, the same for all its revisions; `number` counts from 1.
    """

    id: str
    name: str
    description: str | None = None
    number: int = 1
    rules: tuple[Rule, ...] = ()
    created_at: datetime
    saved_at: datetime
    saved_by: str | None = None


REASONS: tuple[tuple[str, str], ...] = (
    ("cve_score", "cve"),
    ("cve_status", "cve"),
    ("signed", "signed"),
    ("license", "license"),
    ("created", "date"),
    ("age", "date"),
    ("legacy_duplicate", "duplicated_legacy_conda"),
    ("newest", "newest"),
    ("yanked", "yanked"),
    ("size", "size"),
    ("kind", "kind"),
    ("wheel_tag", "platform"),
    ("platform", "platform"),
    ("python", "python"),
    ("r", "r"),
)
"""Field of a `where` -> the word under which `sync_state` counts what it drops, first match first.

Names, specs, versions and files are `only_specs` where they are required, `exclude_specs` where
they are excluded. The words up to `duplicated_legacy_conda` are the wire's, the others ours.
"""


REMOVED_BY_HAND = "removed-by-hand"
"""The id of the platform's own rules for what people took out of a channel by hand; their `note` says who and when."""

_REMOVED = "removed"


def is_removal(rule: Rule) -> bool:
    """Tell whether a rule is for what people took out by hand; rules of policies have the id of their policy."""
    return rule.id == REMOVED_BY_HAND and rule.policy is None


def reason_of(rule: Rule) -> str:
    """Return the word under which files dropped by this rule are counted."""
    if is_removal(rule):
        return _REMOVED
    return _reason(rule.where) or ("only_specs" if rule.action is Action.REQUIRE else "exclude_specs")


def _reason(where: Where) -> str | None:
    for field, word in REASONS:
        if getattr(where, field) is not None:
            return word
    if where.any is not None:
        return next((found for inner in where.any if (found := _reason(inner)) is not None), None)
    return _reason(where.not_) if where.not_ is not None else None


def uses(rule: Rule, *fields: str) -> bool:
    """Tell whether a rule looks at one of these fields anywhere in its `where`."""
    return _uses(rule.where, frozenset(fields))


def _uses(where: Where, fields: frozenset[str]) -> bool:
    inner = (*(where.any or ()), *((where.not_,) if where.not_ is not None else ()))
    return any(getattr(where, field) is not None for field in fields) or any(_uses(one, fields) for one in inner)


POLICY_FIELDS: Mapping[str, str] = {"not": "not_", "in": "in_", "from": "from_"}
"""Words of the document that are no Python names -> their attributes."""
