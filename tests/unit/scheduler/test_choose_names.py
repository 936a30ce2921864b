"""Which names of an index a run reads."""

import pytest

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Rule, Where
from services.scheduler.choose_names import choose_names, named_by
from tests.support.python_world import PYTHON, SIMPLE

NAMES = ("alpha", "beta", "beta-core", "gamma")


def chosen(
    *rules: Rule, asked_for: tuple[str, ...] = (), mode: MirrorMode = MirrorMode.PASSIVE, eager_names: int = 1
) -> list[str]:
    """Return what is read of these names."""
    return choose_names(
        NAMES,
        partition=SIMPLE,
        deciding=PYTHON.compile(Evaluation(rules=rules)),
        named=named_by(rules, ecosystem=PYTHON),
        asked_for=asked_for,
        mode=mode,
        eager_names=eager_names,
    )


def a_rule(action: Action, where: Where, **fields: object) -> Rule:
    """Return a rule."""
    return Rule(id="rule", action=action, where=where, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(name=("Beta", "g*")), ["beta"]),
        (Where(name=("b*", "gamma")), ["gamma"]),
        (Where(spec=("alpha>=2", "gamma")), ["alpha", "gamma"]),
        (Where(any=(Where(name=("alpha",)), Where(name=("b*",)))), ["alpha"]),
        (Where(version=">=2"), []),
    ],
    ids=["a name", "a name beside a glob", "specs", "one of several", "no name"],
)
def test_of_many_names_those_are_read_that_a_rule_lets_in_word_for_word(where: Where, expected: list[str]) -> None:
    """Others are read when a client asks."""
    assert chosen(a_rule(Action.REQUIRE, where)) == expected


def test_a_name_that_a_rule_leaves_out_is_not_read_for_being_named() -> None:
    """Nor one whose rule is for other ecosystems."""
    assert chosen(a_rule(Action.EXCLUDE, Where(spec=("alpha>=2",)))) == []
    assert chosen(a_rule(Action.REQUIRE, Where(name=("alpha",)), ecosystems=("conda",))) == []


def test_what_clients_asked_for_is_read_unless_it_is_ruled_out_since() -> None:
    """Whatever else there is."""
    assert chosen(asked_for=("gamma",)) == ["gamma"]
    assert chosen(a_rule(Action.EXCLUDE, Where(name=("gamma",))), asked_for=("gamma",)) == []


def test_few_names_are_all_read() -> None:
    """What rules drop is not counted."""
    rule = a_rule(Action.EXCLUDE, Where(name=("beta*",)))

    assert chosen(rule, eager_names=2) == ["alpha", "gamma"]
    assert chosen(rule, eager_names=1) == []


def test_an_active_mirror_reads_all_that_its_names_let_in() -> None:
    """However many these are."""
    assert chosen(mode=MirrorMode.ACTIVE, eager_names=0) == list(NAMES)
