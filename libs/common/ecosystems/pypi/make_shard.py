"""The files of a project's page -> its shard; a file that can't be served is told, the others are kept."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from libs.common.domain.run import FileFailure
from libs.common.ecosystems.file_tables import ABOUT, FILES, Table, Totals, encode_tables
from libs.common.ecosystems.protocol import SourceShard
from libs.common.ecosystems.pypi.check_record import CheckedFile, Unusable, check_record
from libs.common.ecosystems.pypi.records import (
    LISTED_DIGESTS,
    LOCATIONS,
    PARTITION,
    PROVENANCES,
    QUARANTINED,
)
from libs.common.ecosystems.pypi.wire import shown
from libs.common.ecosystems.table_shards import are_unequal

MOST_FILES = 200_000
"""The largest known project has not a tenth of it."""
_MOST_PROBLEMS = 200
"""Nobody reads more of one project."""


class SaidFile(msgspec.Struct, frozen=True):
    """A file as a page has it: its record, or why there is none; `filename` as far as it is known."""

    filename: str
    record: Mapping[str, Any] | None
    fault: str = ""


def make_shard(
    name: str, files: Iterable[SaidFile], *, about: Mapping[str, Any], place: str, source: str
) -> SourceShard:
    """Check all files of a page and write the shard; of two records of one file the first counts.

    `place` is what URLs are relative to, `source` names the source in the digests of what it gives none of.
    """
    checked: dict[str, CheckedFile] = {}
    problems: list[FileFailure] = []
    for said in files:
        try:
            _take(_checked(said, name=name, place=place, source=source, about=about), into=checked)
        except Unusable as unusable:
            if len(problems) < _MOST_PROBLEMS:
                ckey = f"{PARTITION}/{name}/{shown(said.filename)}"
                problems.append(FileFailure(ckey=ckey, code=unusable.code, reason=unusable.reason))
    return SourceShard(name=name, payload=_payload(name, checked, about), problems=tuple(problems))


def _checked(said: SaidFile, *, name: str, place: str, source: str, about: Mapping[str, Any]) -> CheckedFile:
    if said.record is None:
        raise Unusable("bad_record", said.fault)
    if _status(about) == QUARANTINED:
        raise Unusable("quarantined", "the source has the project in quarantine, and lists its files nevertheless")
    return check_record(said.record, name=name, place=place, source=source)


def _take(file: CheckedFile, *, into: dict[str, CheckedFile]) -> None:
    first = into.setdefault(file.filename, file)
    if are_unequal(first.record.known, file.record.known):
        raise Unusable("listed_twice", "the source lists the file twice with different digests or sizes")


def _status(about: Mapping[str, Any]) -> str:
    status = about.get("project-status")
    return str(status.get("status")) if isinstance(status, Mapping) else ""


def _payload(name: str, checked: Mapping[str, CheckedFile], about: Mapping[str, Any]) -> bytes:
    files = checked.values()
    tables: dict[str, Table] = {
        FILES: {file.filename: file.raw for file in files},
        LOCATIONS: {file.filename: _raw(file.location) for file in files if file.location is not None},
        PROVENANCES: {file.filename: _raw(file.provenance) for file in files if file.provenance is not None},
        LISTED_DIGESTS: {file.filename: _raw(file.listed) for file in files if file.listed},
        ABOUT: {key: _raw(value) for key, value in {**about, "name": name}.items()},
    }
    return encode_tables(tables, Totals(len(files), sum(file.record.size or 0 for file in files)))


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value, order="sorted"))
