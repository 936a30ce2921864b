"""What people ask of R packages: what they mean, where it is installed, what that takes there.

Essential reading: R-exts "Package Dependencies"; `?install.packages`.

Rules of this file:
1. A target is a contrib folder. What a folder of binaries does not have is taken from `src/contrib`.
2. The walk follows hard dependencies only, and takes the newest version; of one version the binary.
3. Of versions in the Archive nobody knows what they need. The walk takes them where no other meets a need.
4. What lies below `Archive` is in no `PACKAGES`: `install.packages` does not find it, others do.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.name_index import fits
from libs.common.domain.policy import Rule
from libs.common.ecosystems.asking import Needed, Target, Walking, Wanted
from libs.common.ecosystems.cran.depends import Requirement, hard_requirements
from libs.common.ecosystems.cran.dialect import CranDialect
from libs.common.ecosystems.cran.file_view import CranFile, read_files
from libs.common.ecosystems.cran.needs import CranCandidate, CranNeeding
from libs.common.ecosystems.cran.partitions import SOURCE, read_partition
from libs.common.ecosystems.cran.specs import VersionTest, read_spec
from libs.common.ecosystems.cran.versions import RVersion, read_version
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.grow_closure import GrowingClosure, Places
from libs.common.ecosystems.protocol import Closing
from libs.common.ecosystems.walk_needs import NewestWalk

_GRAMMAR = Grammar(dialect=CranDialect(), advisories="cran", files=read_files, folded=str.lower)
_ENDINGS = (".tar.gz", ".zip", ".tgz")
_ARCHIVE = "Archive"
_ARCHIVED = "it is in the Archive, where install.packages does not look; remotes::install_version and renv do"


class CranAsking:
    """Answers what questions and reports ask of R."""

    is_solved = False

    def read_wanted(self, text: str) -> Wanted:
        """Read a dependency, or the name of a file.

        Raises:
            InvalidInput: when it names no package, or can't be parsed.
        """
        said = text.strip()
        filename = said.rpartition("/")[2]
        if filename.endswith(_ENDINGS) and "_" in filename:
            name = filename.partition("_")[0]
            return Wanted(name=name, spec=name, filename=filename)
        folded, _ = read_spec(said, field="spec")
        if "*" in folded:
            raise InvalidInput("name one package; patterns are for rules", field="spec")
        return Wanted(name=said[: len(folded)], spec=said)

    def each_of(self, spec: str, names: Collection[str]) -> Mapping[str, str]:
        """Return the names that a dependency fits, as they are spelled, with one of each that has no pattern."""
        pattern, _ = read_spec(spec, field="specs")
        found = [name for name in sorted(names) if fits(pattern, name.lower())]
        if "*" in pattern:
            return {name: name for name in found}
        return dict.fromkeys(found, spec) or {spec.strip()[: len(pattern)]: spec}

    def targets(
        self, partitions: Collection[str], *, rules: Sequence[Rule], platforms: Sequence[str], pythons: Sequence[str]
    ) -> tuple[Target, ...]:
        """Return the contrib folders that were chosen, else all that there are.

        Raises:
            InvalidInput: for what is no contrib folder, or where Pythons are chosen.
        """
        del rules
        if pythons:
            raise InvalidInput("R packages are for no Python; leave pythons out", field="pythons")
        for place, folder in enumerate(platforms):
            if folder != SOURCE and read_partition(folder).r is None:
                raise InvalidInput(
                    f"platforms[{place}] is {folder[:80]!r}; write a contrib folder such as {SOURCE} or "
                    "bin/windows/contrib/4.5",
                    field=f"platforms[{place}]",
                )
        folders = tuple(dict.fromkeys(platforms)) or tuple(sorted(partitions)) or (SOURCE,)
        return tuple(
            Target(name=folder, partitions=tuple(dict.fromkeys((folder, SOURCE))), platform=folder)
            for folder in folders
        )

    def target_of(self, partition: str, targets: Sequence[Target]) -> Target:
        """Return that of the folder."""
        return next((target for target in targets if target.platform == partition), targets[0])

    def needs(self, payload: bytes, *, partition: str, target: Target) -> Mapping[str, tuple[Needed, ...]]:
        """Return the hard dependencies of files, without R and its base packages."""
        del target
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        return {file.filename: tuple(_needed(file)) for file in files}

    def remarks(self, payload: bytes, *, partition: str) -> Mapping[str, str]:
        """Tell which files are in the Archive only."""
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        return {file.filename: _ARCHIVED for file in files if is_archived(file)}

    def version_of(self, filename: str, *, name: str) -> str | None:
        """Return the version that stands in the name of a package file; None where it can't be read."""
        found = filename.removeprefix(f"{name}_")
        ending = next((ending for ending in _ENDINGS if found.endswith(ending)), None)
        return found.removesuffix(ending) if ending is not None and found != filename else None

    def newest_first(self, versions: Collection[str]) -> Sequence[str]:
        """Sort versions; what is none stands last."""
        return sorted(versions, key=lambda text: (read_version(text) or (), text), reverse=True)

    def closing_at(self, rule: Rule, *, names: Mapping[str, Collection[str]], target: Target) -> Closing:
        """Begin the closure of a rule in one contrib folder."""
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        roots = TablesDeciding(Evaluation(rules=(alone,)), book=None, grammar=_GRAMMAR)
        return GrowingClosure(roots, names=names, needing=_Installing(names, target))

    def walk(self, specs: Sequence[str], *, names: Mapping[str, Collection[str]], target: Target) -> Walking | None:
        """Begin to walk from some dependencies."""
        every = {name for of_partition in names.values() for name in of_partition}
        wishes: list[_Wish | Requirement] = [
            _Wish(name, one, read_spec(one, field="specs")[1])
            for spec in specs
            for name, one in self.each_of(spec, every).items()
        ]
        return NewestWalk(wishes, names=every, installing=_Installing(names, target))


