"""Roles: a level in each category, and how far they reach."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from libs.common.domain.access.levels import Category, Level
from libs.common.domain.errors import InvalidInput

EVERYONE = "everyone"
AUTHOR = "author"
ADMIN = "admin"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do by their roles; a category that is not there is `none`.

    A level says what may be done, not where: that takes a standing on the channel as well
    (`decide_access.py`). `all_channels` is the standing on every channel, whoever owns it.
    """

    levels: Mapping[Category, Level] = {}
    all_channels: Level = Level.NONE

    def level(self, category: Category) -> Level:
        """Return the level in one category."""
        return self.levels.get(category, Level.NONE)


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One role; presets have no dates and can't be changed."""

    name: str
    description: str | None = None
    rights: Rights
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_preset(self) -> bool:
        """Tell whether it is built in."""
        return self.name in PRESETS


PRESETS: Mapping[str, Role] = {
    EVERYONE: Role(
        name=EVERYONE,
        description="whoever reaches the address, signed in or not",
        rights=Rights(
            levels={
                Category.CHANNEL: Level.READ,
                Category.SUBCHANNEL: Level.READ,
                Category.CHANNEL_GROUP: Level.READ,
                Category.SUBCHANNEL_GROUP: Level.READ,
                Category.ARTIFACT: Level.READ,
            }
        ),
    ),
    AUTHOR: Role(
        name=AUTHOR,
        description="makes channels and subchannels, and puts packages into them",
        rights=Rights(
            levels={
                Category.CHANNEL: Level.MANAGE,
                Category.DEFAULT_CHANNEL: Level.MANAGE,
                Category.CHANNEL_GROUP: Level.MANAGE,
                Category.SUBCHANNEL: Level.MANAGE,
                Category.SUBCHANNEL_GROUP: Level.MANAGE,
                Category.ARTIFACT: Level.MANAGE,
            }
        ),
    ),
    ADMIN: Role(
        name=ADMIN,
        description="everything, everywhere",
        rights=Rights(levels=dict.fromkeys(Category, Level.MANAGE), all_channels=Level.MANAGE),
    ),
}
"""The roles that are always there. Everyone has `everyone` besides their own."""


def combine(roles: Iterable[Role]) -> Rights:
    """Add roles up: the highest level counts."""
    levels: dict[Category, Level] = {}
    all_channels = Level.NONE
    for role in roles:
        all_channels = max(all_channels, role.rights.all_channels)
        for category, level in role.rights.levels.items():
            levels[category] = max(level, levels.get(category, Level.NONE))
    return Rights(levels=levels, all_channels=all_channels)


def check_role_name(name: str) -> None:
    """Refuse names of presets, and names that could not stand in a URL.

    Raises:
        InvalidInput: with what to write instead.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} is not a role's name; use a lower-case letter, then at most 63 of a-z 0-9 _ -", field="name"
        )
    if name in PRESETS:
        raise InvalidInput(f"{name} is a built-in role; choose another name", field="name")
