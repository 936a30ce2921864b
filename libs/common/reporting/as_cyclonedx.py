"""Dependency reports as CycloneDX 1.6 bills of material in JSON.

Essential reading (in order): the CycloneDX 1.6 JSON reference: components, dependencies,
vulnerabilities; its property taxonomy, which is why our own facts are named `tain:…`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.impact_analysis import ImpactAnalysisState
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.model.vulnerability import (
    BomTarget,
    Vulnerability,
    VulnerabilityAnalysis,
    VulnerabilityRating,
    VulnerabilityScoreSource,
    VulnerabilitySeverity,
)
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from libs.common.domain.advisory import CveStatus, Finding
from libs.common.reporting.dependency_report import DependencyReport, Line, each_file, edges
from libs.common.reporting.spdx_license import spdx_expression
from libs.common.version import VERSION

_ALGORITHMS: Mapping[str, HashAlgorithm] = {"sha256": HashAlgorithm.SHA_256, "md5": HashAlgorithm.MD5}
_STATES: Mapping[CveStatus, ImpactAnalysisState] = {
    CveStatus.ACTIVE: ImpactAnalysisState.EXPLOITABLE,
    CveStatus.REPORTED: ImpactAnalysisState.IN_TRIAGE,
    CveStatus.DISPUTED: ImpactAnalysisState.IN_TRIAGE,
    CveStatus.MITIGATED: ImpactAnalysisState.RESOLVED_WITH_PEDIGREE,
    CveStatus.CLEARED: ImpactAnalysisState.NOT_AFFECTED,
}
_SEVERITIES = (
    (9.0, VulnerabilitySeverity.CRITICAL),
    (7.0, VulnerabilitySeverity.HIGH),
    (4.0, VulnerabilitySeverity.MEDIUM),
    (0.1, VulnerabilitySeverity.LOW),
    (0.0, VulnerabilitySeverity.NONE),
)
"""The scale of CVSS 3 and 4."""


def dependency_cyclonedx(report: DependencyReport) -> bytes:
    """Write a dependency report."""
    lines = list(each_file(report))
    components = {line.ckey: _component(line) for line in lines}
    metadata = _metadata(report)
    environment = Dependency(
        BomRef(_environment_ref(report)),
        dependencies=[Dependency(components[line.ckey].bom_ref) for line in lines if line.direct],
    )
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"urn:tain:report:{report.id}"),
        components=components.values(),
        metadata=metadata,
        dependencies=[environment, *_dependencies(components, edges(report))],
        vulnerabilities=_vulnerabilities(lines),
    )
    return JsonV1Dot6(bom).output_as_string().encode()


def _metadata(report: DependencyReport) -> BomMetaData:
    answers = (
        Property(
            name=f"tain:environment:{platform.platform}",
            value="possible" if platform.environment.is_possible else "; ".join(platform.environment.reasons),
        )
        for platform in report.platforms
    )
    return BomMetaData(
        timestamp=report.made_at,
        tools=ToolRepository(components=[Component(name="tain", version=VERSION, type=ComponentType.APPLICATION)]),
        component=Component(name=report.title, type=ComponentType.APPLICATION, bom_ref=_environment_ref(report)),
        properties=[Property(name="tain:channel", value=report.channel), *answers],
    )


def _environment_ref(report: DependencyReport) -> str:
    return f"report:{report.id}"


def _component(line: Line) -> Component:
    algorithm, _, value = (line.digest or "").partition(":")
    properties = {"tain:ckey": line.ckey, "tain:in_channel": line.in_channel}
    properties |= {"tain:direct": "true"} if line.direct else {}
    properties |= {"tain:chosen": "true"} if line.chosen else {}
    properties |= {"tain:why_not": line.why_not.detail} if line.why_not else {}
    return Component(
        name=line.name,
        version=line.version,
        type=ComponentType.LIBRARY,
        bom_ref=line.ckey,
        purl=PackageURL.from_string(line.purl) if line.purl is not None else None,
        hashes=[HashType(alg=_ALGORITHMS[algorithm], content=value)] if value else [],
        licenses=_licenses(line.license),
        properties=[Property(name=name, value=text) for name, text in properties.items()],
    )


def _licenses(text: str | None) -> list[LicenseExpression | DisjunctiveLicense]:
    if not text:
        return []
    expression = spdx_expression(text)
    return [DisjunctiveLicense(name=text) if expression is None else LicenseExpression(expression)]


def _dependencies(components: Mapping[str, Component], needed: Mapping[str, Iterable[str]]) -> Iterable[Dependency]:
    for ckey, others in needed.items():
        on = [Dependency(components[other].bom_ref) for other in others]
        yield Dependency(components[ckey].bom_ref, dependencies=on)


def _vulnerabilities(lines: Iterable[Line]) -> Iterable[Vulnerability]:
    affected: dict[Finding, list[str]] = defaultdict(list)
    for line in lines:
        for finding in line.cves:
            affected[finding].append(line.ckey)
    for finding, ckeys in affected.items():
        yield Vulnerability(
            id=finding.id,
            bom_ref=f"{finding.id}:{finding.status}:{finding.confidence}",
            ratings=[] if finding.score is None else [_rating(finding.score)],
            analysis=VulnerabilityAnalysis(
                state=_STATES[finding.status], detail=f"{finding.status}; matched by {finding.confidence}"
            ),
            affects=[BomTarget(ref=ckey) for ckey in ckeys],
        )


def _rating(score: float) -> VulnerabilityRating:
    severity = next(word for least, word in _SEVERITIES if score >= least)
    return VulnerabilityRating(score=Decimal(str(score)), severity=severity, method=VulnerabilityScoreSource.OTHER)
