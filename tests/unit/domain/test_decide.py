"""The engine of deciding, held against rules that are read word for word."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.decide import NameRules, Rulebook
from libs.common.domain.evaluation import Closure, Evaluation, Seen
from libs.common.domain.policy import Action, Among, NumberIs, Operator, Rule, Where
from tests.support.tiny_rules import (
    NAMES,
    PARTITIONS,
    TODAY,
    Oracle,
    TinyDialect,
    TinyFile,
    file_lists,
    rule_lists,
    seens,
    wheres,
)

_names = st.sampled_from((*NAMES, "other"))
_UNSTEADY = ("newest", "legacy_duplicate")
"""Fields that look at what becomes of other files."""


def rules_at(evaluation: Evaluation, name: str = "alpha", *, partition: str = "linux-64") -> NameRules:
    """Bring an evaluation to a name."""
    return Rulebook(evaluation, dialect=TinyDialect()).at(name, partition=partition, may_have_findings=True)


def kept(rules: Sequence[Rule], files: Sequence[TinyFile], *, name: str = "alpha") -> frozenset[str]:
    """Return the names of the files that rules keep."""
    reasons = rules_at(Evaluation(rules=tuple(rules), today=TODAY), name).judge(files, seen=None)
    return frozenset(file.filename for file, reason in zip(files, reasons, strict=True) if reason is None)


@st.composite
def _evaluations(draw: st.DrawFn) -> Evaluation:
    """Rules, some with what their dependencies let in."""
    rules = draw(rule_lists())
    reached = st.dictionaries(
        st.sampled_from(NAMES), st.none() | st.sampled_from(((), ("1-a.conda", "2-b.tar.bz2"))), max_size=2
    )
    closures = {
        str(place): Closure(reached=draw(st.dictionaries(st.sampled_from(PARTITIONS), reached, max_size=2)))
        for place, rule in enumerate(rules)
        if rule.action is Action.REQUIRE and draw(st.booleans())
    }
    return Evaluation(rules=rules, today=TODAY, closures=closures)


@given(data=st.data(), evaluation=_evaluations(), name=_names, partition=st.sampled_from(PARTITIONS), seen=seens)
@settings(max_examples=120, deadline=None)
def test_the_engine_says_what_the_words_say(
    data: st.DataObject, evaluation: Evaluation, name: str, partition: str, seen: Seen | None
) -> None:
    """Bringing rules to a name first changes nothing; and the name alone never says more than the files."""
    files = data.draw(file_lists(partition=partition))
    oracle = Oracle(evaluation, name, files, seen)
    expected = [oracle.dropped_by(file) for file in files]

    for dialect in (TinyDialect(), TinyDialect(says_platform=False)):
        rules = Rulebook(evaluation, dialect=dialect).at(name, partition=partition, may_have_findings=True)
        reasons = rules.judge(files, seen=seen)
        explained = {one.ckey: one for one in rules.explain(files, name=name, seen=seen)}

        assert [
            None if reason is None else explained[file.ckey].rule for file, reason in zip(files, reasons, strict=True)
        ] == expected
        assert [explained[file.ckey].reason for file in files] == reasons
        assert all((one.decision == "excluded") == (one.reason is not None) for one in explained.values())
        assert all(one.detail for one in explained.values() if one.rule is not None)
        if rules.keeps_all:
            assert set(reasons) == {None}
        if rules.drops_all is not None:
            assert set(reasons) == {rules.drops_all}


@given(data=st.data(), rules=rule_lists(), seen=seens)
@settings(max_examples=50, deadline=None)
def test_the_order_of_files_changes_nothing(data: st.DataObject, rules: tuple[Rule, ...], seen: Seen | None) -> None:
    """A source may list them as it likes."""
    files = data.draw(file_lists())
    other = data.draw(st.permutations(files))
    at_alpha = rules_at(Evaluation(rules=rules, today=TODAY))

    one = {file.filename: reason for file, reason in zip(files, at_alpha.judge(files, seen=seen), strict=True)}
    two = {file.filename: reason for file, reason in zip(other, at_alpha.judge(other, seen=seen), strict=True)}
    assert one == two


@given(rules=rule_lists(), files=file_lists(), where=wheres(*_UNSTEADY))
@settings(max_examples=60, deadline=None)
def test_an_exception_always_wins_within_its_group(
    rules: tuple[Rule, ...], files: tuple[TinyFile, ...], where: Where
) -> None:
    """What it matches is kept, whatever else its group says, but for the frame."""
    group = tuple(
        rule
        for rule in rules
        if (rule.scope, rule.policy) == ("mirror_filtered", "p") and set(_fields(rule.where)) != {"platform"}
    )
    exception = Rule(id="exception", action=Action.ALLOW, where=where, policy="p")
    matching = kept([Rule(id="only", action=Action.REQUIRE, where=where)], files)

    assert matching <= kept([*group, exception], files)


@given(rules=rule_lists(without=_UNSTEADY), files=file_lists(), where=wheres(*_UNSTEADY), place=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_one_more_exclusion_never_adds_a_file(
    rules: tuple[Rule, ...], files: tuple[TinyFile, ...], where: Where, place: int
) -> None:
    """Wherever it stands."""
    exclusion = Rule(id="exclusion", action=Action.EXCLUDE, where=where)

    assert kept([*rules[:place], exclusion, *rules[place:]], files) <= kept(rules, files)


@given(rules=rule_lists(without=_UNSTEADY), files=file_lists(), where=wheres(*_UNSTEADY))
@settings(max_examples=60, deadline=None)
def test_excluding_is_requiring_the_opposite(
    rules: tuple[Rule, ...], files: tuple[TinyFile, ...], where: Where
) -> None:
    """Also where a license leaves a choice."""
    exclusion = Rule(id="x", action=Action.EXCLUDE, where=where, policy="mine")
    opposite = Rule(id="x", action=Action.REQUIRE, where=Where(not_=where), policy="mine")

    assert kept([*rules, exclusion], files) == kept([*rules, opposite], files)


def _fields(where: Where) -> list[str]:
    inner = (*(where.any or ()), *((where.not_,) if where.not_ is not None else ()))
    own = [
        field for field in Where.__struct_fields__ if field not in ("any", "not_") and getattr(where, field) is not None
    ]
    return own + [field for one in inner for field in _fields(one)]


def a_file(
    version: str = "1", build: str = "a", kind: str = "conda", *, is_signed: bool = False, created_ms: int | None = None
) -> TinyFile:
    """Return a file with dull defaults."""
    return TinyFile(
        filename=f"{version}-{build}.{kind}",
        version=version,
        build=f"{version}-{build}",
        kind=kind,
        is_signed=is_signed,
        created_ms=created_ms,
    )


def a_rule(action: Action, *, id: str = "r", policy: str | None = None, **where: object) -> Rule:
    """Return a rule on these fields."""
    return Rule(id=id, action=action, where=Where(**where), policy=policy)  # type: ignore[arg-type]


def test_newest_counts_what_the_other_rules_keep() -> None:
    """Of 5, 4 (unsigned), 3 and 1 the newest two are 5 and 3; an exception's version counts as well."""
    files = [a_file("5", is_signed=True), a_file("4"), a_file("3", is_signed=True), a_file("1", is_signed=True)]
    newest = a_rule(Action.REQUIRE, id="n", newest=2)
    signed = a_rule(Action.REQUIRE, id="s", signed=True)

    assert kept([newest, signed], files) == {"5-a.conda", "3-a.conda"}
    assert kept([newest, signed, a_rule(Action.ALLOW, id="a", version=">=4")], files) == {"5-a.conda", "4-a.conda"}


