"""Advisories: what is known of vulnerabilities, and what that says of one file.

Rules of this file:
1. A CVE's status is what was curated for the file, else for the package, else `Reported`:
   known, and not reviewed by anybody here.
2. The score of a file is the highest CVSS score of its findings that are neither Cleared nor
   Mitigated: these do not apply to it. The status of a file is the most severe of all.
3. How sure it is that an advisory is about this package is said with each finding: an
   advisory of its own ecosystem, a purl in its record, a curated map, or only its name.
"""

from enum import StrEnum

import msgspec


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


def score_of(findings: tuple[Finding, ...]) -> float:
    """Return the score that rules compare: 0 where nothing applies."""
    return max((one.score or 0.0 for one in findings if one.status not in NOT_APPLICABLE), default=0.0)


def status_of(findings: tuple[Finding, ...]) -> CveStatus | None:
    """Return the most severe status; None without findings."""
    order = list(CveStatus)
    return min((one.status for one in findings), key=order.index, default=None)
