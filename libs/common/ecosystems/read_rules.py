"""Rules -> whether the ecosystems that they are for understand them."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from libs.common.domain.policy import EcosystemWord, Rule
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.cran.ecosystem import CranDecisions
from libs.common.ecosystems.pypi.ecosystem import PythonDecisions


class RuleReader(Protocol):
    """The part of an ecosystem that reads rules."""

    def check_rules(self, rules: tuple[Rule, ...]) -> None:
        """Refuse rules that can't be decided by; those of other ecosystems are passed by.

        Raises:
            InvalidInput: naming the path of the fault.
        """


_READERS: Mapping[EcosystemWord, RuleReader] = {
    "conda": CondaEcosystem(),
    "python": PythonDecisions(),
    "r": CranDecisions(),
}
_MIRRORED: tuple[EcosystemWord, ...] = ("conda",)
"""What rules are for that name no ecosystem: what this server mirrors."""


def check_rules(rules: tuple[Rule, ...]) -> None:
    """Refuse rules that an ecosystem which they are for can't decide by.

    Raises:
        InvalidInput: naming the path of the fault, for example `rules[3].where.spec[0]`.
    """
    addressed = tuple(
        rule if rule.ecosystems is not None else msgspec.structs.replace(rule, ecosystems=_MIRRORED) for rule in rules
    )
    for reader in _READERS.values():
        reader.check_rules(addressed)
