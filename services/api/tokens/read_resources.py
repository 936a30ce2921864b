"""What a client writes of a resource token's channels -> levels by channel.

The exact form is a list of {"channel", "subchannel"?, "level"}. Scripts write others, which mean the same:
{"name": "main/stage", "level": "read"} in the list, or one object {"main/stage": "read"}.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.domain.access.levels import Level
from libs.common.domain.channel import ChannelKey, channel_key
from libs.common.domain.errors import InvalidInput

FIELD = "resources"

_LEVELS = {level.value: level for level in (Level.READ, Level.WRITE, Level.MANAGE)}
_MOST = 1000
_FORM = '[{"channel": "main", "subchannel": "stage", "level": "read"}]'


def read_resources(wish: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> Mapping[ChannelKey, Level]:
    """Return the level for each channel.

    Raises:
        InvalidInput: for none, too many, the same channel twice, or what is no channel or level.
    """
    pairs = list(wish.items()) if isinstance(wish, Mapping) else [_pair(item) for item in wish]
    if not pairs:
        raise InvalidInput(f"say which channels the token opens: {_FORM}", field=FIELD)
    if len(pairs) > _MOST:
        raise InvalidInput(f"a token opens at most {_MOST} channels", field=FIELD)
    found: dict[ChannelKey, Level] = {}
    for name, level in pairs:
        key = _key(name)
        if key in found:
            raise InvalidInput(f"{key} stands there twice", field=FIELD)
        found[key] = _level(level, key)
    return found


def _pair(item: Mapping[str, Any]) -> tuple[str, object]:
    channel, subchannel = item.get("channel", item.get("name")), item.get("subchannel")
    if not isinstance(channel, str) or not isinstance(subchannel, str | None):
        raise InvalidInput(f"write the channels as {_FORM}", field=FIELD)
    return f"{channel}/{subchannel}" if subchannel else channel, item.get("level")


def _key(name: str) -> ChannelKey:
    channel, _, subchannel = name.partition("/")
    try:
        return channel_key(channel, subchannel or None)
    except InvalidInput as exc:
        raise InvalidInput(f"{name[:80]!r} is no channel's name", field=FIELD) from exc


def _level(level: object, key: ChannelKey) -> Level:
    if not isinstance(level, str) or level not in _LEVELS:
        raise InvalidInput(f"the level of {key} must be one of {', '.join(_LEVELS)}", field=FIELD)
    return _LEVELS[level]
