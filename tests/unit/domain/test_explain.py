"""What is said of a decision, in a person's words."""

import msgspec
import pytest

from libs.common.domain.advisory import Confidence, CveStatus, Finding
from libs.common.domain.decide import Rulebook
from libs.common.domain.evaluation import Evaluation, FileDecision, Seen
from libs.common.domain.policy import Rule
from tests.support.tiny_rules import TODAY, TinyDialect, TinyFile, day_ms

FILE = TinyFile(
    filename="alpha-3-0.conda",
    version="3",
    build="alpha-3-0",
    size_bytes=30_000,
    created_ms=day_ms("2025-01-29"),
    license=("GPL-3.0-only", None),
    findings=(
        Finding(id="CVE-2024-2", score=5.0, status=CveStatus.ACTIVE, confidence=Confidence.OWN),
        Finding(id="CVE-2024-1", score=9.8, status=CveStatus.REPORTED, confidence=Confidence.OWN),
    ),
)
DUPLICATE = TinyFile(filename="alpha-3-0.tar.bz2", version="3", build="alpha-3-0", kind="tar.bz2")


def explained(*rules: dict[str, object], file: TinyFile = FILE) -> FileDecision:
    """Decide on two files of `alpha` and return what is said of one."""
    read = tuple(msgspec.convert({"id": f"r{place}", **rule}, Rule) for place, rule in enumerate(rules))
    at_alpha = Rulebook(Evaluation(rules=read, today=TODAY), dialect=TinyDialect()).at(
        "alpha", partition="linux-64", may_have_findings=True
    )
    found = at_alpha.explain([FILE, DUPLICATE], name="alpha", seen=Seen(TODAY.toordinal() - 1))
    return next(one for one in found if one.ckey == file.ckey)


def test_a_kept_file_needs_no_words() -> None:
    """Nothing spoke against it."""
    assert explained({"action": "exclude", "where": {"name": ["beta"]}}) == FileDecision(
        ckey="linux-64/alpha-3-0.conda", name="alpha", version="3", size_bytes=30_000, decision="kept"
    )


@pytest.mark.parametrize(
    ("where", "detail"),
    [
        ({"name": ["beta", "gamma"]}, "the name is not among beta, gamma"),
        ({"name": list("bcdefgh")}, "the name is not among b, c, d, e, f and 2 more"),
        ({"spec": ["alpha>=4"]}, "it does not match alpha>=4"),
        ({"spec": ["alpha>=4", "beta"]}, "it matches none of alpha>=4, beta"),
        ({"version": ">=4"}, "version 3 is not in >=4"),
        ({"platform": {"in": ["win-64"]}}, "platform linux-64 is not among win-64"),
        ({"platform": {"not_in": ["linux-64"]}}, "platform linux-64 is among linux-64"),
        ({"wheel_tag": ["cp311-*"]}, "its tags are not among cp311-*"),
        ({"python": ">=3.9"}, "it can not be used with Python >=3.9"),
        ({"r": ">=4"}, "it can not be used with R >=4"),
        ({"license": {"in": ["MIT", "BSD"]}}, "license GPL-3.0-only is not among MIT, BSD"),
        ({"license": {"not_in": ["gpl-3.0-only"]}}, "license GPL-3.0-only is among gpl-3.0-only"),
        ({"kind": {"in": ["tar.bz2"]}}, "kind conda is not among tar.bz2"),
        ({"legacy_duplicate": True}, "its build is not kept as .conda"),
        ({"size": {"op": "<", "bytes": 20_000}}, "it has 30,000 bytes, not under 20,000"),
        ({"created": {"from": "2025-01-30"}}, "created 2025-01-29, before 2025-01-30"),
        ({"created": {"to": "2025-01-28"}}, "created 2025-01-29, after 2025-01-28"),
        ({"age": {"op": ">=", "days": 7}}, "created 2 days ago, under 7 days"),
        ({"age": {"op": ">", "days": 1, "by": "first_seen"}}, "first seen 1 day ago, not over 1 day"),
        ({"yanked": True}, "the source did not withdraw it"),
        ({"signed": True}, "the source did not sign it"),
        ({"cve_score": {"op": "<=", "value": 7}}, "CVE-2024-1 scores 9.8, over 7"),
        ({"cve_status": {"not_in": ["Reported"]}}, "CVE-2024-1 is Reported"),
        ({"cve_status": {"in": ["Cleared", "Mitigated"]}}, "none of its CVEs is Cleared or Mitigated"),
        ({"name": ["alpha"], "version": ">=4"}, "version 3 is not in >=4"),
        ({"any": [{"version": ">=4"}, {"signed": True}]}, "version 3 is not in >=4 and the source did not sign it"),
        ({"not": {"name": ["alpha"]}}, "the name is alpha"),
    ],
)
def test_a_file_that_misses_what_is_required(where: dict[str, object], detail: str) -> None:
    """The file's own value, and what it should have been."""
    found = explained({"action": "require", "where": where, "policy": "p"})

    assert (found.decision, found.rule, found.policy, found.detail) == ("excluded", "r0", "p", detail)


