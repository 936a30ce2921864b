"""names that a source lists and nobody read -> those that a run reads.

Rules of this file:
1. What a name alone rules out is not asked for.
2. An active mirror reads all others: it lists what it has.
3. A passive mirror reads all others where these are few. Of a whole index it reads what somebody
   asked for before, and what a rule names; the rest is read when a client first asks.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.protocol import Deciding, Ecosystem, Glance

EAGER_NAMES = 2_000
"""So many pages are read in minutes; a whole index takes hours, of which clients ask for few."""


def choose_names(
    unread: Sequence[str],
    *,
    partition: str,
    deciding: Deciding,
    named: Deciding | None,
    asked_for: Collection[str],
    mode: MirrorMode,
    eager_names: int = EAGER_NAMES,
) -> list[str]:
    """Choose among unread names; `asked_for` are those that clients asked for, `named` what `named_by` returned."""

    def is_let_in(name: str) -> bool:
        return deciding.glance(name, partition=partition).verdict is not Glance.DROP

    def is_asked_for(name: str) -> bool:
        return name in asked_for or (
            named is not None and named.glance(name, partition=partition).verdict is not Glance.DROP
        )

    let_in = filter(is_let_in, unread)
    if mode is MirrorMode.ACTIVE:
        return list(let_in)
    few = list(islice(let_in, eager_names + 1))
    if len(few) <= eager_names:
        return few
    return [name for name in unread if is_asked_for(name) and is_let_in(name)]


def named_by(rules: Iterable[Rule], *, ecosystem: Ecosystem) -> Deciding | None:
    """Return what lets in the names that rules let in by name, word for word; None where there are none."""
    wheres = tuple(
        where
        for rule in rules
        if rule.action is not Action.EXCLUDE and (rule.ecosystems is None or ecosystem.word in rule.ecosystems)
        for where in _named(rule.where)
    )
    if not wheres:
        return None
    rule = Rule(id="named", action=Action.REQUIRE, where=Where(any=wheres))
    return ecosystem.compile(Evaluation(rules=(rule,)))


def _named(where: Where) -> Iterable[Where]:
    names = _exact(where.name)
    if names:
        yield Where(name=names)
    specs = _exact(where.spec)
    if specs:
        yield Where(spec=specs)
    for inner in where.any or ():
        yield from _named(inner)


def _exact(words: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(word for word in words or () if "*" not in word)
