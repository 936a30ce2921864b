"""Advisories: what is known of vulnerabilities, and what that says of one file.

Rules of this file:
1. A CVE's status is what was curated for the file, else for the package, else `Reported`:
   known, and not reviewed by anybody here. What a person says counts before what the
   package says of itself; the same person's word for one file before that for all.
2. The score of a file is the highest CVSS score of its findings that are neither Cleared nor
   Mitigated: these do not apply to it. The status of a file is the most severe of all.
3. How sure it is that an advisory is about this package is said with each finding: an
   advisory of its own ecosystem, a purl in its record, a curated map, or only its name.
4. Malware of another ecosystem is not found by a name alone: whoever uploads it takes the
   names of others.
5. A CVE that was curated for a file is a finding of it, also where no advisory says so; one
   that was curated for a whole package only where none speaks of the CVE in it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.osv_ranges import Range, is_affected
from libs.common.domain.version_order import VERSION_ORDERS, Compare, compare_text

AdvisoryEcosystem = Literal["python", "cran", "conda"]
"""Whose package names and versions an advisory speaks of."""


class CveStatus(StrEnum):
    """How far an advisory applies, in the wire's words, most severe first."""

    ACTIVE = "Active"
    REPORTED = "Reported"
    DISPUTED = "Disputed"
    MITIGATED = "Mitigated"
    CLEARED = "Cleared"


class Confidence(StrEnum):
    """How an advisory was matched to a package, surest first."""

    OWN = "own"
    CURATED = "curated"
    PURL = "purl"
    NAME = "name"


