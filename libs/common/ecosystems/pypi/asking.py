"""What people ask of Python packages: what they mean, where it is installed, what that takes there.

Essential reading: the dependency specifiers specification; the binary distribution format.

Rules of this file:
1. A person may ask as for an installer, `requests[socks] >=2 ; python_version < "4"`: extras and
   markers choose no files, and are passed over.
2. A target is a machine and a Python. Where neither the request nor a rule says which, it is
   CPython 3.12 on Linux (x86_64).
3. The walk takes what pip and uv prefer: final versions before pre-releases, the newest first, of one
   version a wheel before the sdist.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.name_index import fits
from libs.common.domain.policy import Rule
from libs.common.ecosystems.asking import Needed, Target, Walking, Wanted
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.file_tables import decode_tables, read_table
from libs.common.ecosystems.grow_closure import ITSELF, GrowingClosure, Places
from libs.common.ecosystems.match_spec import read_match_spec
from libs.common.ecosystems.protocol import Closing
from libs.common.ecosystems.pypi.dialect import PythonDialect
from libs.common.ecosystems.pypi.environments import (
    DEFAULT_PYTHONS,
    PLATFORMS,
    Environment,
    could_hold,
    environments_of,
)
from libs.common.ecosystems.pypi.file_view import read_files
from libs.common.ecosystems.pypi.filenames import name_pattern, project_name, read_filename
from libs.common.ecosystems.pypi.needs import PythonCandidate, PythonNeed, PythonNeeding, read_entry
from libs.common.ecosystems.pypi.records import METADATA, PARTITION
from libs.common.ecosystems.pypi.specs import read_spec, read_version, written
from libs.common.ecosystems.pypi.tags import PYTHONS, PythonVersion
from libs.common.ecosystems.walk_needs import NewestWalk

_PYTHON = (3, 12)
_PLATFORM = "linux_x86_64"
_LONGEST = 1000
_LONGEST_PYTHON = 6
_MOST_TARGETS = 50
_OLDEST = Version("0.dev0")
_ENDINGS = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".egg")
_GRAMMAR = Grammar(dialect=PythonDialect(), advisories="python", files=read_files)


class PythonAsking:
    """Answers what questions and reports ask of Python."""

    is_solved = False

    def read_wanted(self, text: str) -> Wanted:
        """Read a requirement, or the name of a file.

        Raises:
            InvalidInput: when it names no project, or can't be parsed.
        """
        said = text.strip()
        file = _read_file(said.removesuffix(".metadata"))
        if file is not None:
            return file
        try:
            requirement = Requirement(said[:_LONGEST])
        except InvalidRequirement:
            name, _ = read_spec(said, field="spec")
            if "*" in name:
                raise InvalidInput("name one package; patterns are for rules", field="spec") from None
            return Wanted(name=name, spec=said)
        name = project_name(requirement.name) or requirement.name
        if requirement.url:
            raise InvalidInput("write a name and versions; what stands at a URL is on no index", field="spec")
        return Wanted(name=name, spec=f"{name}{requirement.specifier}")

    def each_of(self, spec: str, names: Collection[str]) -> Mapping[str, str]:
        """Return the names that a requirement fits, with one of each that has no pattern; extras stay."""
        try:
            return {project_name(Requirement(spec).name) or spec: spec}
        except InvalidRequirement:
            pattern, _ = read_spec(spec, field="specs")
        return {name: name for name in sorted(names) if fits(pattern, name)} if "*" in pattern else {pattern: spec}

    def targets(
        self, partitions: Collection[str], *, rules: Sequence[Rule], platforms: Sequence[str], pythons: Sequence[str]
    ) -> tuple[Target, ...]:
        """Return machines and Pythons: those that were chosen, else those of the rules, else one.

        Raises:
            InvalidInput: for a platform or Python that there can't be, or for too many.
        """
        del partitions
        where = next((rule.where for rule in rules if rule.where.python or rule.where.platform), None)
        ruled = environments_of(where) if where is not None else ()
        on = tuple(_platform(word, place) for place, word in enumerate(platforms))
        of = tuple(_python(word, place) for place, word in enumerate(pythons))
        if not on:
            on = tuple(dict.fromkeys(it.platform for it in ruled)) if where and where.platform else (_PLATFORM,)
        if not of:
            of = _likely(dict.fromkeys(it.python for it in ruled)) if where and where.python else (_PYTHON,)
        if len(on) * len(of) > _MOST_TARGETS:
            raise InvalidInput(
                f"{len(on) * len(of)} targets are too many; choose platforms and pythons", field="pythons"
            )
        return tuple(_target(Environment(python, platform)) for platform, python in product(on, of))

    def target_of(self, partition: str, targets: Sequence[Target]) -> Target:
        """Return the first: a file of an index may be for any."""
        del partition
        return targets[0]

    def needs(self, payload: bytes, *, partition: str, target: Target) -> Mapping[str, tuple[Needed, ...]]:
        """Return what the core metadata of files asks for where its markers hold, without extras."""
        environment = _environment(target)
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        return {file.filename: tuple(_needed(file.metadata.requires_dist, environment)) for file in files}

    def remarks(self, payload: bytes, *, partition: str) -> Mapping[str, str]:
        """Tell which files were yanked, and why (PEP 592)."""
        files = read_files(payload, partition=partition, book=EMPTY_BOOK)
        return {file.filename: _yanked(file.record.yanked) for file in files if file.is_yanked}

    def version_of(self, filename: str, *, name: str) -> str | None:
        """Return the version that stands in the name of a package file; None where it can't be read."""
        return read_filename(filename, project=name).version

    def newest_first(self, versions: Collection[str]) -> Sequence[str]:
        """Sort versions; what PEP 440 does not know stands last."""
        return sorted(versions, key=_age, reverse=True)

    def closing_at(self, rule: Rule, *, names: Mapping[str, Collection[str]], target: Target) -> Closing:
        """Begin the closure of a rule in one environment."""
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        roots = TablesDeciding(Evaluation(rules=(alone,)), book=None, grammar=_GRAMMAR)
        return GrowingClosure(roots, names=names, needing=PythonNeeding((_environment(target),)))

    def walk(self, specs: Sequence[str], *, names: Mapping[str, Collection[str]], target: Target) -> Walking | None:
        """Begin to walk from some requirements; extras of them count."""
        wishes = [_wish(spec) for spec in specs]
        return NewestWalk(wishes, names=names.get(PARTITION, ()), installing=_Installing(_environment(target)))


