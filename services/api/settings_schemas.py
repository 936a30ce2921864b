"""Settings of the whole system as they stand on the wire (rest-api.md section 14); nothing else uses them."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Word = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Meta(max_length=100)]


class IdentSettingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """What clients of the incumbent may be asked to say of themselves; kept, and without effect here."""

    enabled: bool
    enable_from: str | None
    selected_tokens: tuple[str, ...]


class SystemSettingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """All settings that can be changed while the system runs."""

    user_channel_autocreate: bool
    anaconda_ident_settings: IdentSettingsOut


class IdentSettingsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays. `enable_from` is a day or a moment."""

    enabled: bool | UnsetType = UNSET
    enable_from: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    selected_tokens: Words | UnsetType = UNSET


class SystemSettingsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT of the settings: what is left out stays, since older clients send one key alone."""

    user_channel_autocreate: bool | UnsetType = UNSET
    anaconda_ident_settings: IdentSettingsIn | UnsetType = UNSET
