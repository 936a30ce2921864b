"""Dependency reports as CycloneDX 1.6 bills of material in JSON.

Essential reading (in order): the CycloneDX 1.6 JSON reference: components, dependencies,
vulnerabilities; its property taxonomy, which is why our own facts are named `tain:…`.

Written by hand, and judged by cyclonedx-python-lib in the tests: its own writer looks at every
pair of components, and without that still takes about 5 ms for each: 100 s for 20,000.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from uuid import NAMESPACE_URL, uuid5

import msgspec

from libs.common.domain.advisory import CveStatus, Finding
from libs.common.reporting.dependency_report import DependencyReport, Line, each_file, edges
from libs.common.reporting.spdx_license import spdx_expression
from libs.common.version import VERSION

_ALGORITHMS = {"sha256": "SHA-256", "md5": "MD5"}
_STATES: Mapping[CveStatus, str] = {
    CveStatus.ACTIVE: "exploitable",
    CveStatus.REPORTED: "in_triage",
    CveStatus.DISPUTED: "in_triage",
    CveStatus.MITIGATED: "resolved_with_pedigree",
    CveStatus.CLEARED: "not_affected",
}
_SEVERITIES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "none"))
"""The scale of CVSS 3 and 4."""


class _Camel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Keys are written as in the specification."""


class _Property(_Camel, frozen=True, kw_only=True):
    name: str
    value: str


class _Hash(_Camel, frozen=True, kw_only=True):
    alg: str
    content: str


class _NamedLicense(_Camel, frozen=True, kw_only=True):
    name: str


class _LicenseChoice(_Camel, frozen=True, kw_only=True):
    expression: str | None = None
    license: _NamedLicense | None = None


class _Component(_Camel, frozen=True, kw_only=True):
    type: str
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    name: str
    version: str | None = None
    purl: str | None = None
    hashes: tuple[_Hash, ...] = ()
    licenses: tuple[_LicenseChoice, ...] = ()
    properties: tuple[_Property, ...] = ()


class _Tools(_Camel, frozen=True, kw_only=True):
    components: tuple[_Component, ...]


class _Metadata(_Camel, frozen=True, kw_only=True):
    timestamp: str
    tools: _Tools
    component: _Component
    properties: tuple[_Property, ...]


class _Dependency(_Camel, frozen=True, kw_only=True):
    ref: str
    depends_on: tuple[str, ...] = ()


class _Rating(_Camel, frozen=True, kw_only=True):
    score: float
    severity: str
    method: str


class _Analysis(_Camel, frozen=True, kw_only=True):
    state: str
    detail: str


class _Affects(_Camel, frozen=True, kw_only=True):
    ref: str


class _Vulnerability(_Camel, frozen=True, kw_only=True):
    bom_ref: str = msgspec.field(name="bom-ref")
    id: str
    ratings: tuple[_Rating, ...] = ()
    analysis: _Analysis
    affects: tuple[_Affects, ...]


class _Bom(_Camel, frozen=True, kw_only=True):
    bom_format: str
    spec_version: str
    serial_number: str
    version: int
    metadata: _Metadata
    components: tuple[_Component, ...]
    dependencies: tuple[_Dependency, ...]
    vulnerabilities: tuple[_Vulnerability, ...]


def dependency_cyclonedx(report: DependencyReport) -> bytes:
    """Write a dependency report; the bill is of an environment of the packages that were asked for."""
    lines = list(each_file(report))
    direct = tuple(line.ckey for line in lines if line.direct)
    bom = _Bom(
        bom_format="CycloneDX",
        spec_version="1.6",
        serial_number=f"urn:uuid:{uuid5(NAMESPACE_URL, f'urn:tain:report:{report.id}')}",
        version=1,
        metadata=_metadata(report),
        components=tuple(map(_component, lines)),
        dependencies=(
            _Dependency(ref=_environment_ref(report), depends_on=direct),
            *(_Dependency(ref=ckey, depends_on=others) for ckey, others in edges(report).items()),
        ),
        vulnerabilities=tuple(_vulnerabilities(lines)),
    )
    return msgspec.json.encode(bom)


def _metadata(report: DependencyReport) -> _Metadata:
    answers = (
        _Property(
            name=f"tain:environment:{platform.platform}",
            value="possible" if platform.environment.is_possible else "; ".join(platform.environment.reasons),
        )
        for platform in report.platforms
    )
    return _Metadata(
        timestamp=report.made_at.astimezone(UTC).isoformat(timespec="seconds"),
        tools=_Tools(components=(_Component(type="application", name="tain", version=VERSION),)),
        component=_Component(type="application", bom_ref=_environment_ref(report), name=report.title),
        properties=(_Property(name="tain:channel", value=report.channel), *answers),
    )


def _environment_ref(report: DependencyReport) -> str:
    return f"report:{report.id}"


def _component(line: Line) -> _Component:
    algorithm, _, value = (line.digest or "").partition(":")
    facts = {"tain:ckey": line.ckey, "tain:in_channel": line.in_channel}
    facts |= {"tain:direct": "true"} if line.direct else {}
    facts |= {"tain:chosen": "true"} if line.chosen else {}
    facts |= {"tain:why_not": line.why_not.detail} if line.why_not else {}
    return _Component(
        type="library",
        bom_ref=line.ckey,
        name=line.name,
        version=line.version,
        purl=line.purl,
        hashes=(_Hash(alg=_ALGORITHMS[algorithm], content=value),) if algorithm in _ALGORITHMS else (),
        licenses=_licenses(line.license),
        properties=tuple(_Property(name=name, value=text) for name, text in facts.items()),
    )


def _licenses(text: str | None) -> tuple[_LicenseChoice, ...]:
    if not text:
        return ()
    expression = spdx_expression(text)
    if expression is not None:
        return (_LicenseChoice(expression=expression),)
    return (_LicenseChoice(license=_NamedLicense(name=text)),)


def _vulnerabilities(lines: Sequence[Line]) -> Iterable[_Vulnerability]:
    affected: dict[Finding, list[str]] = defaultdict(list)
    for line in lines:
        for finding in line.cves:
            affected[finding].append(line.ckey)
    for finding, ckeys in affected.items():
        yield _Vulnerability(
            bom_ref=f"{finding.id}:{finding.status}:{finding.confidence}",
            id=finding.id,
            ratings=() if finding.score is None else (_rating(finding.score),),
            analysis=_Analysis(
                state=_STATES[finding.status], detail=f"{finding.status}; matched by {finding.confidence}"
            ),
            affects=tuple(_Affects(ref=ckey) for ckey in ckeys),
        )


def _rating(score: float) -> _Rating:
    severity = next(word for least, word in _SEVERITIES if score >= least)
    return _Rating(score=score, severity=severity, method="other")
