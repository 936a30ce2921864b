"""Which packages a policy names: those whose dependencies a report is about."""

from collections.abc import Iterable, Iterator, Sequence

from libs.common.domain.policy import Action, Rule, Where


def named_packages(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return the names and specs that are required, each once; where some rules include dependencies, theirs alone."""
    required = [rule for rule in rules if rule.action is Action.REQUIRE]
    including = [rule for rule in required if rule.include_dependencies]
    return tuple(dict.fromkeys(_named(rule.where for rule in including or required)))


def _named(places: Iterable[Where]) -> Iterator[str]:
    for where in places:
        yield from (f"{name} {where.version}" if where.version else name for name in where.name or ())
        yield from where.spec or ()
        yield from _named(where.any or ())
