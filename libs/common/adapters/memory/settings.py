"""Settings of the whole system in memory."""

from collections.abc import Sequence

from libs.common.adapters.memory.outbox import MemoryOutbox
from libs.common.domain.system_settings import SystemSettings
from libs.common.ports.outbox import Unsaid
from libs.common.ports.records.settings import SETTINGS_ID


class MemorySettings(MemoryOutbox):
    """Implements `ports.records.StoredSettings`."""

    def __init__(self) -> None:
        super().__init__()
        self._settings = SystemSettings()

    async def get(self) -> SystemSettings:
        """Return the settings."""
        return self._settings

    async def change(self, settings: SystemSettings, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest."""
        if self._settings.number != settings.number - 1:
            return False
        self._settings = settings
        self._hold(SETTINGS_ID, unsaid)
        return True
