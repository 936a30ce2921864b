"""Fields that look at a file's vulnerabilities; a name of which nothing is known needs no look."""

from libs.common.domain.advisory import NOT_APPLICABLE, CveStatus, score_of
from libs.common.domain.errors import InvalidInput
from libs.common.domain.field import Field, Making, of_file, words_of
from libs.common.domain.field_words import COMPARE, listed, phrase
from libs.common.domain.file_view import FileView
from libs.common.domain.policy import Among, NumberIs


def cve_score_field(limit: NumberIs, _making: Making) -> Field:
    """Compare the highest score of a file's CVEs, 0 without any."""
    compare = COMPARE[limit.op]
    without = compare(0.0, limit.value)

    def say(file: FileView, matched: bool) -> str:
        found = [one for one in file.findings if one.status not in NOT_APPLICABLE and one.score]
        bound = f"{phrase(limit.op, holds=matched)} {limit.value:g}"
        if not found:
            return f"it has no CVE with a score, which counts as 0, {bound}"
        worst = max(found, key=lambda one: one.score or 0.0)
        return f"{worst.id} scores {worst.score:g}, {bound}"

    seen = of_file(lambda file, _: compare(score_of(file.findings), limit.value), say)
    return Field(lambda place: seen.at(place) if place.may_have_findings else without, seen.words)


def cve_status_field(among: Among, making: Making) -> Field:
    """Look for the statuses of a file's CVEs."""
    words, key = words_of(among)
    known = {status.lower(): status for status in CveStatus}
    for place, text in enumerate(words):
        if text.lower() not in known:
            field = f"{making.path}.{key}[{place}]"
            raise InvalidInput(f"{field} is {text[:80]!r}; known are {', '.join(CveStatus)}", field=field)
    statuses = frozenset(known[text.lower()] for text in words)
    wanted = among.in_ is not None

    def say(file: FileView, matched: bool) -> str:
        found = next((one for one in file.findings if one.status in statuses), None)
        if matched is wanted and found is not None:
            return f"{found.id} is {found.status}"
        return f"none of its CVEs is {listed(words, last='or')}" if found is None else f"{found.id} is {found.status}"

    seen = of_file(lambda file, _: any(one.status in statuses for one in file.findings) is wanted, say)
    return Field(lambda place: seen.at(place) if place.may_have_findings else not wanted, seen.words)
