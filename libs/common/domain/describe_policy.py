"""Policies in plain words: one sentence a rule, as a person would say it."""

from collections.abc import Iterator, Sequence

from libs.common.domain.policy import Action, Among, Operator, Rule, Where

_MOST_NAMED = 5

_NUMBERS = {
    Operator.LESS: "under {}",
    Operator.AT_MOST: "of at most {}",
    Operator.EQUAL: "of exactly {}",
    Operator.UNEQUAL: "other than {}",
    Operator.AT_LEAST: "of at least {}",
    Operator.MORE: "over {}",
}
_AGES = {
    Operator.LESS: "younger than {}",
    Operator.AT_MOST: "at most {} old",
    Operator.EQUAL: "exactly {} old",
    Operator.UNEQUAL: "not exactly {} old",
    Operator.AT_LEAST: "at least {} old",
    Operator.MORE: "older than {}",
}
_ECOSYSTEMS = {"conda": "conda", "python": "Python", "r": "R"}
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_rules(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return a sentence for each rule, in their order."""
    return tuple(describe_rule(rule) for rule in rules)


def describe_rule(rule: Rule) -> str:
    """Say what a rule does.

    For example `Leave out files under the license GPL or AGPL.`
    """
    files = f"{_owners(rule)}files {describe_where(rule.where)}"
    if rule.action is Action.REQUIRE:
        needed = ", and what they need" if rule.include_dependencies else ""
        return f"Keep only {files}{needed}."
    if rule.action is Action.EXCLUDE:
        return f"Leave out {files}."
    return f"Let in {files}, whatever the other rules say."


def describe_where(where: Where) -> str:
    """Say which files a `where` matches, to follow the word "files"."""
    return _listed(tuple(_parts(where)), word="and") or "of any kind"


def _owners(rule: Rule) -> str:
    if rule.ecosystems is None:
        return ""
    return f"{_listed(tuple(_ECOSYSTEMS[word] for word in rule.ecosystems), word='and')} "


def _parts(where: Where) -> Iterator[str]:
    yield from _naming_parts(where)
    yield from _building_parts(where)
    yield from _dating_parts(where)
    yield from _trusting_parts(where)
    if where.any is not None:
        inner = tuple(_bracketed(describe_where(one)) for one in where.any)
        yield f"either {_listed(inner)}" if len(inner) > 1 else inner[0]
    if where.not_ is not None:
        yield f"other than those {_bracketed(describe_where(where.not_))}"


def _naming_parts(where: Where) -> Iterator[str]:
    if where.name is not None:
        yield f"named {_listed(where.name)}"
    if where.spec is not None:
        yield f"matching {_listed(where.spec)}"
    if where.version is not None:
        yield f"of version {where.version}"
    if where.file is not None:
        yield f"with the file name {_listed(where.file)}"


def _building_parts(where: Where) -> Iterator[str]:
    if where.platform is not None:
        yield _among(where.platform, "for {}", "not for {}")
    if where.wheel_tag is not None:
        yield f"with the wheel tag {_listed(where.wheel_tag)}"
    if where.python is not None:
        yield f"for Python {where.python}"
    if where.r is not None:
        yield f"for R {where.r}"
    if where.kind is not None:
        yield _among(where.kind, "of the kind {}", "not of the kind {}")
    if where.legacy_duplicate is not None:
        yield f"that repeat {'a' if where.legacy_duplicate else 'no'} .conda as .tar.bz2"
    if where.size is not None:
        yield f"with a size {_NUMBERS[where.size.op].format(_size(where.size.bytes))}"


def _dating_parts(where: Where) -> Iterator[str]:
    if where.created is not None:
        since = f" since {where.created.from_}" if where.created.from_ else ""
        until = f" until {where.created.to}" if where.created.to else ""
        yield f"created{since}{until}"
    if where.age is not None:
        seen = ", counted from when they were first seen here" if where.age.by == "first_seen" else ""
        yield f"{_AGES[where.age.op].format(_days(where.age.days))}{seen}"
    if where.newest is not None:
        yield "of the newest version" if where.newest == 1 else f"of the newest {where.newest} versions"
    if where.yanked is not None:
        yield "that were yanked" if where.yanked else "that were not yanked"


def _trusting_parts(where: Where) -> Iterator[str]:
    if where.license is not None:
        yield _among(where.license, "under the license {}", "under another license than {}")
    if where.signed is not None:
        yield "that are signed" if where.signed else "that are not signed"
    if where.cve_score is not None:
        yield f"with a highest CVE score {_NUMBERS[where.cve_score.op].format(f'{where.cve_score.value:g}')}"
    if where.cve_status is not None:
        yield _among(where.cve_status, "with a CVE that is {}", "without a CVE that is {}")


def _among(among: Among, inside: str, outside: str) -> str:
    parts = []
    if among.in_ is not None:
        parts.append(inside.format(_listed(among.in_)))
    if among.not_in is not None:
        parts.append(outside.format(_listed(among.not_in)))
    return " and ".join(parts)


def _listed(words: Sequence[str], *, word: str = "or") -> str:
    """Write `a, b or c`; of a long list the first few and how many more there are."""
    if len(words) > _MOST_NAMED + 1:
        more = len(words) - _MOST_NAMED
        return f"{', '.join(words[:_MOST_NAMED])} and {more:,} more"
    return f" {word} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _bracketed(text: str) -> str:
    return f"({text})" if " and " in text or " or " in text or ", " in text else text


def _size(count: int) -> str:
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:g} {_UNITS[unit]}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"