class _Wish(NamedTuple):
    """What was asked for; its text may have several conditions, which a `Requirement` has not."""

    name: str
    text: str
    test: VersionTest | None

    @property
    def extras(self) -> tuple[str, ...]:
        """None."""
        return ()

    def is_met_by(self, version: RVersion | None) -> bool:
        """Tell whether a version will do."""
        return self.test is None or (version is not None and self.test(".".join(map(str, version))))


class _Installing(CranNeeding):
    """R's `Installing`, in one contrib folder."""

    def __init__(self, names: Mapping[str, Collection[str]], target: Target) -> None:
        super().__init__({partition: names.get(partition, ()) for partition in target.partitions})
        self.place: Places = self._bits[target.platform]
        self._archived: set[str] = set()

    def candidates(self, payload: bytes, *, partition: str, name: str) -> list[CranCandidate]:
        """Return the files of a shard, and note which are in the Archive only: nobody knows what these need."""
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        self._archived |= {file.filename for file in files if is_archived(file)}
        return super().candidates(payload, partition=partition, name=name)

    def rank(self, file: CranCandidate, *, partition: str) -> tuple[bool, RVersion, bool]:
        """Return what R prefers files by."""
        return file.filename not in self._archived, file.key or (), partition != SOURCE

    def is_known(self, file: CranCandidate) -> bool:
        """Tell whether the record has what the file needs."""
        return file.filename not in self._archived

    def could_choose(self, need: Requirement | _Wish, file: CranCandidate) -> bool:
        """Tell whether the version will do."""
        return need.is_met_by(file.key)

    def words(self, need: Requirement | _Wish) -> str:
        """Write a need as in DESCRIPTION."""
        return need.text if isinstance(need, _Wish) else _written(need)


def is_archived(file: CranFile) -> bool:
    """Tell whether a file is an old version, of which the source lists no more than name and version."""
    return (file.record.path or "").startswith(f"{_ARCHIVE}/")


def _needed(file: CranFile) -> Iterable[Needed]:
    record = file.record
    for one in hard_requirements((record.depends, record.imports, record.linking_to)):
        yield Needed(text=_written(one), name=one.name, spec=_written(one))


def _written(need: Requirement) -> str:
    if need.operator is None or need.version is None:
        return need.name
    return f"{need.name} ({need.operator} {'.'.join(map(str, need.version))})"
