"""Which rules a mirror is under."""

import msgspec
import pytest

from libs.common.deciding.effective_rules import effective_rules, policy_in_force
from libs.common.deciding.make_evaluation import asked_by
from libs.common.domain.digest import Sha256
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import Action, AgeIs, Among, CreatedIn, NumberIs, Operator, Rule, Where
from tests.support.records import NOON, a_channel, a_mirror, a_policy, a_rule

BOOK = Sha256("b" * 64)
OWN_FILTERS = Filters(exclude_licenses=("gpl",))
CHANNEL_FILTERS = {"exclude_specs": msgspec.Raw(b'["alpha"]')}


def test_filters_come_before_the_policy_and_the_mirrors_things_before_the_channels() -> None:
    """The first rule that drops a file is the one that is named."""
    mirror = a_mirror(filters=OWN_FILTERS)
    channel = a_channel(filters=CHANNEL_FILTERS, policy_id="id-of-production")

    rules = effective_rules(mirror, channel=channel, policy=a_policy("production", a_rule("one"), a_rule("two")))

    assert [(rule.id, rule.scope, rule.policy) for rule in rules] == [
        ("exclude_licenses", "mirror_filtered", None),
        ("exclude_specs", "channel_filtered", None),
        ("one", "channel_filtered", "id-of-production"),
        ("two", "channel_filtered", "id-of-production"),
    ]


def test_a_mirrors_own_policy_takes_the_place_of_the_channels() -> None:
    """And counts as the mirror's."""
    mirror = a_mirror(filters=OWN_FILTERS, policy_id="id-of-own")
    channel = a_channel(filters=CHANNEL_FILTERS, policy_id="id-of-production")

    assert policy_in_force(mirror, channel=channel) == ("id-of-own", "mirror_filtered")
    rules = effective_rules(mirror, channel=channel, policy=a_policy("own", a_rule("one")))
    assert [(rule.id, rule.scope, rule.policy) for rule in rules] == [
        ("exclude_licenses", "mirror_filtered", None),
        ("one", "mirror_filtered", "id-of-own"),
        ("exclude_specs", "channel_filtered", None),
    ]


def test_a_mirror_without_filters_and_policy_is_under_nothing() -> None:
    """All of its source comes in."""
    assert policy_in_force(a_mirror(), channel=a_channel()) == (None, "channel_filtered")
    assert effective_rules(a_mirror(), channel=a_channel(), policy=None) == ()


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        (MirrorType.CONDA, ["all", "conda"]),
        (MirrorType.PYTHON_SIMPLE, ["all", "python"]),
        (MirrorType.CRAN, ["all", "r"]),
    ],
)
def test_rules_for_other_ecosystems_are_left_out(kind: MirrorType, ids: list[str]) -> None:
    """A conda mirror is not decided anew each day for the age of wheels."""
    policy = a_policy(
        "production",
        a_rule("all"),
        a_rule("conda", ecosystems=("conda",)),
        a_rule("python", ecosystems=("python",)),
        a_rule("r", ecosystems=("r",)),
    )

    rules = effective_rules(a_mirror(type=kind), channel=a_channel(), policy=policy)

    assert [rule.id for rule in rules] == ids


@pytest.mark.parametrize(
    ("where", "asks_for_day", "asks_for_book"),
    [
        (Where(license=Among(in_=("MIT",))), False, False),
        (Where(created=CreatedIn(to="2026-01-01")), False, False),
        (Where(age=AgeIs(op=Operator.AT_LEAST, days=7)), True, False),
        (Where(not_=Where(any=(Where(age=AgeIs(op=Operator.LESS, days=7)),))), True, False),
        (Where(cve_score=NumberIs(op=Operator.MORE, value=7)), False, True),
        (Where(any=(Where(cve_status=Among(in_=("Active",))), Where(name=("alpha",)))), False, True),
    ],
    ids=["license", "created", "age", "age within", "score", "status within"],
)
def test_an_evaluation_has_only_what_its_rules_ask_for(
    where: Where, *, asks_for_day: bool, asks_for_book: bool
) -> None:
    """Else a new day, or a new advisory, would have everything decided anew."""
    rule = Rule(id="one", action=Action.EXCLUDE, where=where)

    asked = asked_by((rule,), today=NOON.date(), advisories=BOOK)

    assert asked.today == (NOON.date() if asks_for_day else None)
    assert asked.advisories == (BOOK if asks_for_book else None)
