"""Evaluations: everything that a decision depends on but the record itself, as one value.

A catalogue names the evaluation that made it by the sha256 of its bytes, under which it is
stored as a blob: any decision can be computed again, for any run, from the run's manifest.

Rules of this file:
1. No rule reads a clock or a database: the day, the advisories and what dependencies
   brought in are part of the evaluation, and only where a rule asks for them.
2. `asked` names the evaluation without its closures: what can be told before the source's
   records are looked into. Where it differs from a catalogue's, that is decided again.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.policy import Rule

DayOrdinal = int
"""`datetime.date.toordinal()` of a day in UTC."""


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule with `include_dependencies` lets in: partition -> package name -> sorted file names, None for all.

    The packages that the rule names are part of it.
    """

    reached: Mapping[str, Mapping[str, tuple[str, ...] | None]]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one mirror at one moment, and what they ask for.

    `today` is set where a rule asks for an age; `advisories` (the digest of the
    advisories' blob) where one asks for CVEs; `closures` by place of the rule in `rules`, written as text.
    """

    rules: tuple[Rule, ...] = ()
    today: date | None = None
    advisories: Sha256 | None = None
    closures: Mapping[str, Closure] = {}


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When the files of one name were first read in a mirror's source.

    `all` is the day for every file that is not in `later`, which has those of later days.
    """

    all: DayOrdinal
    later: Mapping[str, DayOrdinal] = {}

    def day_of(self, filename: str) -> DayOrdinal:
        """Return the day of one file."""
        return self.later.get(filename, self.all)


class FileDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was decided of one file, and which rule said so.

    `rule` is the id of the rule that dropped it, or of the exception that brought it back;
    `reason` the word under which it is counted, with its scope (`mirror_filtered.license`).
    `detail` says it in words for a person: `license GPL-3.0-only is not among MIT, BSD`.
    """

    ckey: str
    name: str
    version: str
    size_bytes: int | None = None
    decision: Literal["kept", "excluded"]
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None
    detail: str | None = None


def encode_evaluation(evaluation: Evaluation) -> bytes:
    """Write an evaluation as msgpack, the same bytes for the same content."""
    return msgspec.msgpack.encode(evaluation, order="deterministic")


def decode_evaluation(data: bytes) -> Evaluation:
    """Read what `encode_evaluation` wrote."""
    return msgspec.msgpack.decode(data, type=Evaluation)


def evaluation_digest(evaluation: Evaluation) -> Sha256:
    """Name an evaluation by its content."""
    return sha256_of(encode_evaluation(evaluation))


def asked_digest(evaluation: Evaluation) -> Sha256:
    """Name an evaluation by what can be told without the source's records: all but its closures."""
    return evaluation_digest(msgspec.structs.replace(evaluation, closures={}))
