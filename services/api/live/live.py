"""Everybody who looks on at this api: one ear for the bus, and a bounded backlog for each connection."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime

import msgspec
import structlog

from libs.common.contracts.message import Message
from libs.common.contracts.messages import ChannelDeleted, MirrorDeleted, MirrorProgress
from libs.common.contracts.policy_messages import ReportReady
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.kept_reports import KeptReports
from libs.common.ports.news import News, NewsItem
from libs.common.ports.records import Channels
from services.api.live.backlog import Backlog, LiveEvent
from services.api.live.what_is_shown import facts_of, is_of_channel, is_shown
from services.api.problems import TooManyStreams, TooManyWatchers
from services.api.report_access import sees_report

MOST_WATCHERS = 1000
MOST_OF_ONE_USER = 30
"""Tabs and scripts of one person, at one api."""

_KNOWN_CHANNELS = 20_000
_AGAIN_S = 1.0
_LOG = structlog.get_logger()

RESYNC = LiveEvent(name="resync", data=b"{}")
"""Something may have been missed: whoever is sent this reads anew what they show."""

IsShown = Callable[[Identity], bool]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often something is sent, who asks is looked at again, and after how long who takes nothing is cut off."""

    heartbeat_s: float = 15.0
    recheck_s: float = 10.0
    stuck_s: float = 30.0


class Watcher:
    """One connection: who looks on, and what they were not yet sent."""

    def __init__(self, identity: Identity, backlog: Backlog) -> None:
        self.identity = identity
        self.backlog = backlog
        self.is_over = False
        self.stirred = asyncio.Event()

    def add(self, event: LiveEvent) -> None:
        """Have an event to send."""
        self.backlog.add(event)
        self.stirred.set()

    def lose(self) -> None:
        """Have nothing to send but that all must be asked for anew."""
        self.backlog.lose()
        self.stirred.set()

    def end(self) -> None:
        """End the connection as soon as it is looked at."""
        self.is_over = True
        self.stirred.set()


class Live:
    """Tells those who look on what they may know of what happens.

    Channels are remembered as they were, so that those who saw one learn that it is gone.
    """

    def __init__(
        self,
        *,
        channels: Channels,
        reports: KeptReports,
        most: int = MOST_WATCHERS,
        most_of_one: int = MOST_OF_ONE_USER,
        pace: Pace | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self._channels = channels
        self._reports = reports
        self._most = most
        self._most_of_one = most_of_one
        self._watchers: set[Watcher] = set()
        self._known: OrderedDict[str, Channel] = OrderedDict()
        self._is_over = False

    def join(self, identity: Identity) -> Watcher:
        """Let somebody look on from now on.

        Raises:
            TooManyStreams: for who looks on very often already.
            TooManyWatchers: when this api has as many as it takes, or is about to end.
        """
        if self._is_over or len(self._watchers) >= self._most:
            raise TooManyWatchers("as many look on at this server as it takes; come again in a while")
        if Counter(watcher.identity.user_id for watcher in self._watchers)[identity.user_id] >= self._most_of_one:
            raise TooManyStreams(
                f"you have {self._most_of_one} streams of this server open; close some of them, such as other tabs"
            )
        watcher = Watcher(identity, Backlog(resync=RESYNC))
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Forget one who looked on."""
        self._watchers.discard(watcher)

    def end(self) -> None:
        """End all connections, and take no more: the server is about to stop."""
        self._is_over = True
        for watcher in self._watchers:
            watcher.end()

    def lose(self) -> None:
        """Tell everybody that something may have been missed."""
        for watcher in self._watchers:
            watcher.lose()

    async def tell(self, item: NewsItem) -> None:
        """Tell whom it may concern of a message.

        Raises:
            StoreUnavailable: when it can't be found out whom; nobody was told then.
        """
        if not self._watchers:
            return
        message, at = item.message, item.at
        if isinstance(message, ReportReady):
            await self._tell_report(message, at)
        elif is_of_channel(message):
            await self._tell_of_channel(message, at)
        else:
            self._spread(_event_of(message, at), lambda identity: is_shown(message, identity, None))

    async def _tell_of_channel(self, message: Message, at: datetime) -> None:
        key: str | None = getattr(message, "channel", None)
        if key is None:
            return
        before = self._known.get(key)
        now = await self._channels.get(ChannelKey(key))
        if now is not None and getattr(message, "channel_id", now.id) != now.id:
            # Another one has its name by now.
            now = None
        if now is not None:
            self._remember(now)
        if now is None and isinstance(message, ChannelDeleted | MirrorDeleted):
            self._tell_of_gone(message, at, before)
        elif now is not None:
            event = _event_of(message, at, now)
            for watcher in self._watchers:
                if is_shown(message, watcher.identity, now):
                    watcher.add(event)
                elif before is not None and is_shown(message, watcher.identity, before):
                    # It was taken out of their sight.
                    watcher.lose()

    def _tell_of_gone(self, message: ChannelDeleted | MirrorDeleted, at: datetime, before: Channel | None) -> None:
        if before is None or before.id != message.channel_id:
            # Who saw it is not known any more; to read anew tells nobody more than they may know.
            self.lose()
            return
        self._spread(_event_of(message, at, before), lambda identity: is_shown(message, identity, before))

    async def _tell_report(self, message: ReportReady, at: datetime) -> None:
        head = await self._reports.get(message.report_id)
        if head is None:
            return
        channel = await self._channels.get(ChannelKey(head.channel)) if head.channel is not None else None
        self._spread(_event_of(message, at, channel), lambda identity: sees_report(identity, head, channel))

    def _spread(self, event: LiveEvent, shown_to: IsShown) -> None:
        for watcher in self._watchers:
            if shown_to(watcher.identity):
                watcher.add(event)

    def _remember(self, channel: Channel) -> None:
        self._known[channel.key] = channel
        self._known.move_to_end(channel.key)
        while len(self._known) > _KNOWN_CHANNELS:
            self._known.popitem(last=False)


async def keep_telling(live: Live, news: News, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Tell all that is said, for ever.

    Raises:
        StoreUnavailable: when NATS does not let itself be heard; whoever runs this tries again.
    """
    async with aclosing(news.listen()) as items:
        async for item in items:
            if item is None:
                live.lose()
                continue
            # Those who are told get a turn to send it, however much is said at once.
            await asyncio.sleep(0)
            while True:
                try:
                    await live.tell(item)
                    break
                except StoreUnavailable as exc:
                    # What comes meanwhile waits, or is missed; either way they learn of it.
                    _LOG.warning("live_waits", reason=exc.message)
                    await pause(_AGAIN_S)


def _event_of(message: Message, at: datetime, channel: Channel | None = None) -> LiveEvent:
    return LiveEvent(
        name=message.subject,
        data=msgspec.json.encode(facts_of(message, at=at, channel=channel)),
        mirror_id=getattr(message, "mirror_id", None),
        is_progress=isinstance(message, MirrorProgress),
    )
