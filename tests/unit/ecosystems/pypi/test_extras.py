"""Core metadata that rules ask for: what is read, what is not, and what holds on."""

from typing import Any

import pytest

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Action, Among, Operator, Rule, SizeIs, Where
from libs.common.ecosystems.pypi.records import PARTITION
from tests.support.python_pages import SDIST, WHEEL, B, listed, read_files
from tests.support.python_records import ECO

MIT = Rule(id="mit", action=Action.REQUIRE, where=Where(license=Among(in_=("mit",))))
TEXT = b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-Expression: MIT\n"


def a_wheel(version: str, tag: str = "py3-none-any", **fields: Any) -> dict[str, Any]:
    """Return a wheel with core metadata beside it."""
    return listed(f"demo-{version}-{tag}.whl", core_metadata=True, **fields)


def wanted(payload: bytes, *rules: Rule) -> list[str]:
    """Return the companions that must be read."""
    return [ref.filename for ref in ECO.extras(payload, partition=PARTITION, rules=rules)]


def rule(action: Action = Action.REQUIRE, **where: Any) -> Rule:
    """Return a rule on something."""
    return Rule(id="rule", action=action, where=Where(**where))


def test_one_file_of_a_version_is_read_a_wheel_first() -> None:
    """They say the same; where none of it has them beside it, they are in its wheel."""
    payload = read_files(
        a_wheel("1.0", "cp311-cp311-win_amd64"),
        a_wheel("1.0"),
        listed(SDIST, core_metadata=True),
        listed("demo-2.0.tar.gz", core_metadata=True),
        listed("demo-3.0-py3-none-any.whl"),
        listed("demo-4.0.tar.gz"),
        listed("demo-final.tar.xz", core_metadata=True),
        listed("demo.zip", core_metadata=True),
    ).payload

    assert wanted(payload, MIT) == [
        "demo-1.0-cp311-cp311-win_amd64.whl.metadata",
        "demo-2.0.tar.gz.metadata",
        "demo-3.0-py3-none-any.whl",
        "demo-final.tar.xz.metadata",
        "demo.zip.metadata",
    ]


@pytest.mark.parametrize(
    ("asked", "is_wanted"),
    [
        pytest.param(MIT, True, id="license"),
        pytest.param(rule(any=(Where(license=Among(in_=("mit",))),)), True, id="license-within"),
        pytest.param(rule(python=">=3.9"), True, id="python"),
        pytest.param(
            Rule(id="deps", action=Action.REQUIRE, where=Where(name=("demo",)), include_dependencies=True),
            True,
            id="dependencies",
        ),
        pytest.param(rule(name=("demo",)), False, id="name"),
        pytest.param(
            Rule(id="r", action=Action.REQUIRE, where=Where(license=Among(in_=("mit",))), ecosystems=("r",)),
            False,
            id="another-ecosystem",
        ),
    ],
)
def test_only_some_rules_ask_for_core_metadata(asked: Rule, is_wanted: bool) -> None:
    """Others are decided by what the page says."""
    assert bool(wanted(read_files(a_wheel("1.0")).payload, asked)) is is_wanted


def test_pythons_are_not_read_where_the_page_tells() -> None:
    """An index that tells of one file tells of all that say something."""
    payload = read_files(a_wheel("1.0", requires_python=">=3.8"), a_wheel("2.0")).payload

    assert wanted(payload, rule(python=">=3.9")) == []


def test_what_other_rules_drop_is_not_read() -> None:
    """A whole index has a million versions; an exception may bring back any of them."""
    payload = read_files(a_wheel("1.0", size=5), a_wheel("2.0", size=50)).payload
    small = rule(size=SizeIs(op=Operator.LESS, bytes=10))

    assert wanted(payload, MIT, small) == ["demo-1.0-py3-none-any.whl.metadata"]
    assert wanted(payload, MIT, rule(Action.EXCLUDE, name=("demo",))) == []
    assert len(wanted(payload, MIT, small, rule(Action.ALLOW, license=Among(in_=("bsd",))))) == 2
    assert len(wanted(payload, MIT, small, rule(Action.ALLOW, spec=("demo >=2",)))) == 2
    assert len(wanted(payload, MIT, rule(newest=1))) == 2


def test_what_was_read_decides_and_is_not_asked_for_again() -> None:
    """Of what is no companion of the shard nothing is kept."""
    payload = read_files(a_wheel("1.0"), listed(SDIST)).payload
    deciding = ECO.compile(Evaluation(rules=(MIT,)))

    known = ECO.with_extras(payload, {f"{WHEEL}.metadata": TEXT, "x.whl.metadata": TEXT})

    assert deciding.decide(payload, partition=PARTITION, name="demo").files == 0
    assert deciding.decide(known, partition=PARTITION, name="demo").files == 2
    assert wanted(known, MIT) == []
    assert ECO.with_extras(payload, {"x.whl.metadata": TEXT}) == payload


def test_what_was_read_holds_for_the_same_bytes() -> None:
    """A file with another digest is another file; a new yank changes no license."""
    known = ECO.with_extras(read_files(a_wheel("1.0"), a_wheel("2.0")).payload, {f"{WHEEL}.metadata": TEXT})

    yanked = read_files(a_wheel("1.0", yanked=True), a_wheel("3.0")).payload
    replaced = read_files({**a_wheel("1.0"), "hashes": {"sha256": B}}).payload

    assert wanted(ECO.carry(yanked, known), MIT) == ["demo-3.0-py3-none-any.whl.metadata"]
    assert ECO.carry(replaced, known) == replaced
    assert ECO.carry(yanked, replaced) == yanked
