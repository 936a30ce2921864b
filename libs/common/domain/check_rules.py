"""Refusing rules that can't be decided by, with the path of the fault.

What a policy's document may look like is told by the Structs of `policy.py`; here is what
they can't say. Words that only an ecosystem understands are read by compiling the rules.
"""

from typing import Any

from libs.common.domain.decide import Rulebook
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.field import Unreadable
from libs.common.domain.file_view import Dialect
from libs.common.domain.policy import Action, Among, Rule, Where, uses

_NOT_WITH_DEPENDENCIES = ("newest", "age", "cve_score", "cve_status", "legacy_duplicate")
"""These depend on more than the record: who is a root would change with what is reached."""
_MAX_SCORE = 10


def check_rules(rules: tuple[Rule, ...], *, dialect: Dialect[Any]) -> None:
    """Refuse rules that one ecosystem can't decide by; those of other ecosystems are passed by.

    Raises:
        InvalidInput: naming the path of the fault, for example `rules[3].where.spec[0]`.
    """
    first: dict[tuple[str, str | None, str], int] = {}
    for place, rule in enumerate(rules):
        path = f"rules[{place}]"
        other = first.setdefault((rule.scope, rule.policy, rule.id), place)
        if other != place:
            raise InvalidInput(f"{path}.id is {rule.id}, as that of rules[{other}]", field=f"{path}.id")
        if rule.ecosystems == ():
            raise InvalidInput(f"{path}.ecosystems is empty; leave it out for all", field=f"{path}.ecosystems")
        if rule.include_dependencies:
            _check_dependencies(rule, path)
        _check_where(rule.where, f"{path}.where")
    Rulebook(Evaluation(rules=rules), dialect=dialect, common=Unreadable.REFUSED)


def _check_dependencies(rule: Rule, path: str) -> None:
    field = f"{path}.include_dependencies"
    if rule.action is not Action.REQUIRE or (rule.where.name is None and rule.where.spec is None):
        raise InvalidInput(f"{field} is for a require rule whose where has a name or a spec", field=field)
    if uses(rule, *_NOT_WITH_DEPENDENCIES):
        raise InvalidInput(
            f"{field} does not go with {', '.join(_NOT_WITH_DEPENDENCIES)}; put these into a rule of their own",
            field=field,
        )


def _check_where(where: Where, path: str) -> None:
    waiting = [(where, path)]
    while waiting:
        one, at = waiting.pop()
        for name in Where.__struct_fields__:
            value = getattr(one, name)
            if isinstance(value, Among) and (value.in_ is None) == (value.not_in is None):
                raise InvalidInput(f"{at}.{name} needs in or not_in, one of them", field=f"{at}.{name}")
        if one.cve_score is not None and not 0 <= one.cve_score.value <= _MAX_SCORE:
            raise InvalidInput(
                f"{at}.cve_score.value must be a CVSS score from 0 to {_MAX_SCORE}", field=f"{at}.cve_score.value"
            )
        waiting += [(inner, f"{at}.any[{place}]") for place, inner in enumerate(one.any or ())]
        if one.not_ is not None:
            waiting.append((one.not_, f"{at}.not"))
