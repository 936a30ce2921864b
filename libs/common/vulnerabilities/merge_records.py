"""OSV records -> CVEs, each once.

Rules of this file:
1. A CVE is what all records say that have its id or an alias that leads to it: the highest
   scores, all affected versions, the first publication and the last change.
2. A record of several CVEs counts for each of them.
3. Records that lead to no CVE id and are aliases of each other are one, under the id of
   the best known database among them.
4. Withdrawn records say nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from libs.common.domain.advisory import Advisory
from libs.common.domain.cve import Cve, CvePackage
from libs.common.vulnerabilities.osv_record import Affected, OsvRecord
from libs.common.vulnerabilities.rate import MALWARE_SCORE, WORDS, rate_all
from libs.common.vulnerabilities.read_osv import union

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_DATABASES = ("GHSA", "PYSEC", "RSEC", "OSV", "MAL")
_MOST_TEXTS = 50


def merge_records(records: Iterable[OsvRecord]) -> tuple[Cve, ...]:
    """Return the CVEs of these records, by id."""
    found: dict[str, list[OsvRecord]] = {}
    for several in _alike([record for record in records if not record.is_withdrawn and record.affected]):
        for cve_id, about in _by_cve(several):
            found.setdefault(cve_id, []).extend(about)
    return tuple(_cve(cve_id, about) for cve_id, about in sorted(found.items()))


def advisories_of(cves: Iterable[Cve]) -> dict[str, dict[str, list[Advisory]]]:
    """Return what the book holds of CVEs: ecosystem -> package name -> advisories."""
    book: dict[str, dict[str, list[Advisory]]] = {}
    for cve in cves:
        for one in cve.packages:
            advisory = Advisory(cve.id, cve.score, one.versions, one.ranges, cve.is_malware)
            book.setdefault(one.ecosystem, {}).setdefault(one.name, []).append(advisory)
    return book


def _alike(records: Sequence[OsvRecord]) -> Iterator[list[OsvRecord]]:
    """Put those together that are connected by ids and aliases."""
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        path = []
        while leader.setdefault(name, name) != name:
            path.append(name)
            name = leader[name]
        leader.update(dict.fromkeys(path, name))
        return name

    for record in records:
        for alias in record.aliases:
            leader[lead(alias)] = lead(record.id)
    groups: dict[str, list[OsvRecord]] = {}
    for record in records:
        groups.setdefault(lead(record.id), []).append(record)
    yield from groups.values()


def _by_cve(records: Sequence[OsvRecord]) -> Iterator[tuple[str, Sequence[OsvRecord]]]:
    cves = {record.id: _cve_ids(record) for record in records}
    everywhere = sorted(frozenset().union(*cves.values()))
    if not everywhere:
        yield min((record.id for record in records), key=_rank), records
    for cve_id in everywhere:
        yield cve_id, [one for one in records if cve_id in (cves[one.id] or everywhere)]


def _cve_ids(record: OsvRecord) -> frozenset[str]:
    return frozenset(one for one in (record.id, *record.aliases) if _CVE.fullmatch(one))


def _rank(record_id: str) -> tuple[int, str]:
    database = record_id.partition("-")[0]
    return (_DATABASES.index(database) if database in _DATABASES else len(_DATABASES), record_id)


def _cve(cve_id: str, records: Sequence[OsvRecord]) -> Cve:
    best_known = sorted(records, key=lambda record: _rank(record.id))
    rated = rate_all(vector for record in records for vector in record.vectors)
    is_malware = any(record.is_malware for record in records)
    scores = [one.score for one in rated.values()]
    if is_malware:
        scores.append(MALWARE_SCORE)
    if not scores:
        scores = [WORDS[record.word] for record in records if record.word is not None]
    names = {name for record in records for name in (record.id, *record.aliases)}
    return Cve(
        id=cve_id,
        # Other CVEs of the same record are not this one.
        aliases=tuple(sorted(name for name in names if not _CVE.fullmatch(name) and name != cve_id))[:_MOST_TEXTS],
        sources=tuple(sorted({record.id for record in records})),
        summary=next((record.summary for record in best_known if record.summary), ""),
        description=next((record.details for record in best_known if record.details), ""),
        published_at=min(_times(record.published for record in records), default=None),
        modified_at=max(_times(record.modified for record in records), default=None),
        score=max(scores, default=None),
        cvssv2=rated.get("cvssv2"),
        cvssv3=rated.get("cvssv3"),
        cvssv4=rated.get("cvssv4"),
        is_malware=is_malware,
        packages=tuple(_packages(affected for record in best_known for affected in record.affected)),
        references=tuple(dict.fromkeys(url for record in best_known for url in record.references))[:_MOST_TEXTS],
    )


def _packages(affected: Iterable[Affected]) -> Iterator[CvePackage]:
    found: Mapping[tuple[str, str], list[Affected]]
    found = {}
    for one in affected:
        found.setdefault((one.ecosystem, one.name), []).append(one)
    for _, several in sorted(found.items()):
        versions, ranges = union(several)
        yield CvePackage(ecosystem=several[0].ecosystem, name=several[0].name, versions=versions, ranges=ranges)


def _times(texts: Iterable[str | None]) -> Iterator[datetime]:
    """Read RFC 3339, to the millisecond, which is what the database keeps."""
    for text in texts:
        try:
            time = datetime.fromisoformat(text or "")
        except ValueError:
            continue
        aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
        try:
            utc = aware.astimezone(UTC)
        except OverflowError:
            continue
        yield utc.replace(microsecond=utc.microsecond // 1000 * 1000)