NOT_APPLICABLE = frozenset({CveStatus.CLEARED, CveStatus.MITIGATED})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One vulnerability of one file; `score` is its highest CVSS base score, None where it has none."""

    id: str
    score: float | None
    status: CveStatus
    confidence: Confidence


class Advisory(msgspec.Struct, frozen=True, array_like=True):
    """What one CVE says of one package; `id` is another database's where there is no CVE id.

    `versions` are affected besides those in `ranges`.
    """

    id: str
    score: float | None
    versions: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    is_malware: bool = False


class Curation(msgspec.Struct, frozen=True, array_like=True):
    """What was found out about one CVE in one package, or in those of its files that the glob `files` matches.

    `score` is the CVE's, for packages that no advisory names.
    """

    id: str
    status: CveStatus
    files: str | None = None
    source: Literal["person", "package"] = "person"
    score: float | None = None


class Match(msgspec.Struct, frozen=True):
    """Under which name advisories speak of a package, and how sure that is."""

    ecosystem: AdvisoryEcosystem
    name: str
    confidence: Confidence


class AdvisoryBook:
    """All advisories and curations at one moment; immutable, named by the digest of its bytes.

    Packages that nothing is known of cost one look into a dictionary, and the advisories
    of a package are read when it is first asked for.
    """

    def __init__(self, data: bytes) -> None:
        """Take what `encode_book` wrote.

        Raises:
            msgspec.DecodeError: for other bytes.
        """
        self.digest: Sha256 = sha256_of(data)
        pages = msgspec.msgpack.decode(data, type=_Pages)
        self._advisories = pages.advisories
        self._curations = pages.curations
        self._conda_names = pages.conda_names
        self._read: dict[tuple[str, str], tuple[Advisory, ...]] = {}
        self._affecting: dict[tuple[str, str, str], tuple[Advisory, ...]] = {}
        self._cran_names: dict[str, tuple[str, ...]] = {}
        for name in sorted(pages.advisories.get("cran", {})):
            self._cran_names[name.lower()] = (*self._cran_names.get(name.lower(), ()), name)

    @classmethod
    def decode(cls, data: bytes) -> "AdvisoryBook":
        """Read what `encode_book` wrote.

        Raises:
            msgspec.DecodeError: for other bytes.
        """
        return cls(data)

    def of(self, ecosystem: AdvisoryEcosystem, name: str) -> tuple[Advisory, ...]:
        """Return the advisories of a package by its normalised name."""
        raw = self._advisories.get(ecosystem, _NONE).get(name)
        if raw is None:
            return ()
        if (ecosystem, name) not in self._read:
            self._read[ecosystem, name] = msgspec.msgpack.decode(raw, type=tuple[Advisory, ...])
        return self._read[ecosystem, name]

    def affecting(
        self, ecosystem: AdvisoryEcosystem, name: str, *, version: str, compare: Compare
    ) -> tuple[Advisory, ...]:
        """Return those advisories of a package that one version is affected by; builds of a version share the answer.

        `compare` is the order of the ecosystem's versions, always the same one.
        """
        key = (ecosystem, name, version)
        if key not in self._affecting:
            self._affecting[key] = tuple(
                one
                for one in self.of(ecosystem, name)
                if is_affected(version, versions=one.versions, ranges=one.ranges, compare=compare)
            )
        return self._affecting[key]

    def curations_of(self, ecosystem: AdvisoryEcosystem, name: str) -> tuple[Curation, ...]:
        """Return what was found out about the CVEs of a package."""
        return self._curations.get(ecosystem, {}).get(name, ())

    def matches(
        self, ecosystem: AdvisoryEcosystem, name: str, *, purls: Sequence[str] | None = None
    ) -> tuple[Match, ...]:
        """Return under which names something is known of a package; mostly none.

        `purls` are those of a conda record: None where it says nothing, empty where it
        says that the package is none of another ecosystem.
        """
        wanted = [Match(ecosystem, name, Confidence.OWN)]
        if ecosystem == "conda":
            wanted.extend(self._others(name, purls))
        return tuple(one for one in wanted if self._knows(one.ecosystem, one.name))

    def names(self, ecosystem: AdvisoryEcosystem) -> frozenset[str]:
        """Return the names of all packages that have advisories or curations."""
        return frozenset(self._advisories.get(ecosystem, _NONE)) | frozenset(self._curations.get(ecosystem, {}))

    def _knows(self, ecosystem: str, name: str) -> bool:
        return name in self._advisories.get(ecosystem, _NONE) or name in self._curations.get(ecosystem, {})

    def _others(self, name: str, purls: Sequence[str] | None) -> Iterable[Match]:
        if name in self._conda_names:
            python = self._conda_names[name]
            return () if python is None else (Match("python", python, Confidence.CURATED),)
        if purls is not None:
            return _by_purl(purls)
        python = _python_name(name)
        cran = self._cran_names.get(name[2:], ()) if name.startswith("r-") else ()
        return (
            Match("python", python, Confidence.NAME),
            *(Match("cran", one, Confidence.NAME) for one in cran),
        )


class _Pages(msgspec.Struct, frozen=True, kw_only=True):
    """The book's bytes: ecosystem -> package name -> what is known of it; `conda_names` leads to Python's names."""

    advisories: dict[str, dict[str, msgspec.Raw]] = {}
    curations: dict[str, dict[str, tuple[Curation, ...]]] = {}
    conda_names: dict[str, str | None] = {}


_NONE: Mapping[str, msgspec.Raw] = {}


def encode_book(
    *,
    advisories: Mapping[str, Mapping[str, Sequence[Advisory]]] | None = None,
    curations: Mapping[str, Mapping[str, Sequence[Curation]]] | None = None,
    conda_names: Mapping[str, str | None] | None = None,
) -> bytes:
    """Write a book by ecosystem and package name as msgpack, the same bytes for the same content."""
    pages = {"advisories": advisories or {}, "curations": curations or {}, "conda_names": conda_names or {}}
    return msgspec.msgpack.encode(pages, order="sorted")


def revised_book(
    data: bytes,
    *,
    curations: Mapping[str, Mapping[str, Sequence[Curation]]],
    conda_names: Mapping[str, str | None],
) -> bytes:
    """Return a book with the same advisories and other words of people."""
    advisories = msgspec.msgpack.decode(data, type=_Pages).advisories
    pages = {"advisories": advisories, "curations": curations, "conda_names": conda_names}
    return msgspec.msgpack.encode(pages, order="sorted")


EMPTY_BOOK = AdvisoryBook(encode_book())
"""What is known before the first import."""


def findings(
    book: AdvisoryBook,
    matches: Sequence[Match],
    *,
    version: str,
    filename: str,
    orders: Mapping[str, Compare] = VERSION_ORDERS,
) -> tuple[Finding, ...]:
    """Return what is known of one file, by CVE; `orders` compares versions as each ecosystem does.

    conda hands in its own order besides: `{**VERSION_ORDERS, "conda": …}`. Where several
    matches lead to a CVE the surest counts. `matches` comes from the book.
    """
    found: dict[str, Finding] = {}
    curated = [one for match in matches for one in book.curations_of(match.ecosystem, match.name)]
    for match in matches:
        for one in book.affecting(
            match.ecosystem, match.name, version=version, compare=orders.get(match.ecosystem, compare_text)
        ):
            if one.id not in found and not (one.is_malware and match.confidence is Confidence.NAME):
                found[one.id] = _finding(one.id, one.score, match.confidence, curated, filename)
    for word in curated:
        if word.id not in found and _is_about(word, filename) and _stands_alone(word, book, matches):
            found[word.id] = _finding(word.id, word.score, Confidence.CURATED, curated, filename)
    return tuple(found[id_] for id_ in sorted(found))


def score_of(findings: tuple[Finding, ...]) -> float:
    """Return the score that rules compare: 0 where nothing applies."""
    return max((one.score or 0.0 for one in findings if one.status not in NOT_APPLICABLE), default=0.0)


def status_of(findings: tuple[Finding, ...]) -> CveStatus | None:
    """Return the most severe status; None without findings."""
    order = list(CveStatus)
    return min((one.status for one in findings), key=order.index, default=None)


def _finding(
    cve: str, score: float | None, confidence: Confidence, curated: Iterable[Curation], filename: str
) -> Finding:
    return Finding(id=cve, score=score, status=_status(cve, curated, filename), confidence=confidence)


def _stands_alone(word: Curation, book: AdvisoryBook, matches: Iterable[Match]) -> bool:
    if word.files is not None:
        return True
    return not any(one.id == word.id for match in matches for one in book.of(match.ecosystem, match.name))


def _is_about(curation: Curation, filename: str) -> bool:
    return curation.files is None or fnmatchcase(filename, curation.files)


def _status(cve: str, curated: Iterable[Curation], filename: str) -> CveStatus:
    """Return the word of a person before that of the package, and that for the file before that for all."""
    about = [one for one in curated if one.id == cve and _is_about(one, filename)]
    first = min(about, key=lambda one: (one.source != "person", one.files is None), default=None)
    return first.status if first is not None else CveStatus.REPORTED


def _by_purl(purls: Iterable[str]) -> Iterable[Match]:
    """Read `pkg:pypi/<name>@<version>?…` and `pkg:cran/<Name>`; other types have no advisories here."""
    for purl in purls:
        kind, _, rest = purl.removeprefix("pkg:").partition("/")
        name = rest.partition("?")[0].partition("#")[0].partition("@")[0]
        if kind == "pypi":
            yield Match("python", _python_name(name), Confidence.PURL)
        elif kind == "cran":
            yield Match("cran", name, Confidence.PURL)


def _python_name(name: str) -> str:
    """Normalise as PEP 503 says."""
    return _SEPARATORS.sub("-", name).lower()


_SEPARATORS = re.compile(r"[-_.]+")
