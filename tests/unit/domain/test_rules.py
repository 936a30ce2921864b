"""The wire's filters become rules, and nonsense is refused by name."""

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Filters
from libs.common.domain.rules import Created, rules_digest, rules_of


def test_no_filters_are_no_rules() -> None:
    """Everything enters."""
    assert rules_of(Filters()) == ()


def test_every_filter_becomes_a_rule_with_its_own_id() -> None:
    """The id is what a decision names."""
    rules = rules_of(
        Filters(
            include_licenses=("mit",),
            exclude_licenses=("gpl3",),
            exclude_specs=("numpy <1",),
            include_specs=("numpy 0.9",),
            date_from="2020-01-01",
            only_signed=True,
            legacy_packages="drop",
        )
    )

    assert [rule.id for rule in rules] == [
        "include_licenses",
        "exclude_licenses",
        "date",
        "exclude_specs",
        "include_specs",
        "only_signed",
        "legacy_packages",
    ]


def test_a_day_range_includes_both_days_in_utc() -> None:
    """The last millisecond of the last day still counts."""
    (rule,) = rules_of(Filters(date_from="2024-01-01", date_to="2024-01-01"))

    assert isinstance(rule, Created)
    assert rule.from_ms == 1704067200000
    assert rule.to_ms == 1704067200000 + 24 * 3600 * 1000 - 1


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        (Filters(only_specs=("a",), exclude_specs=("b",)), "filters.only_specs"),
        (Filters(cve_score_threshold=7.0), "filters.cve_score_threshold"),
        (Filters(exclude_non_curated_cve=True), "filters.cve_score_threshold"),
        (Filters(include_licenses=("mti",)), "filters.include_licenses"),
        (Filters(date_from="01.02.2024"), "filters.date_from"),
        (Filters(date_from="2024-02-01", date_to="2024-01-01"), "filters.date_from"),
        (Filters(legacy_packages="maybe"), "filters.legacy_packages"),
    ],
)
def test_nonsense_is_refused_by_its_key(filters: Filters, field: str) -> None:
    """A form can show the message beside the field."""
    with pytest.raises(InvalidInput) as caught:
        rules_of(filters)

    assert caught.value.field == field


def test_equal_rules_have_equal_names() -> None:
    """A catalogue is decided anew only when its rules' digest changes."""
    one = rules_of(Filters(exclude_specs=("a", "b")))
    same = rules_of(Filters(exclude_specs=("a", "b")))
    other = rules_of(Filters(exclude_specs=("b", "a")))
    scoped = rules_of(Filters(exclude_specs=("a", "b")), scope="channel_filtered")

    assert rules_digest(one) == rules_digest(same)
    assert len({rules_digest(one), rules_digest(other), rules_digest(scoped)}) == 3