@pytest.mark.parametrize(
    ("where", "detail"),
    [
        ({"name": ["alpha"]}, "the name is alpha"),
        ({"name": ["al*"]}, "the name matches al*"),
        ({"spec": ["alpha>=3"]}, "it matches alpha>=3"),
        ({"version": ">=3", "signed": False}, "version 3 is in >=3 and the source did not sign it"),
        ({"any": [{"signed": True}, {"version": ">=3"}]}, "version 3 is in >=3"),
        (
            {"created": {"from": "2025-01-29", "to": "2025-01-30"}},
            "created 2025-01-29, not before 2025-01-29 and not after 2025-01-30",
        ),
        ({"size": {"op": ">=", "bytes": 30_000}}, "it has 30,000 bytes, at least 30,000"),
        ({"cve_score": {"op": ">", "value": 9}}, "CVE-2024-1 scores 9.8, over 9"),
        ({"cve_status": {"in": ["Active"]}}, "CVE-2024-2 is Active"),
        ({"newest": 1}, "version 3 is among the newest version (3)"),
        ({"not": {"signed": True}}, "the source did not sign it"),
    ],
)
def test_a_file_that_is_excluded(where: dict[str, object], detail: str) -> None:
    """What it has that is not wanted."""
    found = explained({"action": "exclude", "where": where})

    assert (found.decision, found.rule, found.detail) == ("excluded", "r0", detail)


@pytest.mark.parametrize(
    ("where", "detail"),
    [
        ({"legacy_duplicate": False}, "the same build is kept as .conda"),
        ({"age": {"op": "<", "days": 1}}, "first seen 1 day ago, not under 1 day"),
        ({"created": {"from": "2020-01-01"}}, "it has no date of creation"),
        ({"cve_score": {"op": ">", "value": 1}}, "it has no CVE with a score, which counts as 0, not over 1"),
        ({"license": {"in": ["bsd"]}}, "license mit is not among bsd"),
    ],
)
def test_what_is_said_of_a_file_that_says_little(where: dict[str, object], detail: str) -> None:
    """Not to know is a reason as well."""
    assert explained({"action": "require", "where": where}, file=DUPLICATE).detail == detail


def test_an_exception_is_named_with_what_it_saves_from() -> None:
    """Who allowed it, and what would have dropped it."""
    found = explained(
        {"action": "exclude", "where": {"name": ["alpha"]}, "policy": "p"},
        {"action": "allow", "where": {"version": ">=3"}, "policy": "p"},
    )

    assert (found.decision, found.rule, found.policy, found.reason) == ("kept", "r1", "p", None)
    assert found.detail == "version 3 is in >=3; without this exception r0 drops it: the name is alpha"


def test_what_is_neither_named_nor_needed() -> None:
    """A rule with dependencies says both."""
    found = explained({"action": "require", "where": {"name": ["beta"]}, "include_dependencies": True})

    assert found.detail == "the name is not among beta, and nothing that the rule lets in needs it"
