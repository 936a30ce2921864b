"""What people ask of packages, in values: what they mean, where it would be installed, what that takes there."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks about: one package, and which of its files.

    `spec` is as `select` takes it. `filename` is set where it is one file.
    """

    name: str
    spec: str
    filename: str | None = None


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency as the record has it, and the package that it is on; `spec` is as `select` takes it."""

    text: str
    name: str
    spec: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where packages are installed together: `name` is for people.

    `partitions` are those that packages come from, the first of which is its own. `platform`
    and `version` are the ecosystem's own words: a conda subdir; a machine and a Python; a contrib folder.
    """

    name: str
    partitions: tuple[str, ...]
    platform: str
    version: str = ""


class WalkedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a walk took."""

    name: str
    version: str
    partition: str
    filename: str


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """Where a walk ended: the files of an environment, or the lines that say why there is none.

    Lines are indented by two blanks for each step down. `is_unknown` says that there may be one
    all the same, which the walk did not find.
    """

    is_possible: bool
    files: tuple[WalkedFile, ...] = ()
    reasons: tuple[str, ...] = ()
    is_unknown: bool = False


class Walking(Protocol):
    """Walks from what was asked for to all that it needs, a wave of names at a time."""

    def wanted(self) -> frozenset[str]:
        """Return the names whose shards are wanted next; none when the walk has ended."""

    def add(self, name: str, payloads: Mapping[str, bytes]) -> None:
        """Take the shards of a wanted name, by partition; none where nobody has read them."""

    def walked(self) -> Walked:
        """Return where it ended."""