class _Installing(PythonNeeding):
    """Python's `Installing`, in one environment."""

    place: Places = 1

    def __init__(self, environment: Environment) -> None:
        super().__init__((environment,))
        self._told: set[str] = set()

    def candidates(self, payload: bytes, *, partition: str, name: str) -> list[PythonCandidate]:
        """Return the files of a project, and note of which there is core metadata."""
        found = super().candidates(payload, partition=partition, name=name)
        known = read_table(decode_tables(payload), METADATA)
        versions = {read_filename(filename, project=name).version for filename in known}
        self._told |= {file.filename for file in found if file.version in versions}
        return found

    def rank(self, file: PythonCandidate, *, partition: str) -> tuple[bool, Version, bool, str]:
        """Return what installers prefer files by."""
        del partition
        version = read_version(file.version) or _OLDEST
        return (not version.is_prerelease, version, file.filename.endswith(".whl"), file.filename)

    def is_known(self, file: PythonCandidate) -> bool:
        """Tell whether there is core metadata of its version."""
        return file.filename in self._told

    def words(self, need: PythonNeed) -> str:
        """Write a need as a requirement."""
        extras = f"[{','.join(need.extras)}]" if need.extras else ""
        return f"{need.name}{extras} {need.versions}".strip()


def _read_file(text: str) -> Wanted | None:
    folder, _, filename = text.rpartition("/")
    if not filename.endswith(_ENDINGS):
        return None
    stem = filename[: -len(next(ending for ending in _ENDINGS if filename.endswith(ending)))]
    first = stem.partition("-")[0] if filename.endswith(".whl") else stem.rpartition("-")[0]
    name = project_name(folder.rpartition("/")[2]) if folder else project_name(first)
    return Wanted(name=name, spec=name, filename=filename) if name is not None else None


def _wish(spec: str) -> PythonNeed:
    try:
        read = Requirement(spec)
    except InvalidRequirement:
        return PythonNeed(*_ranged(spec))
    extras = tuple(sorted({found for extra in read.extras if (found := project_name(extra)) is not None}))
    return PythonNeed(project_name(read.name) or read.name, str(read.specifier), extras)


def _ranged(spec: str) -> tuple[str, str]:
    """Write a MatchSpec as name and range; one with alternatives asks for any version."""
    read = read_match_spec(spec)
    if read is None:
        return spec, ""
    alternatives = read.versions or ()
    return name_pattern(read.name), ",".join(map(written, alternatives[0])) if len(alternatives) == 1 else ""


def _needed(texts: Iterable[str], environment: Environment) -> Iterable[Needed]:
    for text in texts:
        entry = read_entry(text)
        if entry is not None and (entry.marker is None or could_hold(entry.marker, environment, ITSELF)):
            yield Needed(text=text, name=entry.need.name, spec=f"{entry.need.name}{entry.need.versions}")


def _yanked(said: bool | str | None) -> str:
    why = f": {said}" if isinstance(said, str) and said.strip() else ""
    return f"it was yanked{why}; installers take it only where it is pinned"


def _age(text: str) -> tuple[bool, Version, str]:
    version = read_version(text)
    return version is not None, version or _OLDEST, text


def _platform(word: str, place: int) -> str:
    if word not in PLATFORMS:
        words = ", ".join(PLATFORMS)
        raise InvalidInput(f"platforms[{place}] is {word[:80]!r}; write one of {words}", field=f"platforms[{place}]")
    return word


def _python(word: str, place: int) -> PythonVersion:
    major, _, minor = word.partition(".")
    found = (
        (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() and len(word) < _LONGEST_PYTHON else None
    )
    if found not in PYTHONS:
        raise InvalidInput(f"pythons[{place}] is {word[:80]!r}; write it as 3.12", field=f"pythons[{place}]")
    return found


def _likely(pythons: Iterable[PythonVersion]) -> tuple[PythonVersion, ...]:
    """Return those of a range that are in use, where there are any."""
    every = tuple(pythons)
    return tuple(one for one in every if one in DEFAULT_PYTHONS) or every


def _target(environment: Environment) -> Target:
    version = ".".join(map(str, environment.python))
    return Target(
        name=f"{environment.platform}, Python {version}",
        partitions=(PARTITION,),
        platform=environment.platform,
        version=version,
    )


def _environment(target: Target) -> Environment:
    return Environment(_python(target.version, 0), target.platform)
