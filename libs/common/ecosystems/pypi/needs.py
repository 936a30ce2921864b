"""How Python packages need each other.

Essential reading: the dependency specifiers specification (PEP 508); PEP 592 on yanked
files; PEP 685 on names of extras.

Rules of this file:
1. A place is a target environment (environments.py): a file is a candidate for those that its
   tags and its requires-python let in, and a need counts where its marker could hold.
2. Every version in the range could be chosen, pre-releases too; of yanked files those that
   are pinned with `==` or `===`.
3. `name[extra]` reaches the files of the name with that extra, whose needs have `extra == "…"`.
4. A need by URL is fetched from there, not from an index. One that can't be read needs every
   version of the name that it begins with: leaving files out is the worse mistake.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.ecosystems.grow_closure import Candidate, Places
from libs.common.ecosystems.pypi.environments import Environment, could_hold, platforms_that_take
from libs.common.ecosystems.pypi.file_view import PythonFile, read_files
from libs.common.ecosystems.pypi.filenames import project_name
from libs.common.ecosystems.pypi.specs import version_test
from libs.common.ecosystems.pypi.tags import PythonVersion

_REMEMBERED = 1 << 16
_LONGEST = 2000
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


class PythonNeed(NamedTuple):
    """What an entry of Requires-Dist asks for; `versions` is a range, empty for any."""

    name: str
    versions: str
    extras: tuple[str, ...] = ()


class Entry(NamedTuple):
    """An entry of Requires-Dist, read; `marker` is None where it counts everywhere."""

    need: PythonNeed
    marker: str | None


class PythonCandidate(Candidate, kw_only=True):
    """One file and what it needs; `version` is as its file name has it."""

    is_yanked: bool
    requires_dist: tuple[str, ...]


class PythonNeeding:
    """Python's `Needing`, for some environments."""

    def __init__(self, environments: tuple[Environment, ...]) -> None:
        self._bits = {environment: 1 << place for place, environment in enumerate(environments)}
        self._able: dict[tuple[frozenset[Tag], frozenset[PythonVersion]], Places] = {}
        self._holding: dict[tuple[str, str], Places] = {}

    def candidates(self, payload: bytes, *, partition: str, name: str) -> list[PythonCandidate]:
        """Return the files of a project."""
        del name
        return [self._candidate(file) for file in read_files(payload, partition=partition, book=EMPTY_BOOK)]

    def needs(self, file: PythonCandidate, extra: str, places: Places) -> Iterable[tuple[PythonNeed, Places]]:
        """Return what a file, or an extra of it, needs, and where its marker holds."""
        for text in file.requires_dist:
            entry = read_entry(text)
            if entry is not None:
                where = places if entry.marker is None else places & self._where(entry.marker, extra)
                if where:
                    yield entry.need, where

    def could_choose(self, need: PythonNeed, file: PythonCandidate) -> bool:
        """Tell whether the version will do; a yanked one only where it is pinned."""
        if file.is_yanked and not _is_pinned(need.versions):
            return False
        return not need.versions or version_test(need.versions)(file.version)

    def _candidate(self, file: PythonFile) -> PythonCandidate:
        return PythonCandidate(
            filename=file.filename,
            version=file.version,
            candidate_for=self._places(file) if file.kind != "other" else 0,
            is_yanked=file.is_yanked,
            requires_dist=file.metadata.requires_dist,
        )

    def _places(self, file: PythonFile) -> Places:
        key = (file.tags, file.pythons)
        found = self._able.get(key)
        if found is None:
            platforms = platforms_that_take(file.tags)
            able = (bit for one, bit in self._bits.items() if one.python in file.pythons and one.platform in platforms)
            found = self._able[key] = sum(able)
        return found

    def _where(self, marker: str, extra: str) -> Places:
        found = self._holding.get((marker, extra))
        if found is None:
            found = sum(bit for one, bit in self._bits.items() if could_hold(marker, one, extra))
            self._holding[marker, extra] = found
        return found


@lru_cache(_REMEMBERED)
def read_entry(text: str) -> Entry | None:
    """Read one entry of Requires-Dist; None for one by URL, and where there is not even a name in it."""
    try:
        read = Requirement(text[:_LONGEST])
    except InvalidRequirement:
        return _any_version(text)
    name = project_name(read.name)
    if name is None or read.url:
        return None
    extras = tuple(sorted({found for extra in read.extras if (found := project_name(extra)) is not None}))
    return Entry(PythonNeed(name, str(read.specifier), extras), str(read.marker) if read.marker else None)


def _any_version(text: str) -> Entry | None:
    found = _NAME.match(text)
    name = project_name(found[1]) if found is not None else None
    if name is None:
        return None
    return Entry(PythonNeed(name, ""), text.partition(";")[2].strip() or None)


@lru_cache(_REMEMBERED)
def _is_pinned(versions: str) -> bool:
    return any(one.operator in ("==", "===") and not one.version.endswith(".*") for one in SpecifierSet(versions))
