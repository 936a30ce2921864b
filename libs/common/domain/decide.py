"""Deciding: the rules of an evaluation, compiled to look into as few files as they can.

Essential reading: `libs/common/domain/policy.py`, which has what rules mean.

Rules of this file:
1. Rules are brought to a package name first. A rule that names packages costs nothing for
   the others; where the name and its partition answer alone, no file is looked at.
2. All groups must let a file in: a group is one policy, or the filters of one mirror or
   channel. An `allow` rule brings back what other rules of its own group drop, but for
   what the frame drops.
3. The newest versions are counted among the files that are kept by the rules that do not
   look at `newest`.
4. A rule that names no ecosystem is written in words that one of them checked: what another
   can't read in it (a build in Python) matches nothing there.
5. Files that are not legacy are decided first: a legacy file is a duplicate only of one
   that stays, so that no build is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from libs.common.domain.conditions import Condition, make_condition
from libs.common.domain.evaluation import Closure, Evaluation, FileDecision, Seen
from libs.common.domain.field import Making, Named, Place, ShardState, Sight, Stance, Test, Unreadable
from libs.common.domain.fields import FIELDS
from libs.common.domain.file_view import Dialect, FileView
from libs.common.domain.name_index import NameIndex
from libs.common.domain.policy import Action, Rule, is_removal, reason_of, uses

_Group = tuple[str, str | None]
_BUT_PLATFORM = tuple(field for field in FIELDS if field != "platform")


class Rulebook:
    """The rules of an evaluation as one ecosystem reads them; those of other ecosystems are passed by.

    `common` says what becomes of what it can't read in a rule that names no ecosystem.

    Raises:
        InvalidInput: for a rule that can't be compiled, naming the path of the fault.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        dialect: Dialect[Any],
        common: Unreadable = Unreadable.MATCHES_NOTHING,
    ) -> None:
        self._dialect = dialect
        self._names: NameIndex[Named] = NameIndex()
        self._rules: dict[int, _Compiled] = {}
        numbers = count()
        for place, rule in enumerate(evaluation.rules):
            if rule.ecosystems is not None and dialect.word not in rule.ecosystems:
                continue
            stance = Stance.PROHIBIT if rule.action is Action.EXCLUDE else Stance.PERMIT
            unreadable = common if rule.ecosystems is None else Unreadable.REFUSED
            path = f"rules[{place}].where"
            making = Making(dialect, self._names, numbers, evaluation.today, place, stance, path, unreadable)
            condition = make_condition(rule.where, making)
            self._rules[place] = _compiled(rule, condition, evaluation.closures.get(str(place)))
        self._with_closures = [place for place, one in self._rules.items() if one.closure is not None]
        self._newest = _newest_counts(one.rule for one in self._rules.values())
        self._of_no_name: dict[tuple[str, bool], NameRules] = {}

    def at(self, name: str, *, partition: str, may_have_findings: bool) -> "NameRules":
        """Bring the rules to a normalised name; `may_have_findings` is False where nothing is known of it."""
        hits: dict[int, list[Named]] = {}
        touched = set(self._with_closures)
        for hit in self._names.of(name):
            hits.setdefault(hit.field, []).append(hit)
            touched.add(hit.rule)
        base = self._untouched(partition, may_have_findings)
        if not touched:
            return base
        place = Place(partition, hits, may_have_findings)
        answers = dict(base.answers)
        for at in touched:
            answers[at] = self._rules[at].at(place, name=name)
        return self._made(answers, place)

    def _untouched(self, partition: str, may_have_findings: bool) -> "NameRules":
        """Return the rules of all names that no rule mentions."""
        found = self._of_no_name.get((partition, may_have_findings))
        if found is None:
            place = Place(partition, {}, may_have_findings)
            answers = {at: one.at(place, name="") for at, one in self._rules.items()}
            found = self._of_no_name[partition, may_have_findings] = self._made(answers, place)
        return found

    def _made(self, answers: Mapping[int, "bool | Test"], place: Place) -> "NameRules":
        acting = {at: answer for at, answer in sorted(answers.items()) if not self._rules[at].is_idle(answer)}
        steps = _steps({at: (self._rules[at], answer) for at, answer in acting.items()})
        return NameRules(answers=acting, steps=steps, place=place, newest=self._newest, dialect=self._dialect)


