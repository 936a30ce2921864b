"""Settings of the whole system that people change while it runs; the rest are environment values."""

from datetime import datetime

import msgspec


class IdentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the incumbent's clients may be asked to say of themselves.

    Kept as it was sent and given back; nothing here asks a package client for it.
    """

    enabled: bool = False
    enable_from: str | None = None
    selected_tokens: tuple[str, ...] = ()


class SystemSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of the settings; `number` counts the changes, 0 where nobody has changed anything.

    `user_channel_autocreate` makes people a channel of their own at their first sign-in.
    """

    number: int = 0
    user_channel_autocreate: bool = True
    anaconda_ident_settings: IdentSettings = IdentSettings()
    updated_at: datetime | None = None
    updated_by: str | None = None
