"""The wire's `filters` -> rules.

    projects                require  name, of Python packages
    only_specs              require  spec
    include_licenses        require  license
    exclude_licenses        exclude  license
    date_from, date_to      require  created
    exclude_specs           exclude  spec
    include_specs           allow    spec
    only_signed             require  signed
    legacy_packages: drop   exclude  legacy_duplicate
    cve_score_threshold     require  cve_score <= n
    exclude_non_curated_cve exclude  cve_status Reported

Each rule has the key of its filter as id, but for `date`. `subdirs` choose what is read, and
are no rule.
"""

from collections.abc import Callable, Mapping

from libs.common.domain.advisory import CveStatus
from libs.common.domain.errors import InvalidInput
from libs.common.domain.field_words import read_day
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Action, Among, CreatedIn, EcosystemWord, NumberIs, Operator, Rule, Scope, Where

_MOST_WORDS = 5000
"""As many as a `where` holds in one field (`policy.Words`)."""
_MAX_SCORE = 10


def rules_of(filters: Filters, *, scope: Scope = "mirror_filtered") -> tuple[Rule, ...]:
    """Translate a mirror's or a channel's filters.

    Raises:
        InvalidInput: for values or combinations that make no sense, naming the key.
    """
    check_filters(filters)
    found = ((id_, action, make(filters)) for id_, action, make in _MAKERS)
    return tuple(
        Rule(id=id_, action=action, where=where, scope=scope, ecosystems=_ONLY_FOR.get(id_))
        for id_, action, where in found
        if where is not None
    )


def check_filters(filters: Filters) -> None:
    """Refuse filters that make no sense, alone or together.

    Raises:
        InvalidInput: naming the key at fault.
    """
    if filters.only_specs and (filters.exclude_specs or filters.include_specs):
        raise InvalidInput(
            "filters.only_specs stands alone; leave out exclude_specs and include_specs", field="filters.only_specs"
        )
    score = filters.cve_score_threshold
    if score is not None and not 0 <= score <= _MAX_SCORE:
        raise InvalidInput(
            f"filters.cve_score_threshold must be a CVSS score from 0 to {_MAX_SCORE}",
            field="filters.cve_score_threshold",
        )
    if filters.legacy_packages not in ("keep", "drop"):
        raise InvalidInput("filters.legacy_packages must be keep or drop", field="filters.legacy_packages")
    first = read_day(filters.date_from or None, "filters.date_from")
    last = read_day(filters.date_to or None, "filters.date_to")
    if first is not None and last is not None and first > last:
        raise InvalidInput("filters.date_from is after filters.date_to", field="filters.date_from")


def _specs(texts: tuple[str, ...]) -> Where | None:
    return _in_chunks(texts, lambda chunk: Where(spec=chunk))


def _names(texts: tuple[str, ...]) -> Where | None:
    return _in_chunks(texts, lambda chunk: Where(name=chunk))


def _in_chunks(texts: tuple[str, ...], make: Callable[[tuple[str, ...]], Where]) -> Where | None:
    if len(texts) <= _MOST_WORDS:
        return make(texts) if texts else None
    chunks = (texts[start : start + _MOST_WORDS] for start in range(0, len(texts), _MOST_WORDS))
    return Where(any=tuple(map(make, chunks)))


def _licenses(words: tuple[str, ...]) -> Where | None:
    return Where(license=Among(in_=words)) if words else None


def _created(filters: Filters) -> Where | None:
    first, last = filters.date_from or None, filters.date_to or None
    return Where(created=CreatedIn(from_=first, to=last)) if first or last else None


def _score(limit: float | None) -> Where | None:
    return Where(cve_score=NumberIs(op=Operator.AT_MOST, value=limit)) if limit is not None else None


_REPORTED = Where(cve_status=Among(in_=(CveStatus.REPORTED,)))
_ONLY_FOR: Mapping[str, tuple[EcosystemWord, ...]] = {"projects": ("python",)}
_MAKERS: tuple[tuple[str, Action, Callable[[Filters], Where | None]], ...] = (
    ("projects", Action.REQUIRE, lambda filters: _names(filters.projects)),
    ("only_specs", Action.REQUIRE, lambda filters: _specs(filters.only_specs)),
    ("include_licenses", Action.REQUIRE, lambda filters: _licenses(filters.include_licenses)),
    ("exclude_licenses", Action.EXCLUDE, lambda filters: _licenses(filters.exclude_licenses)),
    ("date", Action.REQUIRE, _created),
    ("exclude_specs", Action.EXCLUDE, lambda filters: _specs(filters.exclude_specs)),
    ("include_specs", Action.ALLOW, lambda filters: _specs(filters.include_specs)),
    ("only_signed", Action.REQUIRE, lambda filters: Where(signed=True) if filters.only_signed else None),
    (
        "legacy_packages",
        Action.EXCLUDE,
        lambda filters: Where(legacy_duplicate=True) if filters.legacy_packages == "drop" else None,
    ),
    ("cve_score_threshold", Action.REQUIRE, lambda filters: _score(filters.cve_score_threshold)),
    ("exclude_non_curated_cve", Action.EXCLUDE, lambda filters: _REPORTED if filters.exclude_non_curated_cve else None),
)