class _Compiled(NamedTuple):
    """A rule; `closure` has what its dependencies let in, `reason` is `scope.reason`."""

    rule: Rule
    condition: Condition
    closure: Closure | None
    reason: str
    is_frame: bool
    looks_at_newest: bool
    looks_at_duplicates: bool

    @property
    def group(self) -> _Group:
        """Whose exceptions bring back what it drops."""
        return (self.rule.scope, self.rule.policy)

    def at(self, place: Place, *, name: str) -> bool | Test:
        """Answer for a name whether the rule matches, or return the test of its files."""
        answer = self.condition.at(place)
        names = self.closure.reached.get(place.partition, {}) if self.closure is not None else {}
        if answer is True or name not in names:
            return answer
        reached = names[name]
        if reached is None:
            return True
        filenames = frozenset(reached)
        if answer is False:
            return lambda file, _: file.filename in filenames
        return lambda file, shard: file.filename in filenames or answer(file, shard)

    def is_idle(self, answer: bool | Test) -> bool:
        """Tell whether a rule with this answer changes nothing."""
        return answer is (self.rule.action is Action.REQUIRE)


def _compiled(rule: Rule, condition: Condition, closure: Closure | None) -> _Compiled:
    return _Compiled(
        rule=rule,
        condition=condition,
        closure=closure,
        reason=f"{rule.scope}.{reason_of(rule)}",
        is_frame=is_removal(rule) or (rule.action is Action.REQUIRE and not uses(rule, *_BUT_PLATFORM)),
        looks_at_newest=uses(rule, "newest"),
        looks_at_duplicates=uses(rule, "legacy_duplicate"),
    )


class _Exception(NamedTuple):
    """An `allow` rule of a step's group; `test` is None where it brings back every file of the name."""

    by: _Compiled
    test: Test | None


class Step(NamedTuple):
    """A rule that can drop files of a name; `test` is None where it drops every file."""

    by: _Compiled
    test: Test | None
    exceptions: tuple[_Exception, ...]

    @property
    def drops_all(self) -> bool:
        """Tell whether no file gets past it."""
        return self.test is None and not self.exceptions

    @property
    def drops_none(self) -> bool:
        """Tell whether an exception brings back every file of the name."""
        return any(exception.test is None for exception in self.exceptions)


class NameRules:
    """What the rules come to for one name in one partition."""

    def __init__(
        self,
        *,
        answers: Mapping[int, bool | Test],
        steps: tuple[Step, ...],
        place: Place,
        newest: frozenset[int],
        dialect: Dialect[Any],
    ) -> None:
        self.answers = answers
        self._steps = steps
        self._acting = tuple(step for step in steps if not step.drops_none)
        self._place = place
        rules = [by for step in steps for by in (step.by, *(exception.by for exception in step.exceptions))]
        self._newest = newest if any(by.looks_at_newest for by in rules) else frozenset()
        self._is_ordered = any(by.looks_at_duplicates for by in rules)
        self._dialect = dialect

    @property
    def keeps_all(self) -> bool:
        """Tell whether every file is kept, whatever its record says."""
        return not self._acting

    @property
    def drops_all(self) -> str | None:
        """Return the reason where one rule drops every file, whatever its record says."""
        first = self._acting[0] if self._acting else None
        return first.by.reason if first is not None and first.drops_all else None

    def judge(self, files: Sequence[FileView], *, seen: Seen | None) -> list[str | None]:
        """Return for each file, in their order, the `scope.reason` for which it is dropped, None where it is kept."""
        return [step.by.reason if step is not None else None for step in self._judge(files, ShardState(seen))]

    def explain(self, files: Sequence[FileView], *, name: str, seen: Seen | None) -> tuple[FileDecision, ...]:
        """Say of each file what was decided, and by which rule; sorted by file name."""
        shard = ShardState(seen)
        decided = zip(files, self._judge(files, shard), strict=True)
        return tuple(
            self._excluded(file, step, shard, name=name) if step is not None else self._kept(file, shard, name=name)
            for file, step in sorted(decided, key=lambda one: one[0].filename)
        )

    def _judge(self, files: Sequence[FileView], shard: ShardState) -> list[Step | None]:
        if self._newest:
            first = tuple(filter(None, (_without_newest(step) for step in self._steps)))
            versions = {
                file.version for file, step in zip(files, self._pass(files, first, shard), strict=True) if step is None
            }
            shard.newest = {count: self._dialect.newest(versions, count) for count in self._newest}
            shard.builds = set()
        return self._pass(files, self._acting, shard)

    def _pass(self, files: Sequence[FileView], steps: tuple[Step, ...], shard: ShardState) -> list[Step | None]:
        if not self._is_ordered:
            only = steps[0] if len(steps) == 1 else None
            if only is not None and only.test is not None and not only.exceptions:
                test = only.test
                return [only if test(file, shard) else None for file in files]
            return [_dropping(file, steps, shard) for file in files]
        dropping: list[Step | None] = [None] * len(files)
        for at in sorted(range(len(files)), key=lambda at: files[at].is_legacy):
            file = files[at]
            step = dropping[at] = _dropping(file, steps, shard)
            if step is None and not file.is_legacy:
                shard.builds.add(file.build)
        return dropping

    def _excluded(self, file: FileView, step: Step, shard: ShardState, *, name: str) -> FileDecision:
        return FileDecision(
            ckey=file.ckey,
            name=name,
            version=file.version,
            size_bytes=file.size_bytes,
            decision="excluded",
            rule=step.by.rule.id,
            policy=step.by.rule.policy,
            reason=step.by.reason,
            detail=_why_dropped(step, Sight(file, shard, self._place)),
        )

    def _kept(self, file: FileView, shard: ShardState, *, name: str) -> FileDecision:
        for step in self._steps:
            if step.test is None or step.test(file, shard):
                saving = next(one.by for one in step.exceptions if one.test is None or one.test(file, shard))
                sight = Sight(file, shard, self._place)
                saved = saving.condition.words(sight, True)
                return FileDecision(
                    ckey=file.ckey,
                    name=name,
                    version=file.version,
                    size_bytes=file.size_bytes,
                    decision="kept",
                    rule=saving.rule.id,
                    policy=saving.rule.policy,
                    detail=f"{saved}; without this exception {step.by.rule.id} drops it: {_why_dropped(step, sight)}",
                )
        return FileDecision(
            ckey=file.ckey, name=name, version=file.version, size_bytes=file.size_bytes, decision="kept"
        )


