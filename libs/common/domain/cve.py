"""CVEs as people look at them, what people found out about them, and which book is in force.

Deciding reads none of this: it reads the book (libs/common/domain/advisory.py).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem, CveStatus
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.osv_ranges import Range


class CveScore(msgspec.Struct, frozen=True, kw_only=True):
    """A score by one version of CVSS, with the vector as it was given; `severity` in the words of that version."""

    score: float
    severity: str
    vector: str


class CvePackage(msgspec.Struct, frozen=True, kw_only=True):
    """What a CVE affects of one package."""

    ecosystem: AdvisoryEcosystem
    name: str
    versions: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()


class Cve(msgspec.Struct, frozen=True, kw_only=True):
    """All that the advisories say of one vulnerability; several records of it are merged.

    `id` is the CVE id, or another database's where there is none; `sources` are the ids of
    the records. `score` is the highest of all.
    """

    id: str
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    summary: str = ""
    description: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    score: float | None = None
    cvssv2: CveScore | None = None
    cvssv3: CveScore | None = None
    cvssv4: CveScore | None = None
    is_malware: bool = False
    packages: tuple[CvePackage, ...] = ()
    references: tuple[str, ...] = ()


class CveFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which CVEs to show; what is None leaves nothing out.

    `search` is found in the id, an alias or a package's name, whatever the case. `only`
    and `without` are ids.
    """

    search: str | None = None
    min_score: float | None = None
    ecosystem: AdvisoryEcosystem | None = None
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def keeps(self, cve: Cve) -> bool:
        """Tell whether a CVE is to be shown."""
        return (
            (self.search is None or any(self.search.lower() in text for text in search_texts(cve)))
            and (self.min_score is None or (cve.score is not None and cve.score >= self.min_score))
            and (self.ecosystem is None or any(one.ecosystem == self.ecosystem for one in cve.packages))
            and (self.only is None or cve.id in self.only)
            and cve.id not in self.without
        )


class CurationEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody found out about a CVE in a package; `status` is None where it was taken back.

    `files` is a glob of file names, None for all. `source` is `package` where the package
    says it of itself (info/security.json). `score` is for CVEs that no advisory has one of.
    """

    cve: str
    ecosystem: AdvisoryEcosystem
    package: str
    files: str | None = None
    source: Literal["person", "package"] = "person"
    status: CveStatus | None
    note: str | None = None
    score: float | None = None
    by: str | None = None
    at: datetime

    @property
    def key(self) -> str:
        """What it is about: a later entry of the same key replaces it."""
        return "|".join((self.cve, self.ecosystem, self.package, self.source, self.files or ""))

    def adds_nothing_to(self, older: "CurationEntry | None") -> bool:
        """Tell whether the newest entry of this key says the same; nothing can be taken back that was not said."""
        if older is None:
            return self.status is None
        return (self.status, self.note, self.score) == (older.status, older.note, older.score)


class OsvState(msgspec.Struct, frozen=True, kw_only=True):
    """Where reading of one ecosystem's records stands.

    `records` is the blob that holds them. `modified` is the newest change that was read
    from a source's listing, `etag` that of its whole archive.
    """

    records: Sha256
    count: int
    read_at: datetime
    modified: str | None = None
    etag: str | None = None


class BookHead(msgspec.Struct, frozen=True, kw_only=True):
    """Which book of advisories is in force; `number` counts from 1, and grows by one with each change.

    `curated` names the curations that it holds, `conda_names` the blob of the map of names.
    The last change was by `cause`; `cves` are those that a person spoke of. `is_said` tells
    whether `advisories.changed` was said of it.
    """

    number: int
    book: Sha256
    advisory_count: int
    at: datetime
    osv: Mapping[AdvisoryEcosystem, OsvState] = {}
    curated: Sha256 | None = None
    conda_names: Sha256 | None = None
    cause: Literal["import", "update", "curation"] = "import"
    changed: int = 0
    by: str | None = None
    by_address: str | None = None
    cves: tuple[str, ...] = ()
    is_said: bool = False

    def blobs(self) -> frozenset[Sha256]:
        """Return the blobs that must be kept for it."""
        named = {self.book, *(state.records for state in self.osv.values())}
        return frozenset(named | ({self.conda_names} if self.conda_names is not None else set()))


def search_texts(cve: Cve) -> tuple[str, ...]:
    """Return what a search looks into, in lower case."""
    return tuple(sorted({text.lower() for text in (cve.id, *cve.aliases, *(one.name for one in cve.packages))}))


def id_order(cve: Cve) -> str:
    """Return a key by which ids sort as the numbers in them: CVE-2024-9999 before CVE-2024-10000."""
    return _DIGITS.sub(lambda found: found[0].zfill(_WIDTH), cve.id)


def cve_digest(cve: Cve) -> Sha256:
    """Name a CVE by what is known of it."""
    return sha256_of(msgspec.json.encode(cve))


_DIGITS = re.compile(r"\d+")
_WIDTH = 12
