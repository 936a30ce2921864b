"""conda's order of versions (CEP 33), by py-rattler; texts that are no versions are older than all."""

from collections.abc import Collection, Mapping
from functools import lru_cache, total_ordering

from rattler import Version
from rattler.exceptions import InvalidVersionError

from libs.common.domain.version_order import VERSION_ORDERS as OTHER_ORDERS
from libs.common.domain.version_order import Compare

_REMEMBERED = 1 << 16


@lru_cache(_REMEMBERED)
def read_version(text: str) -> Version | None:
    """Read a version; None for what is none."""
    try:
        return Version(text)
    except InvalidVersionError:
        return None


def newest(versions: Collection[str], count: int) -> frozenset[str]:
    """Return the newest versions, and all texts that mean the same (`1.0` and `1.0.0`)."""
    found: list[str] = []
    distinct = 0
    before: Age | None = None
    for age in sorted(map(Age, versions), reverse=True):
        if before is None or age != before:
            distinct += 1
            if distinct > count:
                break
        found.append(age.text)
        before = age
    return frozenset(found)


def compare(one: str, other: str) -> int | None:
    """Return below 0, 0 or above 0 as the first is older, the same or newer; None for what is no version."""
    left, right = read_version(one), read_version(other)
    if left is None or right is None:
        return None
    return (left > right) - (left < right)


VERSION_ORDERS: Mapping[str, Compare] = {**OTHER_ORDERS, "conda": compare}
"""Ecosystem of an advisory -> the order of its versions."""


@total_ordering
class Age:
    """Orders version texts."""

    __slots__ = ("text", "version")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        self.text = text
        self.version = read_version(text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Age):
            return NotImplemented
        if self.version is None or other.version is None:
            return self.version is other.version and self.text == other.text
        return bool(self.version == other.version)

    def __lt__(self, other: "Age") -> bool:
        if self.version is None or other.version is None:
            return (self.version is not None, self.text) < (other.version is not None, other.text)
        return bool(self.version < other.version)
