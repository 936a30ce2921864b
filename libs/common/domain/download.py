"""Downloads: who got which file, and when."""

from datetime import datetime, timedelta

import msgspec

LONGEST_RANGE = timedelta(days=366)
"""A report of downloads covers a year at most."""

KEPT_FOR = timedelta(days=396)
"""Thirteen months: a report of the last year can still be asked for a month later."""


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """What one user got of one file within a few seconds, which ended at `at`; `user` is None without a token.

    `id` is the same whenever the same event is heard.
    """

    id: str
    channel: str
    ckey: str
    user: str | None
    at: datetime
    count: int


class DownloadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which downloads to show, of `since` and later, but before `until`; empty lists leave nothing out."""

    since: datetime
    until: datetime
    users: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def keeps(self, download: Download) -> bool:
        """Tell whether a download is to be shown."""
        return (
            self.since <= download.at < self.until
            and (not self.users or download.user in self.users)
            and (not self.channels or download.channel in self.channels)
        )
