"""The wire's filters become rules, and nonsense is refused by name."""

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Action, CreatedIn, Where, reason_of


def test_no_filters_are_no_rules() -> None:
    """Everything enters."""
    assert rules_of(Filters()) == ()


def test_every_filter_becomes_a_rule_with_its_own_id() -> None:
    """The id is what a decision names, the reason what the wire counts under."""
    rules = rules_of(
        Filters(
            include_licenses=("mit",),
            exclude_licenses=("gpl3",),
            exclude_specs=("numpy <1",),
            include_specs=("numpy 0.9",),
            date_from="2020-01-01",
            only_signed=True,
            legacy_packages="drop",
            cve_score_threshold=7.0,
            exclude_non_curated_cve=True,
        )
    )

    assert [(rule.id, rule.action.value, reason_of(rule)) for rule in rules] == [
        ("include_licenses", "require", "license"),
        ("exclude_licenses", "exclude", "license"),
        ("date", "require", "date"),
        ("exclude_specs", "exclude", "exclude_specs"),
        ("include_specs", "allow", "exclude_specs"),
        ("only_signed", "require", "signed"),
        ("legacy_packages", "exclude", "duplicated_legacy_conda"),
        ("cve_score_threshold", "require", "cve"),
        ("exclude_non_curated_cve", "exclude", "cve"),
    ]


def test_only_specs_are_required() -> None:
    """They stand alone."""
    (rule,) = rules_of(Filters(only_specs=("numpy", "scipy >=1")))

    assert (rule.action, rule.where, reason_of(rule)) == (
        Action.REQUIRE,
        Where(spec=("numpy", "scipy >=1")),
        "only_specs",
    )


def test_projects_are_names_of_python() -> None:
    """They may have `*`; nothing of another ecosystem is dropped by them."""
    (rule,) = rules_of(Filters(projects=("numpy", "Sci*")))

    assert (rule.id, rule.action, rule.where) == ("projects", Action.REQUIRE, Where(name=("numpy", "Sci*")))
    assert (rule.ecosystems, reason_of(rule)) == (("python",), "only_specs")


def test_a_long_list_of_specs_is_one_rule() -> None:
    """A field of a rule holds 5,000 words, a filter as many as it likes."""
    (rule,) = rules_of(Filters(exclude_specs=tuple(f"package-{number}" for number in range(12_000))))

    assert rule.where.any is not None
    assert [len(inner.spec or ()) for inner in rule.where.any] == [5_000, 5_000, 2_000]
    assert reason_of(rule) == "exclude_specs"


def test_an_open_range_of_days_stays_open() -> None:
    """One of the two days is enough."""
    (rule,) = rules_of(Filters(date_from="2024-01-01", date_to=""))

    assert rule.where == Where(created=CreatedIn(from_="2024-01-01"))


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        (Filters(only_specs=("a",), exclude_specs=("b",)), "filters.only_specs"),
        (Filters(cve_score_threshold=10.5), "filters.cve_score_threshold"),
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