def _steps(acting: Mapping[int, tuple[_Compiled, bool | Test]]) -> tuple[Step, ...]:
    exceptions: dict[_Group, list[_Exception]] = {}
    for by, answer in acting.values():
        if by.rule.action is Action.ALLOW:
            exceptions.setdefault(by.group, []).append(_Exception(by, None if isinstance(answer, bool) else answer))
    steps: list[Step] = []
    for by, answer in acting.values():
        if by.rule.action is Action.ALLOW:
            continue
        own = () if by.is_frame else tuple(exceptions.get(by.group, ()))
        steps.append(Step(by, _dropping_test(by.rule.action, answer), own))
        if steps[-1].drops_all:
            break
    return tuple(steps)


def _dropping_test(action: Action, answer: bool | Test) -> Test | None:
    if isinstance(answer, bool):
        return None
    if action is Action.EXCLUDE:
        return answer
    return lambda file, shard: not answer(file, shard)


def _dropping(file: FileView, steps: tuple[Step, ...], shard: ShardState) -> Step | None:
    """Return the first step that drops a file."""
    for step in steps:
        test, exceptions = step.test, step.exceptions
        if (test is None or test(file, shard)) and not (
            exceptions and any(one.test is None or one.test(file, shard) for one in exceptions)
        ):
            return step
    return None


def _without_newest(step: Step) -> Step | None:
    """Return the step as it is without the rules that look at `newest`; None where it drops nothing then."""
    if step.by.looks_at_newest:
        return None
    return step._replace(exceptions=tuple(one for one in step.exceptions if not one.by.looks_at_newest))


def _why_dropped(step: Step, sight: Sight) -> str:
    rule = step.by.rule
    if is_removal(rule) and rule.note is not None:
        return rule.note
    words = step.by.condition.words(sight, rule.action is Action.EXCLUDE)
    return f"{words}, and nothing that the rule lets in needs it" if rule.include_dependencies else words


def _newest_counts(rules: Iterable[Rule]) -> frozenset[int]:
    """Return how many newest versions any of the rules asks for."""
    found: set[int] = set()
    waiting = [rule.where for rule in rules]
    while waiting:
        where = waiting.pop()
        waiting += (*(where.any or ()), *((where.not_,) if where.not_ is not None else ()))
        if where.newest is not None:
            found.add(where.newest)
    return frozenset(found)
