"""CVSS vectors and severity words -> scores.

Rules of this file:
1. A vector counts with its base score, as the CVSS specifications compute it (`cvss`).
2. A record without a usable vector counts with its severity word, and a word with the
   worst score that it can stand for: a threshold must not let in what may lie above it.
3. Malware counts with 10: it has no vector, since there is no version to move to.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from libs.common.domain.cve import CveScore

MALWARE_SCORE = 10.0

WORDS: Mapping[str, float] = {
    "LOW": 3.9,
    "MODERATE": 6.9,
    "MEDIUM": 6.9,
    "HIGH": 8.9,
    "CRITICAL": 10.0,
}
"""Severity word -> the top of its band (behaviour: 0.1-3.9 Low, 4.0-6.9 Medium, 7.0-8.9 High, 9.0-10 Critical)."""

_BANDS = (("NONE", 0.0), ("LOW", 3.9), ("MEDIUM", 6.9), ("HIGH", 8.9), ("CRITICAL", 10.0))
_LONGEST_VECTOR = 500


def rate(vector: str) -> tuple[str, CveScore] | None:
    """Return (`cvssv2`, `cvssv3` or `cvssv4`, the score) of a vector; None for what is no vector."""
    if len(vector) > _LONGEST_VECTOR:
        return None
    try:
        if vector.startswith("CVSS:4"):
            four = CVSS4(vector)
            return "cvssv4", CveScore(score=float(four.base_score), severity=four.severity.upper(), vector=vector)
        if vector.startswith("CVSS:3"):
            three = CVSS3(vector)
            return "cvssv3", CveScore(
                score=float(three.base_score), severity=three.severities()[0].upper(), vector=vector
            )
        two = CVSS2(vector.removeprefix("CVSS:2.0/"))
        return "cvssv2", CveScore(score=float(two.base_score), severity=two.severities()[0].upper(), vector=vector)
    except (CVSSError, ArithmeticError, LookupError, ValueError):
        return None


def rate_all(vectors: Iterable[str]) -> dict[str, CveScore]:
    """Return the highest score by each version of CVSS."""
    best: dict[str, CveScore] = {}
    for rated in filter(None, map(rate, sorted(set(vectors)))):
        version, score = rated
        if version not in best or score.score > best[version].score:
            best[version] = score
    return best


def describe(score: CveScore | None) -> dict[str, Any] | None:
    """Return a score in the shape of NVD's feeds: `cvssV3` as its JSON schema has it, and `severity` for version 2."""
    if score is None:
        return None
    if score.vector.startswith("CVSS:4"):
        return {"cvssV4": CVSS4(score.vector).as_json(minimal=True)}
    if score.vector.startswith("CVSS:3"):
        return {"cvssV3": CVSS3(score.vector).as_json(minimal=True)}
    two = CVSS2(score.vector.removeprefix("CVSS:2.0/"))
    return {"severity": score.severity, "cvssV2": two.as_json(minimal=True)}


def severity_of(score: float | None) -> str | None:
    """Return the word of a score's band; None without a score."""
    if score is None:
        return None
    return next(word for word, top in _BANDS if score <= top)


def worst_word(words: Iterable[object]) -> str | None:
    """Return the highest of the severity words among these; what is none is passed over."""
    known = [word.upper() for word in words if isinstance(word, str) and word.upper() in WORDS]
    return max(known, key=lambda word: WORDS[word], default=None)
