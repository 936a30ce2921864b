"""Options of the command line -> rules, each with the id of its option."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence

from libs.client.connection import ConnectionOptions
from libs.client.errors import UsageFailed
from libs.common.domain.advisory import CveStatus
from libs.common.domain.policy import Action, AgeIs, Among, CreatedIn, NumberIs, Operator, Where
from libs.common.domain.policy_document import DocumentRule

DEPENDENCIES_WITHOUT_PACKAGES = "--include-dependencies is of the packages of --package or --spec; name some"


class RuleOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed about rules."""

    platform: tuple[str, ...] = ()
    platform_not: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    license_not: tuple[str, ...] = ()
    package: tuple[str, ...] = ()
    spec: tuple[str, ...] = ()
    include_dependencies: bool = False
    only_signed_packages: bool = False
    drop_legacy_packages: bool = False
    created_after: str | None = None
    created_before: str | None = None
    min_age_days: int | None = None
    cve_score: float | None = None
    cve_score_comparator: str = "<="
    cve_status: tuple[str, ...] = ()
    cve_status_not: tuple[str, ...] = ()
    newest: int | None = None
    exclude: tuple[str, ...] = ()
    exclude_file: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


def add_rule_options(parser: ArgumentParser) -> None:
    """Offer the options that make rules."""
    group = parser.add_argument_group(
        "rules", "each makes one; lists are written a,b or by repeating the option (specs: by repeating it)"
    )
    for option, metavar, words in _LISTS:
        group.add_argument(option, action="append", default=[], metavar=metavar, help=words)
    group.add_argument("--include-dependencies", action="store_true", help="let in what these packages need, too")
    group.add_argument("--only-signed-packages", action="store_true", help="only what the source signed")
    group.add_argument("--drop-legacy-packages", action="store_true", help="no .tar.bz2 whose build is there as .conda")
    group.add_argument("--created-after", metavar="DAY", help="only what was made on this day or later (YYYY-MM-DD)")
    group.add_argument("--created-before", metavar="DAY", help="only what was made on this day or earlier")
    group.add_argument("--min-age-days", metavar="N", type=_count, help="only what is at least N days old")
    group.add_argument("--cve-score", metavar="N", type=_score, help="only files whose highest CVE score is …")
    group.add_argument(
        "--cve-score-comparator",
        metavar="OP",
        choices=tuple(Operator),
        default="<=",
        help="… so compared with N: <, <=, ==, !=, >=, > (default <=; write it in quotes)",
    )
    group.add_argument("--newest", metavar="N", type=_count, help="only the newest N versions of each package")


def rules_of_options(typed: RuleOptions) -> tuple[DocumentRule, ...]:
    """Return the rules that were typed.

    Raises:
        UsageFailed: for options that make no sense together, and unknown statuses.
    """
    if typed.include_dependencies and not (typed.package or typed.spec):
        raise UsageFailed(DEPENDENCIES_WITHOUT_PACKAGES)
    made = ((rule_id, action, make(typed)) for rule_id, action, make in _MAKERS)
    return tuple(
        DocumentRule(
            id=rule_id,
            action=action,
            where=where,
            include_dependencies=typed.include_dependencies and rule_id == "packages",
        )
        for rule_id, action, where in made
        if where is not None
    )


_LISTS = (
    ("--platform", "P,…", "only these subdirs, as linux-64,noarch"),
    ("--platform-not", "P,…", "none of these subdirs"),
    ("--license", "L,…", "only under these license families or SPDX identifiers"),
    ("--license-not", "L,…", "nothing under these licenses"),
    ("--package", "NAME,…", "only these packages"),
    ("--spec", "SPEC", "only what matches one of these, as 'numpy >=1.26'"),
    ("--cve-status", "S,…", "only files whose CVEs all have one of these statuses; those without CVEs enter"),
    ("--cve-status-not", "S,…", "no file with a CVE of these statuses: Reported, Active, Cleared, Mitigated, Disputed"),
    ("--exclude", "SPEC", "nothing that matches these"),
    ("--exclude-file", "FILE,…", "none of these files, by name or path; * stands for any part"),
    ("--allow", "SPEC", "what matches these, whatever the other rules say"),
)


