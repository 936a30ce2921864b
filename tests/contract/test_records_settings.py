"""Settings of the whole system: what every adapter of the port keeps to."""

import asyncio

import msgspec

from libs.common.contracts.access_messages import SettingsChanged
from libs.common.domain.system_settings import IdentSettings, SystemSettings
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records.settings import SETTINGS_ID
from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on

CHANGED = SystemSettings(
    number=1,
    user_channel_autocreate=False,
    anaconda_ident_settings=IdentSettings(enabled=True, enable_from="2026-06-01", selected_tokens=("user", "$x.y")),
    updated_at=NOON,
    updated_by="ann",
)


def a_word(event_id: str = "word") -> Unsaid:
    """Return what is to be said of a change."""
    return Unsaid(event_id=event_id, at=minutes_on(1), message=SettingsChanged(fields=("user_channel_autocreate",)))


async def test_a_new_installation_has_its_settings(records: Records) -> None:
    """Nobody has to store any."""
    assert await records.settings.get() == SystemSettings()


async def test_a_change_comes_back_as_it_was(records: Records) -> None:
    """With all that it holds."""
    assert await records.settings.change(CHANGED)

    assert await records.settings.get() == CHANGED


async def test_a_revision_follows_the_one_it_was_made_from(records: Records) -> None:
    """Whoever changed an older one changes nothing, and says nothing."""
    second = msgspec.structs.replace(CHANGED, number=2, user_channel_autocreate=True)
    assert not await records.settings.change(second, unsaid=[a_word()])
    await records.settings.change(CHANGED)

    assert not await records.settings.change(CHANGED, unsaid=[a_word()])
    assert await records.settings.change(second)
    assert not await records.settings.change(second, unsaid=[a_word()])

    assert await records.settings.get() == second
    assert list(await records.settings.unsaid(SETTINGS_ID)) == []


async def test_of_many_changes_of_one_revision_one_wins(records: Records) -> None:
    """Of the first one, too, before which nothing is stored."""
    for number in (1, 2):
        wishes = [msgspec.structs.replace(CHANGED, number=number, updated_by=str(person)) for person in range(10)]

        changed = await asyncio.gather(*(records.settings.change(wish) for wish in wishes))

        assert sum(changed) == 1
        assert await records.settings.get() == wishes[changed.index(True)]


async def test_what_is_to_be_said_is_stored_with_the_change(records: Records) -> None:
    """And does not show in the settings."""
    await records.settings.change(CHANGED, unsaid=[a_word("first")])
    await records.settings.change(msgspec.structs.replace(CHANGED, number=2), unsaid=[a_word("second")])

    assert await records.settings.waiting(before=minutes_on(2)) == [SETTINGS_ID]
    assert [word.event_id for word in await records.settings.unsaid(SETTINGS_ID)] == ["first", "second"]
    await records.settings.said(SETTINGS_ID, ["first", "second"])
    assert await records.settings.waiting(before=minutes_on(2)) == []
    assert (await records.settings.get()).number == 2