def test_newest_may_be_dropped() -> None:
    """Who waits a release keeps all but the newest version."""
    files = [a_file("5"), a_file("5", "b"), a_file("4")]

    assert kept([a_rule(Action.EXCLUDE, newest=1)], files) == {"4-a.conda"}


def test_a_legacy_file_stays_where_its_conda_file_goes() -> None:
    """No build is lost by an exclusion."""
    files = [a_file("1", kind="tar.bz2"), a_file("1", is_signed=True), a_file("2", kind="tar.bz2"), a_file("2")]
    duplicates = a_rule(Action.EXCLUDE, id="d", legacy_duplicate=True)

    assert kept([duplicates, a_rule(Action.EXCLUDE, id="s", signed=True)], files) == {"1-a.tar.bz2", "2-a.conda"}


def test_a_legacy_file_is_no_duplicate_of_one_that_is_too_old() -> None:
    """What counts as kept is what is kept in the end, not what was kept before the newest were counted."""
    files = [a_file("2"), a_file("1"), a_file("1", kind="tar.bz2")]
    newest = a_rule(Action.REQUIRE, id="n", policy="p", newest=1)
    exception = a_rule(Action.ALLOW, id="a", policy="p", kind=Among(in_=("tar.bz2",)))
    duplicates = a_rule(Action.EXCLUDE, id="d", legacy_duplicate=True)

    assert kept([newest, exception, duplicates], files) == {"2-a.conda", "1-a.tar.bz2"}


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        pytest.param({}, {"3-a.conda"}, id="nothing-more"),
        pytest.param({"linux-64": {"alpha": None}}, {"1-a.conda", "2-a.conda", "3-a.conda"}, id="every-file"),
        pytest.param({"linux-64": {"alpha": ("1-a.conda",)}}, {"1-a.conda", "3-a.conda"}, id="one-file"),
        pytest.param({"noarch": {"alpha": None}, "linux-64": {"beta": None}}, {"3-a.conda"}, id="elsewhere"),
    ],
)
def test_what_others_need_is_let_in(
    reached: Mapping[str, Mapping[str, tuple[str, ...] | None]], expected: frozenset[str]
) -> None:
    """A rule with dependencies is matched by what it names and by what that needs."""
    rules = (
        a_rule(Action.EXCLUDE, id="other", name=("other",)),
        msgspec.structs.replace(a_rule(Action.REQUIRE, spec=("alpha>=3",)), include_dependencies=True),
    )
    files = [a_file("1"), a_file("2"), a_file("3")]
    at_alpha = rules_at(Evaluation(rules=rules, closures={"1": Closure(reached=reached)}))
    reasons = dict(zip((file.filename for file in files), at_alpha.judge(files, seen=None), strict=True))

    assert {filename for filename, reason in reasons.items() if reason is None} == expected
    assert at_alpha.keeps_all == (len(expected) == len(files))


