"""channels -> those that somebody looks for, in the order that they want."""

from collections.abc import Sequence
from enum import StrEnum

from libs.common.domain.channel import Channel


class ChannelSort(StrEnum):
    """In which order; a minus turns it round. Those that are alike stand by name."""

    NAME = "name"
    NAME_DOWN = "-name"
    SIZE = "size_bytes"
    SIZE_DOWN = "-size_bytes"
    PUBLISHED = "published_at"
    PUBLISHED_DOWN = "-published_at"
    FILES = "artifact_count"
    FILES_DOWN = "-artifact_count"


def choose_channels(
    channels: Sequence[Channel], *, search: str | None, owner: str | None, sort: ChannelSort
) -> Sequence[Channel]:
    """Return an owner's channels whose name or description has a text; what was never published counts as nothing."""
    text = (search or "").strip().lower()
    owned = [channel for channel in channels if owner is None or owner in channel.owners]
    found = [channel for channel in owned if text in channel.name or text in (channel.description or "").lower()]
    by_name = sorted(found, key=lambda channel: channel.key)
    word = sort.value.removeprefix("-")
    return sorted(by_name, key=lambda channel: _figure(channel, word), reverse=sort.value.startswith("-"))


def _figure(channel: Channel, word: str) -> str | float:
    if word == "name":
        return channel.key
    published = channel.published
    if published is None:
        return -1.0
    figures = {
        "size_bytes": published.size_bytes,
        "published_at": published.published_at.timestamp(),
        "artifact_count": published.artifact_count,
    }
    return float(figures[word])
