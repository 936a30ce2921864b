"""Settings of the whole system."""

from collections.abc import Sequence
from typing import Protocol

from libs.common.domain.system_settings import SystemSettings
from libs.common.ports.outbox import Outbox, Unsaid

SETTINGS_ID = "system"
"""The id of the one document, for the outbox."""


class StoredSettings(Outbox, Protocol):
    """The newest revision of the settings. Written by the api."""

    async def get(self) -> SystemSettings:
        """Return the settings; those of a new installation where nobody has changed them."""

    async def change(self, settings: SystemSettings, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest."""
