"""What a solver is asked, and what it answers."""

from collections.abc import Mapping

import msgspec


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One environment: what is to be in it, and the platform that it is for."""

    specs: tuple[str, ...]
    platform: str


class SolvedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an environment."""

    ckey: str
    name: str
    version: str
    build: str
    size_bytes: int | None = None


class Solution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The files of an environment, by name; or the lines that say why it can't be created.

    Lines are indented by two blanks for each step down the chain of what needs what.
    `is_unknown` says that the solver did not find out, and the lines why.
    """

    platform: str
    is_possible: bool
    files: tuple[SolvedFile, ...] = ()
    reasons: tuple[str, ...] = ()
    is_unknown: bool = False


class SolveOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the solver's own process reads: repodata files by subdir, and the environments to solve one by one."""

    repodata: Mapping[str, str]
    asks: tuple[Ask, ...]
    time_limit_s: float
