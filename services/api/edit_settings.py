"""PUT /api/system/settings -> settings.changed, where anything did."""

import msgspec
from msgspec import UNSET

from libs.common.contracts.access_messages import SettingsChanged
from libs.common.domain.access.identity import Caller
from libs.common.domain.errors import Conflict
from libs.common.domain.system_settings import SystemSettings
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records import StoredSettings
from libs.common.ports.records.settings import SETTINGS_ID
from services.api.moments import read_moment
from services.api.say_unsaid import say_unsaid
from services.api.settings_schemas import SystemSettingsIn

_TRIES = 5


async def edit_settings(
    wish: SystemSettingsIn, *, by: Caller, settings: StoredSettings, bus: Bus, clock: Clock
) -> SystemSettings:
    """Change what differs and return all; a no-op where nothing does.

    Keys that two people change in the same moment are both changed, for what is left out of a
    wish was not wished otherwise.

    Raises:
        InvalidInput: for an `enable_from` that is no day and no moment.
        Conflict: when others never stop changing the settings.
    """
    for _ in range(_TRIES):
        before = await settings.get()
        after = _wished(before, wish)
        fields = tuple(
            name
            for name in ("user_channel_autocreate", "anaconda_ident_settings")
            if getattr(before, name) != getattr(after, name)
        )
        if not fields:
            return before
        after = msgspec.structs.replace(after, number=before.number + 1, updated_at=clock.now(), updated_by=by.name)
        word = Unsaid(
            event_id=f"settings.changed-{after.number}",
            at=clock.now(),
            message=SettingsChanged(fields=fields, by=by.name, by_address=by.address),
        )
        if await settings.change(after, unsaid=[word]):
            await say_unsaid(settings, SETTINGS_ID, bus=bus)
            return after
    raise Conflict("others change the settings in this moment; look at them and try again")


def _wished(before: SystemSettings, wish: SystemSettingsIn) -> SystemSettings:
    ident = before.anaconda_ident_settings
    told = wish.anaconda_ident_settings
    if told is not UNSET:
        if isinstance(told.enable_from, str):
            read_moment(told.enable_from, field="anaconda_ident_settings.enable_from")
        ident = msgspec.structs.replace(ident, **_set(told))
    changes = {name: value for name, value in _set(wish).items() if name != "anaconda_ident_settings"}
    return msgspec.structs.replace(before, anaconda_ident_settings=ident, **changes)


def _set(wish: msgspec.Struct) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not UNSET}
