"""PEP 508 requirements and PEP 440 versions, as rules use them.

Essential reading: the version specifiers and dependency specifiers specifications.

Rules of this file:
1. A requirement in a rule chooses by name and version: pre-releases match where the range
   has them, for a policy is no installer that prefers others.
2. URLs, markers and extras choose nothing among files, and are refused.
3. What is no requirement may be a MatchSpec (match_spec.py): `numpy 1.26.*`, `numpy=1.26`, `nump* <2`.
4. A version that PEP 440 does not know matches `===` and requirements without a range only.
"""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from libs.common.domain.errors import InvalidInput
from libs.common.domain.name_index import NameIndex
from libs.common.ecosystems.match_spec import Constraint, read_match_spec
from libs.common.ecosystems.pypi.filenames import name_pattern, project_name

_LONGEST = 1000
_REMEMBERED = 1 << 16
_NO_VERSION = Version("0")


VersionTest = Callable[[str], bool]


class PythonSpec(NamedTuple):
    """One requirement; `versions` is None where the name alone decides."""

    name: str
    versions: VersionTest | None


def read_spec(text: str, *, field: str) -> PythonSpec:
    """Read a requirement or a MatchSpec; its name may have `*`.

    Raises:
        InvalidInput: for what is neither, or chooses by something that files do not have.
    """
    said = text.strip()
    try:
        requirement = Requirement(said[:_LONGEST])
    except InvalidRequirement as exc:
        spec = _from_match_spec(said)
        if spec is not None:
            return spec
        reason = str(exc).partition("\n")[0]
        raise InvalidInput(f"{field} has {said[:80]!r}, which is no requirement: {reason}", field=field) from exc
    if requirement.url or requirement.marker or requirement.extras or len(said) > _LONGEST:
        raise InvalidInput(
            f"{field} has {said[:80]!r}; URLs, markers and extras can't choose files, write name and version only",
            field=field,
        )
    name = project_name(requirement.name)
    assert name is not None, "PEP 508 takes no other names"  # noqa: S101 - packaging has checked it
    return PythonSpec(name, _test(requirement.specifier) if requirement.specifier else None)


def read_range(text: str, *, field: str) -> VersionTest:
    """Read a version range.

    Raises:
        InvalidInput: for a range that can't be parsed.
    """
    try:
        return _test(SpecifierSet(text[:_LONGEST]))
    except InvalidSpecifier as exc:
        reason = str(exc).partition("\n")[0]
        raise InvalidInput(f"{field} is {text[:80]!r}, which is no version range: {reason}", field=field) from exc


def specs_of(spec_texts: Collection[str], *, name: str) -> tuple[VersionTest | None, ...]:
    """Return the tests of those specs that are about a normalised name; None among them where it decides alone.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """
    specs: NameIndex[VersionTest | None] = NameIndex()
    for place, text in enumerate(spec_texts):
        specs.add(*read_spec(text, field=f"spec[{place}]"))
    return tuple(specs.of(name))


def newest(versions: Collection[str], count: int) -> frozenset[str]:
    """Return the newest of these versions and all equal to them; what PEP 440 does not know is the oldest."""
    known = sorted({key for text in versions if (key := read_version(text)) is not None}, reverse=True)[:count]
    chosen = frozenset(text for text in versions if read_version(text) in known)
    if len(known) == count:
        return chosen
    unknown = sorted((text for text in set(versions) if read_version(text) is None), reverse=True)
    return chosen | frozenset(unknown[: count - len(known)])


def in_order(versions: Iterable[str]) -> list[str]:
    """Sort versions, oldest first; what PEP 440 does not know comes before all."""
    return sorted(versions, key=_age)


@lru_cache(_REMEMBERED)
def version_test(versions: str) -> VersionTest:
    """Return the test of a range that is known to be one."""
    return _test(SpecifierSet(versions))


@lru_cache(_REMEMBERED)
def read_version(text: str) -> Version | None:
    """Return a version that compares; None for what PEP 440 does not know."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _age(text: str) -> tuple[bool, Version, str]:
    version = read_version(text)
    return (version is not None, version or _NO_VERSION, text)


def _from_match_spec(said: str) -> PythonSpec | None:
    spec = read_match_spec(said)
    if spec is None:
        return None
    name = name_pattern(spec.name)
    if project_name(name.replace("*", "x")) is None:
        return None
    if spec.versions is None:
        return PythonSpec(name, None)
    try:
        tests = [_test(SpecifierSet(",".join(map(written, alternative)))) for alternative in spec.versions]
    except InvalidSpecifier:
        return None
    return PythonSpec(name, lambda version: any(test(version) for test in tests))


def written(constraint: Constraint) -> str:
    """Write a comparison as PEP 440 does."""
    return f"{constraint.sign}{constraint.version}{'.*' if constraint.is_prefix else ''}"


def _test(versions: SpecifierSet) -> VersionTest:
    @lru_cache(_REMEMBERED)
    def is_in(text: str) -> bool:
        version = read_version(text)
        if version is not None:
            return versions.contains(version, prereleases=True)
        return all(one.operator == "===" and one.version == text for one in versions)

    return is_in
