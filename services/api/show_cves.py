"""CVEs -> the wire's objects: in the list, one by one, by file and by channel."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.advisory import AdvisoryEcosystem, CveStatus, Finding
from libs.common.domain.channel import Channel
from libs.common.domain.cve import CurationEntry, Cve, CveFilter, CvePackage
from libs.common.domain.errors import NotFound
from libs.common.ports.records import Advisories, Channels, Curations
from libs.common.vulnerabilities.rate import describe, severity_of
from services.api.channel_files import AffectedFile, ChannelFiles
from services.api.cve_schemas import (
    ChannelCveList,
    ChannelCveOut,
    CurationOut,
    CveFileList,
    CveFileOut,
    CveItemOut,
    CveList,
    CveOut,
    CvePackageOut,
    CveReportRow,
)
from services.api.guards import visible
from services.api.sync_state import timestamp

_REVIEWED = frozenset(CveStatus) - {CveStatus.REPORTED}
_ORDER = list(CveStatus)


async def list_cves(
    *,
    search: str | None,
    status: CveStatus | None,
    min_score: float | None,
    ecosystem: AdvisoryEcosystem | None,
    offset: int,
    limit: int,
    advisories: Advisories,
    curations: Curations,
) -> CveList:
    """Return a page of CVEs.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    statuses = await curations.statuses()
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    if status is CveStatus.REPORTED:
        # Whatever nobody has reviewed is reported.
        without = frozenset(cve_id for cve_id, words in statuses.items() if status not in words)
    elif status is not None:
        only = frozenset(cve_id for cve_id, words in statuses.items() if status in words)
    wanted = CveFilter(search=search, min_score=min_score, ecosystem=ecosystem, only=only, without=without)
    total, cves = await advisories.list(wanted, offset=offset, limit=limit)
    return CveList(
        total_count=total, items=tuple(CveItemOut(**_item(cve, statuses.get(cve.id, frozenset()))) for cve in cves)
    )


async def find_cve(cve_id: str, *, advisories: Advisories) -> Cve:
    """Return a CVE by its id or an alias, in any case.

    Raises:
        NotFound: when nothing is known of it.
    """
    for form in dict.fromkeys((cve_id, cve_id.upper())):
        found = await advisories.get(form)
        if found is not None:
            return found
    raise NotFound(f"nothing is known of {cve_id[:100]}; import advisories, or set its status for a package")


async def show_cve(cve: Cve, *, curations: Curations) -> CveOut:
    """Return all that is known of a CVE, and all that was said of it."""
    entries = await curations.of(cve.id)
    statuses = frozenset(entry.status for entry in entries if entry.status is not None)
    return CveOut(
        **_item(cve, statuses),
        summary=cve.summary,
        severity=severity_of(cve.score),
        cvssv2=describe(cve.cvssv2),
        cvssv3=describe(cve.cvssv3),
        cvssv4=describe(cve.cvssv4),
        malware=cve.is_malware,
        sources=cve.sources,
        references=cve.references,
        affected=tuple(map(_package, cve.packages)),
        curations=tuple(map(_curation, entries)),
        history=tuple(map(_curation, await curations.history(cve.id))),
    )


async def list_cve_files(
    cve_id: str, *, seen_by: Identity, offset: int, limit: int, channels: Channels, files: ChannelFiles
) -> CveFileList:
    """Return a page of the files that a CVE affects where somebody may see CVEs, by channel and ckey."""
    found: list[tuple[Channel, AffectedFile]] = []
    for channel in await channels.list():
        both = (channel, *await channels.list(parent=channel.key))
        for each in visible(seen_by, both, Action.CHANNEL_CVE_VIEW):
            found += [(each, file) for file in await files.of_cve(each, cve_id)]
    return CveFileList(
        total_count=len(found),
        items=tuple(_file(channel, file, cve_id) for channel, file in found[offset : offset + limit]),
    )


