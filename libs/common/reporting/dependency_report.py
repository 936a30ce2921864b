"""What some packages need, directly and indirectly, and what of it a channel has.

Rules of this file:
1. A line is one version of one package on one platform: its builds differ in nothing that a
   person decides by. Its facts are those of one file: the one that the solver took, else the
   first that the channel has, else the first of all.
2. Lines stand by name, the newest version first. `noarch` files are lines of every platform.
3. `direct` packages are those that were asked for; all others are needed by these.
4. Whether an environment can be made is told by a real solve on what clients read of the
   channel, and by nothing else: all packages may be there, and clash.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from libs.common.domain.advisory import Finding, score_of
from libs.common.solving.order import Solution

Presence = Literal["all", "some", "none"]
"""How many of a version's files the channel has."""


class WhyNot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a file is not in the channel, in words; with the rule that excluded it where one did."""

    detail: str
    reason: str | None = None
    rule: str | None = None
    policy: str | None = None
    mirror: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one package on one platform; `needs` are the names in its files' dependencies.

    `why_not` is there where a file is not in the channel.
    """

    name: str
    version: str
    direct: bool = False
    chosen: bool = False
    in_channel: Presence
    files: int
    files_in_channel: int
    ckey: str
    size_bytes: int | None = None
    digest: str | None = None
    license: str | None = None
    license_families: tuple[str, ...] = ()
    cves: tuple[Finding, ...] = ()
    purl: str | None = None
    needs: tuple[str, ...] = ()
    why_not: WhyNot | None = None

    @property
    def cve_score(self) -> float:
        """The score that rules compare: 0 where nothing applies."""
        return score_of(self.cves)


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What no source has: a package, with the `name version` that need it, or a spec that was asked for."""

    name: str
    needed_by: tuple[str, ...]


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What the solver says of one of the packages that were asked for, without the others."""

    spec: str
    environment: Solution


class PlatformReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it for one platform; `environment` is the solver's answer.

    `alone` is there where not all that was asked for can be had together.
    """

    platform: str
    environment: Solution
    packages: tuple[Line, ...]
    missing: tuple[Missing, ...] = ()
    alone: tuple[Alone, ...] = ()


class DependencyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and what was found; `revision` is the channel's revision that was looked at, 0 for none."""

    id: str
    title: str
    made_at: datetime
    channel: str
    mirrors: tuple[str, ...]
    specs: tuple[str, ...]
    policy: str | None = None
    revision: int = 0
    platforms: tuple[PlatformReport, ...] = ()


def each_file(report: DependencyReport) -> Iterator[Line]:
    """Yield the lines of all platforms, each file once: those of noarch stand on every platform."""
    seen: set[str] = set()
    for platform in report.platforms:
        for line in platform.packages:
            if line.ckey not in seen:
                seen.add(line.ckey)
                yield line


def edges(report: DependencyReport) -> dict[str, tuple[str, ...]]:
    """Return which file needs which, by ckeys, one file for each needed name.

    It is the one that the solver took, else the newest that the channel has, else the newest:
    every version that could be taken is listed, but a bill of material can't name them all.
    """
    needed: dict[str, dict[str, None]] = {}
    for platform in report.platforms:
        best: dict[str, Line] = {}
        for line in platform.packages:
            known = best.get(line.name)
            if known is None or _rank(line) > _rank(known):
                best[line.name] = line
        for line in platform.packages:
            mine = needed.setdefault(line.ckey, {})
            mine |= {best[name].ckey: None for name in line.needs if name in best and best[name].ckey != line.ckey}
    return {ckey: tuple(others) for ckey, others in needed.items()}


def _rank(line: Line) -> tuple[bool, bool]:
    return line.chosen, line.in_channel != "none"


def encode_report(report: DependencyReport) -> bytes:
    """Write a report as JSON."""
    return msgspec.json.encode(report)


def decode_report(data: bytes) -> DependencyReport:
    """Read what `encode_report` wrote."""
    return msgspec.json.decode(data, type=DependencyReport)