def test_no_exception_leaves_the_frame() -> None:
    """A policy for linux-64 stays one, whatever it allows."""
    frame = a_rule(Action.REQUIRE, id="f", platform=Among(in_=("win-64",)))
    wider = a_rule(Action.REQUIRE, id="w", any=(Where(platform=Among(in_=("win-64",))), Where(signed=True)))
    exception = a_rule(Action.ALLOW, id="a", name=("alpha",))

    assert kept([frame, exception], [a_file()]) == set()
    assert kept([wider, exception], [a_file()]) == {"1-a.conda"}


def test_two_thousand_rules_on_names_cost_a_name_nothing_that_they_do_not_mention() -> None:
    """The rules of such a name are the same object for all."""
    rules = tuple(a_rule(Action.EXCLUDE, id=f"r{number}", spec=(f"package-{number}>=2",)) for number in range(2_000))
    rulebook = Rulebook(Evaluation(rules=rules), dialect=TinyDialect())
    untouched = rulebook.at("alpha", partition="noarch", may_have_findings=False)

    assert untouched.keeps_all
    assert rulebook.at("beta", partition="noarch", may_have_findings=False) is untouched
    assert not rulebook.at("package-7", partition="noarch", may_have_findings=False).keeps_all


def test_an_age_needs_a_day() -> None:
    """An evaluation without one was not made by these rules."""
    rule = a_rule(Action.REQUIRE, age={"op": ">=", "days": 7})
    evaluation = Evaluation(rules=(_read(rule),))

    with pytest.raises(ValueError, match="needs a day"):
        rules_at(evaluation).judge([a_file(created_ms=0)], seen=None)


def test_a_file_of_unknown_age_matches_no_age() -> None:
    """Neither the source nor we know when it came; where we do, our day counts."""
    rule = _read(a_rule(Action.REQUIRE, age={"op": ">=", "days": 7}))
    rules = rules_at(Evaluation(rules=(rule,), today=TODAY))

    assert rules.judge([a_file()], seen=None) == ["mirror_filtered.date"]
    assert rules.judge([a_file()], seen=Seen(date(2025, 1, 24).toordinal())) == [None]
    assert rules.judge([a_file()], seen=Seen(date(2025, 1, 25).toordinal())) == ["mirror_filtered.date"]


def test_without_findings_a_name_needs_no_look() -> None:
    """A score of 0 decides; most packages have no CVE."""
    rule = a_rule(Action.REQUIRE, cve_score=NumberIs(op=Operator.AT_MOST, value=7))
    rulebook = Rulebook(Evaluation(rules=(rule,)), dialect=TinyDialect())

    assert rulebook.at("alpha", partition="noarch", may_have_findings=False).keeps_all
    assert not rulebook.at("alpha", partition="noarch", may_have_findings=True).keeps_all


def _read(rule: Rule) -> Rule:
    """Read a rule from its document."""
    return msgspec.convert(msgspec.to_builtins(rule), Rule)
