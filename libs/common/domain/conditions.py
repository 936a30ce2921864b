"""A rule's `where` as a tree of conditions that answer as early as they can.

    the name and its partition  →  True, False, or a test of each file

`all` of one `where`'s fields must match, `any` one of its alternatives, and `not` turns
round. Each also says in words why it matches a file, or why it does not.
"""

from typing import NamedTuple, Protocol

from libs.common.domain.errors import InvalidInput
from libs.common.domain.field import Making, Place, Sight, Test
from libs.common.domain.fields import FIELDS, make_field
from libs.common.domain.policy import Where

MAX_DEPTH = 8
"""How deep `any` and `not` may stand within each other; nobody can read more."""

_SAID = 3


class Condition(Protocol):
    """One knot of the tree."""

    def at(self, place: Place) -> bool | Test:
        """Answer for a name, or return the test of its files."""

    def words(self, sight: Sight, matched: bool) -> str:
        """Say why it matches the file, or does not."""


def make_condition(where: Where, making: Making, *, depth: int = 0) -> Condition:
    """Compile a `where`.

    Raises:
        InvalidInput: for a word that the ecosystem does not understand, naming its path.
    """
    path = making.path
    if depth > MAX_DEPTH:
        raise InvalidInput(f"{path}: any and not may be nested {MAX_DEPTH} deep", field=path)
    parts: list[Condition] = [
        make_field(name, where, making.below(f".{name}")) for name in FIELDS if getattr(where, name) is not None
    ]
    if where.any is not None:
        inner = enumerate(where.any)
        parts.append(
            _Any(tuple(make_condition(one, making.below(f".any[{at}]"), depth=depth + 1) for at, one in inner))
        )
    if where.not_ is not None:
        turned = making.below(".not")._replace(stance=making.stance.turned())
        parts.append(_Not(make_condition(where.not_, turned, depth=depth + 1)))
    if not parts:
        raise InvalidInput(f"{path} is empty; name at least one field", field=path)
    return parts[0] if len(parts) == 1 else _All(tuple(parts))


def holds(condition: Condition, sight: Sight) -> bool:
    """Tell whether a condition matches a file."""
    found = condition.at(sight.place)
    return found if isinstance(found, bool) else found(sight.file, sight.shard)


class _All(NamedTuple):
    parts: tuple[Condition, ...]

    def at(self, place: Place) -> bool | Test:
        tests: list[Test] = []
        for part in self.parts:
            found = part.at(place)
            if found is False:
                return False
            if found is not True:
                tests.append(found)
        if len(tests) < 2:
            return tests[0] if tests else True
        return lambda file, shard: all(test(file, shard) for test in tests)

    def words(self, sight: Sight, matched: bool) -> str:
        if matched:
            return _listed([part.words(sight, True) for part in self.parts])
        return next(part.words(sight, False) for part in self.parts if not holds(part, sight))


class _Any(NamedTuple):
    parts: tuple[Condition, ...]

    def at(self, place: Place) -> bool | Test:
        tests: list[Test] = []
        for part in self.parts:
            found = part.at(place)
            if found is True:
                return True
            if found is not False:
                tests.append(found)
        if len(tests) < 2:
            return tests[0] if tests else False
        return lambda file, shard: any(test(file, shard) for test in tests)

    def words(self, sight: Sight, matched: bool) -> str:
        if matched:
            return next(part.words(sight, True) for part in self.parts if holds(part, sight))
        return _listed([part.words(sight, False) for part in self.parts])


class _Not(NamedTuple):
    part: Condition

    def at(self, place: Place) -> bool | Test:
        found = self.part.at(place)
        if isinstance(found, bool):
            return not found
        return lambda file, shard: not found(file, shard)

    def words(self, sight: Sight, matched: bool) -> str:
        return self.part.words(sight, not matched)


def _listed(said: list[str]) -> str:
    more = [f"{len(said) - _SAID:,} more"] if len(said) > _SAID else []
    return " and ".join(said[:_SAID] + more)
