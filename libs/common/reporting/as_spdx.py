"""Dependency reports as SPDX 2.3 documents in JSON.

Essential reading (in order): the SPDX 2.3 specification, clauses 6 (document), 7 (package),
11 (relationships); its JSON schema. Only fields that we know are written; what must stand
there and is not known is `NOASSERTION`.
"""

from datetime import UTC, datetime

import msgspec

from libs.common.reporting.dependency_report import DependencyReport, Line, each_file, edges
from libs.common.reporting.spdx_license import spdx_expression
from libs.common.version import VERSION

_UNKNOWN = "NOASSERTION"
_DOCUMENT = "SPDXRef-DOCUMENT"
_ENVIRONMENT = "SPDXRef-Environment"
_ALGORITHMS = {"sha256": "SHA256", "md5": "MD5"}


class _Camel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Keys are written as in the specification."""


class _CreationInfo(_Camel, frozen=True, kw_only=True):
    created: str
    creators: tuple[str, ...]


class _Checksum(_Camel, frozen=True, kw_only=True):
    algorithm: str
    checksum_value: str


class _ExternalRef(_Camel, frozen=True, kw_only=True):
    reference_category: str
    reference_type: str
    reference_locator: str


class _Package(_Camel, frozen=True, kw_only=True):
    spdx_id: str = msgspec.field(name="SPDXID")
    name: str
    version_info: str | None = None
    package_file_name: str | None = None
    download_location: str
    license_concluded: str
    license_declared: str
    license_comments: str | None = None
    copyright_text: str
    files_analyzed: bool
    checksums: tuple[_Checksum, ...] = ()
    external_refs: tuple[_ExternalRef, ...] = ()
    comment: str | None = None


class _Relationship(_Camel, frozen=True, kw_only=True):
    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


class _Document(_Camel, frozen=True, kw_only=True):
    spdx_version: str
    data_license: str
    spdx_id: str = msgspec.field(name="SPDXID")
    name: str
    document_namespace: str
    creation_info: _CreationInfo
    comment: str | None = None
    packages: tuple[_Package, ...]
    relationships: tuple[_Relationship, ...]


def dependency_spdx(report: DependencyReport) -> bytes:
    """Write a dependency report; the document describes an environment of the packages that were asked for."""
    lines = list(each_file(report))
    ids = {line.ckey: f"SPDXRef-Package-{place}" for place, line in enumerate(lines, start=1)}
    relationships = [_relation(_DOCUMENT, "DESCRIBES", _ENVIRONMENT)]
    relationships += [_relation(_ENVIRONMENT, "DEPENDS_ON", ids[line.ckey]) for line in lines if line.direct]
    for ckey, others in edges(report).items():
        relationships += [_relation(ids[ckey], "DEPENDS_ON", ids[other]) for other in others]
    document = _Document(
        spdx_version="SPDX-2.3",
        data_license="CC0-1.0",
        spdx_id=_DOCUMENT,
        name=report.title,
        document_namespace=f"urn:tain:report:{report.id}",
        creation_info=_CreationInfo(created=_second(report.made_at), creators=(f"Tool: tain-{VERSION}",)),
        comment=_summary(report),
        packages=(_environment(report), *(_package(line, ids[line.ckey]) for line in lines)),
        relationships=tuple(relationships),
    )
    return msgspec.json.encode(document)


def _environment(report: DependencyReport) -> _Package:
    return _Package(
        spdx_id=_ENVIRONMENT,
        name=report.title,
        download_location=_UNKNOWN,
        license_concluded=_UNKNOWN,
        license_declared=_UNKNOWN,
        copyright_text=_UNKNOWN,
        files_analyzed=False,
    )


def _package(line: Line, spdx_id: str) -> _Package:
    expression = spdx_expression(line.license)
    algorithm, _, value = (line.digest or "").partition(":")
    checksums = (_Checksum(algorithm=_ALGORITHMS[algorithm], checksum_value=value),) if algorithm in _ALGORITHMS else ()
    purls = [
        _ExternalRef(reference_category="PACKAGE-MANAGER", reference_type="purl", reference_locator=purl)
        for purl in (line.purl,)
        if purl is not None
    ]
    return _Package(
        spdx_id=spdx_id,
        name=line.name,
        version_info=line.version,
        package_file_name=line.ckey,
        download_location=_UNKNOWN,
        license_concluded=_UNKNOWN,
        license_declared=expression or _UNKNOWN,
        license_comments=line.license if expression is None and line.license else None,
        copyright_text=_UNKNOWN,
        files_analyzed=False,
        checksums=checksums,
        external_refs=tuple(purls),
        comment=None if line.why_not is None else f"not in the channel: {line.why_not.detail}",
    )


def _relation(one: str, kind: str, other: str) -> _Relationship:
    return _Relationship(spdx_element_id=one, relationship_type=kind, related_spdx_element=other)


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary(report: DependencyReport) -> str:
    return "; ".join(
        f"{platform.platform}: the channel {report.channel} alone "
        f"{'can' if platform.environment.is_possible else 'cannot'} create the environment"
        for platform in report.platforms
    )
