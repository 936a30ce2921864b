"""Rules that can't be decided by are refused, with the path of the fault."""

from collections.abc import Sequence

import msgspec
import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Rule
from tests.support.conda_records import ECO

MIT: dict[str, object] = {"license": {"in": ["MIT"]}}


def nested(depth: int) -> dict[str, object]:
    """Return a `where` with so many `not` around it."""
    return MIT if not depth else {"not": nested(depth - 1)}


def check(rules: Sequence[dict[str, object]]) -> None:
    """Check rules for conda."""
    named = ({"id": f"r{place}", "action": "exclude", "where": MIT} | rule for place, rule in enumerate(rules))
    ECO.check_rules(msgspec.convert(list(named), tuple[Rule, ...]))


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"id": "r0"}, ".id"),
        ({"ecosystems": []}, ".ecosystems"),
        ({"where": {}}, ".where"),
        ({"where": {"any": [MIT, {}]}}, ".where.any[1]"),
        ({"where": {"not": {}}}, ".where.not"),
        ({"where": nested(9)}, ".where" + ".not" * 9),
        ({"where": {"name": ["numpy", "num py"]}}, ".where.name[1]"),
        ({"where": {"spec": ["numpy", "numpy >="]}}, ".where.spec[1]"),
        ({"where": {"spec": ["^(?=a).*$"]}}, ".where.spec[0]"),
        ({"where": {"spec": ["^((a{1000}){1000}){1000}$"]}}, ".where.spec[0]"),
        ({"where": {"version": ">=,"}}, ".where.version"),
        ({"where": {"platform": {"in": ["linux-64", "linux64"]}}}, ".where.platform.in[1]"),
        ({"where": {"platform": {}}}, ".where.platform"),
        ({"where": {"platform": {"in": ["noarch"], "not_in": ["win-64"]}}}, ".where.platform"),
        ({"where": {"license": {"not_in": ["MTI"]}}}, ".where.license.not_in[0]"),
        ({"where": {"kind": {"in": ["rpm"]}}}, ".where.kind.in[0]"),
        ({"where": {"cve_status": {"in": ["Open"]}}}, ".where.cve_status.in[0]"),
        ({"where": {"cve_score": {"op": ">", "value": 11}}}, ".where.cve_score.value"),
        ({"where": {"created": {}}}, ".where.created"),
        ({"where": {"created": {"from": "20250101"}}}, ".where.created.from"),
        ({"where": {"created": {"to": "2025-02-30"}}}, ".where.created.to"),
        ({"where": {"created": {"from": "2025-02-01", "to": "2025-01-01"}}}, ".where.created.from"),
        ({"include_dependencies": True, "where": {"name": ["numpy"]}}, ".include_dependencies"),
        ({"include_dependencies": True, "action": "require"}, ".include_dependencies"),
        (
            {"include_dependencies": True, "action": "require", "where": {"name": ["a"], "newest": 1}},
            ".include_dependencies",
        ),
    ],
)
def test_a_fault_is_named_by_its_path(rule: dict[str, object], field: str) -> None:
    """An editor can show the message at the line."""
    with pytest.raises(InvalidInput) as caught:
        check([{}, rule])

    assert caught.value.field == f"rules[1]{field}"
    assert f"rules[1]{field}" in caught.value.message


@pytest.mark.parametrize(
    "rule",
    [
        {"where": nested(8)},
        {"where": {"name": ["NumPy", "*", "r-*"], "spec": ["numpy >=1.2,<2", "^py.*$"], "version": ">=1.2,<2|3.*"}},
        {"where": {"platform": {"in": ["linux-64", "linux-*", "noarch", "any", "source", "manylinux_2_28_x86_64"]}}},
        {"where": {"platform": {"not_in": ["win_amd64", "macosx_11_0_arm64", "big-sur-arm64", "Windows"]}}},
        {
            "where": {
                "license": {"in": ["MIT", "Public-Domain", "public_domain", "GPL", "GPL-3.0-only", "GPL-3.0+", "none"]}
            }
        },
        {"where": {"kind": {"in": ["wheel", "sdist", "source", "binary", "conda", "tar.bz2"]}}},
        {"where": {"wheel_tag": ["cp311-*"], "python": ">=3.9", "r": ">=4"}},
        {"where": {"created": {"from": "2025-01-01", "to": "2025-01-01"}}},
        {"where": {"age": {"op": ">=", "days": 14, "by": "first_seen"}}},
        {"include_dependencies": True, "action": "require", "where": {"spec": ["numpy"]}},
        {"where": {"spec": ["this is >= no == spec"]}, "ecosystems": ["r"]},
        {"id": "r0", "policy": "another"},
    ],
)
def test_what_makes_sense_is_taken(rule: dict[str, object]) -> None:
    """Words of other ecosystems, too, for a rule may speak of all."""
    check([{}, rule])


def test_unknown_licenses_are_told_the_known_ones() -> None:
    """Nobody knows the families by heart."""
    with pytest.raises(InvalidInput, match=r"'beer'; known are SPDX identifiers and agpl, apache, bsd"):
        check([{"where": {"license": {"in": ["beer"]}}}])
