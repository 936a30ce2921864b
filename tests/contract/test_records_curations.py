"""Curations: what every adapter of the port keeps to."""

import asyncio

import msgspec

from libs.common.domain.advisory import CveStatus
from libs.common.domain.cve import CurationEntry
from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on


def an_entry(cve: str = "CVE-1", **changes: object) -> CurationEntry:
    """Return what a person said of Django in conda."""
    entry = CurationEntry(
        cve=cve, ecosystem="conda", package="django", status=CveStatus.ACTIVE, note="seen", by="ann", at=NOON
    )
    return msgspec.structs.replace(entry, **changes)


async def test_what_was_said_is_in_force(records: Records) -> None:
    """Of one CVE and of all."""
    cleared = an_entry(files="django-1.0-*.conda", status=CveStatus.CLEARED, score=5.5)
    for entry in (an_entry(), cleared, an_entry("CVE-2")):
        assert await records.curations.add(entry)

    assert await records.curations.of("CVE-1") == [an_entry(), cleared]
    assert await records.curations.current() == [an_entry(), cleared, an_entry("CVE-2")]
    assert await records.curations.of("CVE-3") == []


async def test_a_later_word_replaces_the_one_before(records: Records) -> None:
    """Which stays in the history."""
    later = an_entry(status=CveStatus.MITIGATED, at=minutes_on(1))
    await records.curations.add(an_entry())
    await records.curations.add(later)

    assert await records.curations.of("CVE-1") == [later]
    assert await records.curations.history("CVE-1") == [later, an_entry()]


async def test_the_same_word_again_changes_nothing(records: Records) -> None:
    """A request that comes twice leaves one entry."""
    assert await records.curations.add(an_entry())
    assert not await records.curations.add(an_entry(at=minutes_on(1), by="bob"))

    assert await records.curations.history("CVE-1") == [an_entry()]


async def test_a_word_can_be_taken_back(records: Records) -> None:
    """What was never said can't."""
    back = an_entry(status=None, note=None, at=minutes_on(1))
    assert not await records.curations.add(back)
    await records.curations.add(an_entry())
    assert await records.curations.add(back)
    assert not await records.curations.add(back)

    assert await records.curations.of("CVE-1") == []
    assert await records.curations.current() == []
    assert await records.curations.history("CVE-1") == [back, an_entry()]


async def test_words_at_the_same_moment_are_all_kept(records: Records) -> None:
    """None is lost, and one of them is in force."""
    entries = [an_entry(note=str(number), at=minutes_on(number)) for number in range(8)]
    await asyncio.gather(*(records.curations.add(entry) for entry in entries))

    assert await records.curations.history("CVE-1") == entries[::-1]
    assert len(await records.curations.current()) == 1


async def test_the_statuses_of_a_cve_are_those_in_force(records: Records) -> None:
    """By persons and by packages alike."""
    await records.curations.add(an_entry())
    await records.curations.add(an_entry(source="package", files="django-1.0-0.conda", status=CveStatus.CLEARED))
    await records.curations.add(an_entry("CVE-2"))
    await records.curations.add(an_entry("CVE-2", status=None))

    assert await records.curations.statuses() == {"CVE-1": {CveStatus.ACTIVE, CveStatus.CLEARED}}
