"""Rules -> whether the ecosystems that they are for understand them."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from libs.common.domain.policy import Action, EcosystemWord, Rule, Where
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem


class RuleReader(Protocol):
    """The part of an ecosystem that reads rules."""

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that can't be decided by; those of other ecosystems are passed by.

        Raises:
            InvalidInput: naming the path of the fault.
        """


_READERS: Mapping[EcosystemWord, RuleReader] = {
    "conda": CondaEcosystem(),
    "python": PythonEcosystem(),
    "r": CranEcosystem(),
}
_COMMON: tuple[EcosystemWord, ...] = ("conda",)
"""In whose words rules are written that name no ecosystem; the others read names and versions of them."""


_OWN_FIELDS: Mapping[EcosystemWord, tuple[str, ...]] = {"python": ("python", "wheel_tag"), "r": ("r",)}
"""Fields that one ecosystem alone reads."""

_ANYTHING = Where(yanked=True)
"""What every ecosystem understands."""


def check_rules(rules: tuple[Rule, ...]) -> None:
    """Refuse rules that an ecosystem which they are for can't decide by.

    Of a rule that names none, the fields of one ecosystem alone are read by that one.

    Raises:
        InvalidInput: naming the path of the fault, for example `rules[3].where.spec[0]`.
    """
    for word, reader in _READERS.items():
        reader.check_rules(tuple(_as_read_by(word, rule) for rule in rules))


def _as_read_by(word: EcosystemWord, rule: Rule) -> Rule:
    if rule.ecosystems is not None:
        return rule
    if word in _OWN_FIELDS:
        return Rule(id=rule.id, action=Action.EXCLUDE, where=_only(_OWN_FIELDS[word], rule.where), ecosystems=(word,))
    return msgspec.structs.replace(rule, ecosystems=_COMMON)


def _only(fields: tuple[str, ...], where: Where) -> Where:
    """Keep these fields of a `where`, each at its path."""
    kept: dict[str, Any] = {field: getattr(where, field) for field in fields}
    if where.any is not None:
        kept["any"] = tuple(_only(fields, one) for one in where.any)
    if where.not_ is not None:
        kept["not_"] = _only(fields, where.not_)
    found = Where(**kept)
    return found if found != Where() else _ANYTHING
