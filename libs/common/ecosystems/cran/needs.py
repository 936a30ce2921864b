"""How R packages need each other.

Rules of this file:
1. A contrib folder is a place: what a package of it needs is taken from the same folder. What a
   folder of binaries does not have is taken from `src/contrib`, as R's `type = "both"` does.
2. Names of dependencies are compared with case, as R does.
3. Every version of PACKAGES that meets the requirement could be chosen. R takes nothing out of the Archive by
   itself, and nobody knows what a file there needs: it is reached where the rule itself names it, by version or
   spec, and alone.
"""

from collections.abc import Collection, Iterable, Mapping

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.ecosystems.cran.depends import Requirement, hard_requirements
from libs.common.ecosystems.cran.file_view import CranFile, read_files
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.versions import RVersion, read_version
from libs.common.ecosystems.grow_closure import Candidate, Places


class CranCandidate(Candidate, kw_only=True):
    """One file and what it needs."""

    key: RVersion | None
    is_archived: bool
    requirements: tuple[Requirement, ...]


class CranNeeding:
    """R's `Needing`."""

    def __init__(self, names: Mapping[str, Collection[str]]) -> None:
        self._names = {partition: frozenset(in_partition) for partition, in_partition in names.items()}
        self._bits = {partition: 1 << place for place, partition in enumerate(sorted(names))}

    def candidates(self, payload: bytes, *, partition: str, name: str) -> list[CranCandidate]:
        """Return the files of a shard."""
        places = self._places(partition, name)
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        return [_candidate(file, places) for file in files]

    def needs(self, file: CranCandidate, extra: str, places: Places) -> Iterable[tuple[Requirement, Places]]:
        """Return the hard dependencies, which count everywhere; R has no extras."""
        del extra
        return ((requirement, places) for requirement in file.requirements)

    def could_choose(self, need: Requirement, file: CranCandidate) -> bool:
        """Tell whether R would take the file, and the version will do."""
        return not file.is_archived and need.is_met_by(file.key)

    def _places(self, partition: str, name: str) -> Places:
        if partition != SOURCE:
            return self._bits[partition]
        return sum(bit for other, bit in self._bits.items() if other == SOURCE or name not in self._names[other])


def _candidate(file: CranFile, places: Places) -> CranCandidate:
    record = file.record
    return CranCandidate(
        filename=file.filename,
        version=file.version,
        candidate_for=places,
        key=read_version(file.version),
        is_archived=file.listed.is_archived,
        requirements=hard_requirements((record.depends, record.imports, record.linking_to)),
    )