def _words(typed: Sequence[str]) -> tuple[str, ...]:
    """Take lists apart that were written with commas."""
    return tuple(part.strip() for word in typed for part in word.split(",") if part.strip())


def _among(typed: Sequence[str]) -> Among | None:
    words = _words(typed)
    return Among(in_=words) if words else None


def _platforms(typed: Sequence[str]) -> Where | None:
    among = _among(typed)
    return Where(platform=among) if among else None


def _licenses(typed: Sequence[str]) -> Where | None:
    among = _among(typed)
    return Where(license=among) if among else None


def _specs(typed: Sequence[str]) -> Where | None:
    return Where(spec=tuple(typed)) if typed else None


def _files(typed: Sequence[str]) -> Where | None:
    words = _words(typed)
    return Where(file=words) if words else None


def _packages(typed: RuleOptions) -> Where | None:
    names = _words(typed.package)
    if typed.spec:
        # A name is a spec, too; one rule holds both, so that what they need comes in together.
        return Where(spec=(*names, *typed.spec))
    return Where(name=names) if names else None


def _created(typed: RuleOptions) -> Where | None:
    first, last = typed.created_after, typed.created_before
    return Where(created=CreatedIn(from_=first, to=last)) if first or last else None


def _age(typed: RuleOptions) -> Where | None:
    if typed.min_age_days is None:
        return None
    return Where(age=AgeIs(op=Operator.AT_LEAST, days=typed.min_age_days))


def _cve_score(typed: RuleOptions) -> Where | None:
    if typed.cve_score is None:
        return None
    return Where(cve_score=NumberIs(op=Operator(typed.cve_score_comparator), value=typed.cve_score))


def _statuses(typed: Sequence[str]) -> frozenset[CveStatus]:
    known = {status.lower(): status for status in CveStatus}
    unknown = [word for word in _words(typed) if word.lower() not in known]
    if unknown:
        raise UsageFailed(f"there is no CVE status {unknown[0]!r}; there are {', '.join(CveStatus)}")
    return frozenset(known[word.lower()] for word in _words(typed))


def _with_status(statuses: frozenset[CveStatus]) -> Where | None:
    ordered = tuple(status.value for status in CveStatus if status in statuses)
    return Where(cve_status=Among(in_=ordered)) if ordered else None


def _other_statuses(typed: RuleOptions) -> Where | None:
    wanted = _statuses(typed.cve_status)
    return _with_status(frozenset(CveStatus) - wanted) if wanted else None


def _newest(typed: RuleOptions) -> Where | None:
    return Where(newest=typed.newest) if typed.newest is not None else None


_MAKERS: tuple[tuple[str, Action, Callable[[RuleOptions], Where | None]], ...] = (
    ("platform", Action.REQUIRE, lambda typed: _platforms(typed.platform)),
    ("platform-not", Action.EXCLUDE, lambda typed: _platforms(typed.platform_not)),
    ("packages", Action.REQUIRE, _packages),
    ("license", Action.REQUIRE, lambda typed: _licenses(typed.license)),
    ("license-not", Action.EXCLUDE, lambda typed: _licenses(typed.license_not)),
    ("signed", Action.REQUIRE, lambda typed: Where(signed=True) if typed.only_signed_packages else None),
    ("legacy", Action.EXCLUDE, lambda typed: Where(legacy_duplicate=True) if typed.drop_legacy_packages else None),
    ("created", Action.REQUIRE, _created),
    ("age", Action.REQUIRE, _age),
    ("cve-score", Action.REQUIRE, _cve_score),
    ("cve-status", Action.EXCLUDE, _other_statuses),
    ("cve-status-not", Action.EXCLUDE, lambda typed: _with_status(_statuses(typed.cve_status_not))),
    ("newest", Action.REQUIRE, _newest),
    ("exclusions", Action.EXCLUDE, lambda typed: _specs(typed.exclude)),
    ("files", Action.EXCLUDE, lambda typed: _files(typed.exclude_file)),
    ("exceptions", Action.ALLOW, lambda typed: _specs(typed.allow)),
)
"""Id of a rule, what it does, and how it is made of what was typed; in the order of the policy."""


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"must be a whole number, not {text!r}")
    return int(text)


def _score(text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"must be a CVSS score from 0 to 10, not {text!r}") from exc
