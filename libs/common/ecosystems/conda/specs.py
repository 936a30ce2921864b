"""MatchSpecs (CEP 29): what a rule's specs match, by py-rattler's own parser and matcher.

Names decide first: a set of specs knows from a name alone whether nothing of a shard can
match, so that few shards are looked into. What py-rattler does not look at is done here:
`subdir=` and `fn=` are honoured, a channel is ignored, and what has no meaning for a
file that stands in an index (`url=`, `when=`, `extras=`) is refused.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from rattler import MatchSpec, PackageRecord
from rattler.exceptions import InvalidMatchSpecError, InvalidPackageNameError, InvalidVersionError
from rattler.package.build_string import BuildString

from libs.common.domain.errors import InvalidInput

_MAX_LENGTH = 1000
_DANGEROUS = re.compile(r"\(\?(?!i\))|\\[1-9kgG]|[*+?}]\+")
"""Look-around, back-references, atomic groups and possessive quantifiers: these take py-rattler's
regular expressions out of linear time (CEP 29 asks to refuse them)."""

_OURS = re.compile(r'(?:channel|namespace|subdir|fn)="[^"]*",?')


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One file, as specs see it; `raw` is its whole record."""

    subdir: str
    filename: str
    raw: msgspec.Raw


class _Fields(msgspec.Struct, frozen=True, gc=False):
    name: str
    version: str
    build: str
    build_number: int
    sha256: str | None = None
    md5: str | None = None
    license: str | None = None
    license_family: str | None = None
    track_features: str | list[str] | None = None


class Spec(NamedTuple):
    """One parsed spec, with what py-rattler does not look at."""

    match: MatchSpec
    subdir: str | None
    filename: str | None
    needs_record: bool

    @property
    def is_bare(self) -> bool:
        """Tell whether the name alone decides."""
        return not self.needs_record and self.subdir is None and self.filename is None


class Specs:
    """A set of specs, arranged by the names that they can match.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """

    def __init__(self, specs: Iterable[str], *, field: str) -> None:
        self._exact: dict[str, list[Spec]] = {}
        self._globs: list[tuple[str, Spec]] = []
        self._expressions: list[tuple[MatchSpec, Spec]] = []
        for text in specs:
            name, spec = _parse(text, field=field)
            if name.startswith("^"):
                self._expressions.append((_rattler_spec(name), spec))
            elif "*" in name:
                self._globs.append((name, spec))
            else:
                self._exact.setdefault(name, []).append(spec)

    def of_name(self, name: str) -> tuple[Spec, ...]:
        """Return the specs that can match something of this name."""
        found = [*self._exact.get(name, ()), *(spec for glob, spec in self._globs if _glob_fits(glob, name))]
        if self._expressions:
            anything = _record_of_name(name)
            found += [spec for expression, spec in self._expressions if expression.matches(anything)]
        return tuple(found)


def matches_all(specs: tuple[Spec, ...]) -> bool:
    """Tell whether every file of the name is matched, whatever its record says."""
    return any(spec.is_bare for spec in specs)


def matches(specs: tuple[Spec, ...], candidate: Candidate) -> bool:
    """Tell whether one of the specs, which fit the file's name, matches the file."""
    record: PackageRecord | None = None
    for spec in specs:
        if spec.subdir not in (None, candidate.subdir) or spec.filename not in (None, candidate.filename):
            continue
        if not spec.needs_record:
            return True
        if record is None:
            record = _package_record(candidate)
            if record is None:
                return False
        if spec.match.matches(record):
            return True
    return False


def _parse(text: str, *, field: str) -> tuple[str, Spec]:
    spec = text.strip()
    if len(spec) > _MAX_LENGTH or _DANGEROUS.search(spec):
        raise InvalidInput(
            f"{field} has {spec[:80]!r}: too long, or its regular expression has look-around, "
            "back-references or possessive parts; write it without them",
            field=field,
        )
    try:
        match = _rattler_spec(spec)
    except (InvalidMatchSpecError, ValueError) as exc:
        reason = str(exc).partition("\n")[0]
        raise InvalidInput(f"{field} has {spec[:80]!r}, which is no MatchSpec: {reason}", field=field) from exc
    if match.condition is not None or match.extras or '[url="' in str(match) or ',url="' in str(match):
        raise InvalidInput(
            f"{field} has {spec[:80]!r}; url, when and extras can't choose files of a mirror", field=field
        )
    name = match.name.normalized if match.name is not None else "*"
    rest = _OURS.sub("", match.to_canonical_string().removeprefix(name))
    needs_record = rest not in ("", "[]")
    return name, Spec(match, match.subdir, match.file_name, needs_record)


def _rattler_spec(text: str) -> MatchSpec:
    """Parse a spec; a glob is compared with lower-case names, so it is made lower-case too."""
    match = MatchSpec(text, strict=False, exact_names_only=False)
    name = match.name.normalized if match.name is not None else "*"
    if "*" in name and not name.startswith("^") and name != name.lower():
        return MatchSpec(text.replace(name, name.lower(), 1), strict=False, exact_names_only=False)
    return match


def _record_of_name(name: str) -> PackageRecord:
    return PackageRecord(name, "0", BuildString.new_unchecked("0"), 0, "noarch")


def _glob_fits(pattern: str, name: str) -> bool:
    """Match `*` in time that grows with the name alone, unlike a backtracking expression."""
    first, *middle, last = pattern.split("*")
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        place = name.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True


def _package_record(candidate: Candidate) -> PackageRecord | None:
    """Build py-rattler's record; None for old records that it can't hold, which then match no such spec."""
    try:
        fields = msgspec.json.decode(candidate.raw, type=_Fields)
        record = PackageRecord(
            fields.name.lower(),
            fields.version,
            BuildString.new_unchecked(fields.build),
            fields.build_number,
            candidate.subdir,
            sha256=bytes.fromhex(fields.sha256) if fields.sha256 else None,
            md5=bytes.fromhex(fields.md5) if fields.md5 else None,
            license=fields.license,
            license_family=fields.license_family,
        )
    except (InvalidPackageNameError, InvalidVersionError, ValueError, OverflowError, msgspec.MsgspecError):
        return None
    if fields.track_features:
        words = fields.track_features
        record.track_features = re.split(r"[ ,]+", words) if isinstance(words, str) else words
    return record