def list_channel_cves(files: Sequence[AffectedFile], *, offset: int, limit: int) -> ChannelCveList:
    """Return a page of a channel's CVEs."""
    shown = channel_cves(files)
    return ChannelCveList(total_count=len(shown), file_count=len(files), items=tuple(shown[offset : offset + limit]))


def channel_cves(files: Iterable[AffectedFile]) -> list[ChannelCveOut]:
    """Return the CVEs of files, the highest score first."""
    by_cve: dict[str, list[tuple[AffectedFile, Finding]]] = {}
    for file in files:
        for finding in file.findings:
            by_cve.setdefault(finding.id, []).append((file, finding))
    shown = [_channel_cve(cve_id, about) for cve_id, about in by_cve.items()]
    return sorted(shown, key=lambda cve: (-(cve.score or 0.0), cve.id))


class ReportForm(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"


def write_report(files: Iterable[AffectedFile], *, form: ReportForm) -> bytes:
    """Return one line for each CVE of each file."""
    rows = [
        CveReportRow(
            cve=found.id,
            score=found.score,
            status=found.status,
            confidence=found.confidence,
            family=file.family,
            package=file.name,
            version=file.version,
            ckey=file.ckey,
        )
        for file in files
        for found in file.findings
    ]
    if form is ReportForm.JSON:
        return msgspec.json.encode(rows)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CveReportRow.__struct_fields__)
    writer.writerows(msgspec.structs.astuple(row) for row in rows)
    return text.getvalue().encode()


def _item(cve: Cve, statuses: frozenset[CveStatus]) -> dict[str, Any]:
    scores: dict[str, float | None] = {"cvssv3_score": cve.cvssv3.score if cve.cvssv3 is not None else None}
    if cve.cvssv3 is None and cve.cvssv2 is not None:
        scores = {"cvssv2_score": cve.cvssv2.score}
    return {
        **scores,
        "id": cve.id,
        "score": cve.score,
        "curated": bool(statuses & _REVIEWED),
        "statuses": tuple(sorted(statuses or {CveStatus.REPORTED}, key=_ORDER.index)),
        "packages_count": len(cve.packages),
        "packages": tuple(dict.fromkeys(one.name for one in cve.packages)),
        "description": cve.description or cve.summary,
        "published_at": timestamp(cve.published_at) if cve.published_at is not None else None,
        "modified_at": timestamp(cve.modified_at) if cve.modified_at is not None else None,
        "aliases": cve.aliases,
    }


def _package(package: CvePackage) -> CvePackageOut:
    return CvePackageOut(
        ecosystem=package.ecosystem,
        name=package.name,
        versions=package.versions,
        ranges=tuple(tuple({kind: version} for kind, version in events) for events in package.ranges),
    )


def _curation(entry: CurationEntry) -> CurationOut:
    return CurationOut(
        status=entry.status,
        ecosystem=entry.ecosystem,
        package=entry.package,
        file=entry.files,
        note=entry.note,
        score=entry.score,
        source=entry.source,
        by=entry.by,
        at=timestamp(entry.at),
    )


def _file(channel: Channel, file: AffectedFile, cve_id: str) -> CveFileOut:
    finding = next(found for found in file.findings if found.id == cve_id)
    return CveFileOut(
        channel_name=channel.name,
        parent_channel_name=channel.parent,
        artifact_family=file.family,
        cve_status=finding.status,
        cve_score=finding.score,
        common_name=file.name,
        version=file.version,
        ckey=file.ckey,
        confidence=finding.confidence,
    )


def _channel_cve(cve_id: str, about: Sequence[tuple[AffectedFile, Finding]]) -> ChannelCveOut:
    counts = Counter(finding.status for _, finding in about)
    return ChannelCveOut(
        id=cve_id,
        score=max((finding.score for _, finding in about if finding.score is not None), default=None),
        status=min(counts, key=_ORDER.index),
        statuses={status: counts[status] for status in _ORDER if counts[status]},
        packages=tuple(sorted({file.name for file, _ in about})),
        file_count=len(about),
    )
