"""Finding, for one package name, what patterns fit it, without trying them all.

A pattern is an exact name, a name with `*` for any characters, or a test of its own (a
regular expression of an ecosystem). Exact names cost one look-up however many there are;
globs are filed under the text before their first `*`, or else behind their last one.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NameIndex(Generic[Item]):
    """Patterns and what is filed under them."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Item]] = {}
        self._by_start: dict[int, dict[str, list[tuple[str, Item]]]] = {}
        self._by_end: dict[int, dict[str, list[tuple[str, Item]]]] = {}
        self._floating: list[tuple[str, Item]] = []
        self._tests: list[tuple[Callable[[str], bool], Item]] = []

    def add(self, pattern: str | Callable[[str], bool], item: Item) -> None:
        """File an item under a name, a glob or a test."""
        if not isinstance(pattern, str):
            self._tests.append((pattern, item))
            return
        if "*" not in pattern:
            self._exact.setdefault(pattern, []).append(item)
            return
        start, end = pattern.partition("*")[0], pattern.rpartition("*")[2]
        if start:
            self._by_start.setdefault(len(start), {}).setdefault(start, []).append((pattern, item))
        elif end:
            self._by_end.setdefault(len(end), {}).setdefault(end, []).append((pattern, item))
        else:
            self._floating.append((pattern, item))

    def of(self, name: str) -> list[Item]:
        """Return what is filed under patterns that fit the name."""
        found = list(self._exact.get(name, ()))
        globs = list(self._floating)
        for length, starts in self._by_start.items():
            globs += starts.get(name[:length], ())
        for length, ends in self._by_end.items():
            globs += ends.get(name[-length:], ())
        found += [item for glob, item in globs if fits(glob, name)]
        found += [item for test, item in self._tests if test(name)]
        return found


def fits(pattern: str, name: str) -> bool:
    """Match `*` in time that grows with the name alone, unlike a backtracking expression."""
    if "*" not in pattern:
        return pattern == name
    first, *middle, last = pattern.split("*")
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        place = name.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True
