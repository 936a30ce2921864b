"""MatchSpecs (CEP 29): what a rule's specs match, by py-rattler's own parser and matcher.

What py-rattler does not look at is done here: `subdir=` and `fn=` are honoured, a channel
is ignored, and what has no meaning for a file that stands in an index (`url=`, `when=`,
`extras=`) is refused.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from rattler import MatchSpec, PackageRecord, VersionSpec
from rattler.exceptions import CanonicalMatchSpecError, InvalidMatchSpecError
from rattler.package.build_string import BuildString

from libs.common.domain.errors import InvalidInput
from libs.common.domain.name_index import NameIndex, NamePattern, NameTest
from libs.common.ecosystems.conda.file_view import CondaFile, ShardView
from libs.common.ecosystems.conda.payload import decode_payload
from libs.common.ecosystems.conda.versions import read_version

_MAX_LENGTH = 1000
_DANGEROUS = re.compile(r"\(\?(?!i\))|\\[1-9kgG]|[*+?}]\+")
"""Look-around, back-references, atomic groups and possessive quantifiers: these take py-rattler's
regular expressions out of linear time (CEP 29 asks to refuse them)."""

_ONLY_VERSION = re.compile(r'\[version="([^"]*)",?\]')
_START = re.compile(r"\^([a-z0-9_-]*)(?![*?+{a-z0-9_-])")
"""What every name begins with that an expression without alternatives fits."""

_OURS = re.compile(r'(?:channel|namespace|subdir|fn)="[^"]*",?')


class Spec(NamedTuple):
    """One parsed spec, with what py-rattler does not look at; `version` is set where it asks for no more than that."""

    match: MatchSpec
    subdir: str | None
    filename: str | None
    version: VersionSpec | None
    needs_record: bool

    def matches(self, file: CondaFile) -> bool:
        """Tell whether the spec matches a file whose name fits."""
        if self.subdir not in (None, file.shard.subdir) or self.filename not in (None, file.filename):
            return False
        if not self.needs_record:
            return True
        if self.version is not None:
            read = read_version(file.version)
            return read is not None and self.version.matches(read)
        record = file.package_record
        return record is not None and self.match.matches(record)


def read_spec(text: str, *, field: str) -> tuple[NamePattern, Spec | None]:
    """Read a spec: which names it is about, and what it asks of their files; None where the name alone decides.

    Raises:
        InvalidInput: for a spec that can't be parsed or can't choose files of a mirror, naming it.
    """
    spec = text.strip()
    if len(spec) > _MAX_LENGTH or _DANGEROUS.search(spec):
        raise InvalidInput(
            f"{field} has {spec[:80]!r}: too long, or its regular expression has look-around, "
            "back-references or possessive parts; write it without them",
            field=field,
        )
    try:
        match = _rattler_spec(spec)
        name = match.name.normalized if match.name is not None else "*"
        pattern = _names_like(name) if name.startswith("^") else name
        rest = _beyond_name(spec, match, name)
    except (InvalidMatchSpecError, CanonicalMatchSpecError, ValueError) as exc:
        reason = str(exc).partition("\n")[0]
        raise InvalidInput(f"{field} has {spec[:80]!r}, which is no MatchSpec: {reason}", field=field) from exc
    if match.condition is not None or match.extras or '[url="' in str(match) or ',url="' in str(match):
        raise InvalidInput(
            f"{field} has {spec[:80]!r}; url, when and extras can't choose files of a mirror", field=field
        )
    only = _ONLY_VERSION.fullmatch(rest)
    version = VersionSpec(only[1]) if only is not None else None
    needs_record = rest not in ("", "[]")
    is_bare = not needs_record and match.subdir is None and match.file_name is None
    return pattern, None if is_bare else Spec(match, match.subdir, match.file_name, version, needs_record)


def select(spec_texts: Collection[str], payload: bytes, *, subdir: str, name: str) -> frozenset[str]:
    """Return the names of a shard's files that one of the specs matches.

    Raises:
        InvalidInput: for a spec that can't be parsed, naming it.
    """
    specs: NameIndex[Spec | None] = NameIndex()
    for place, text in enumerate(spec_texts):
        specs.add(*read_spec(text, field=f"spec[{place}]"))
    hits = specs.of(name)
    if not hits:
        return frozenset()
    files = ShardView(decode_payload(payload), subdir=subdir, name=name).files()
    return frozenset(file.filename for file in files if any(spec is None or spec.matches(file) for spec in hits))


def _beyond_name(spec: str, match: MatchSpec, name: str) -> str:
    """Return what a spec asks for besides the name, the subdir and the file name; `` or `[]` for nothing."""
    # py-rattler can't write expressions with brackets, so another name stands for them.
    plain = _rattler_spec(spec.replace(name, "name", 1)) if name.startswith("^") else match
    return _OURS.sub("", plain.to_canonical_string().removeprefix("name" if plain is not match else name))


def _rattler_spec(text: str) -> MatchSpec:
    """Parse a spec; a glob is compared with lower-case names, so it is made lower-case too."""
    match = MatchSpec(text, strict=False, exact_names_only=False)
    name = match.name.normalized if match.name is not None else "*"
    if "*" in name and not name.startswith("^") and name != name.lower():
        return MatchSpec(text.replace(name, name.lower(), 1), strict=False, exact_names_only=False)
    return match


def _names_like(expression: str) -> NameTest:
    """Return the test of a regular expression on names."""
    match = _rattler_spec(expression)
    start = _START.match(expression) if "|" not in expression else None
    return NameTest(start[1] if start is not None else "", lambda name: bool(match.matches(_record_of_name(name))))


@lru_cache(maxsize=16)  # a name is asked by all expressions, one after the other
def _record_of_name(name: str) -> PackageRecord:
    return PackageRecord(name, "0", BuildString.new_unchecked("0"), 0, "noarch")
