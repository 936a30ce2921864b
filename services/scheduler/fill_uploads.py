"""uploads of channels -> a head for each channel and type, catalogue.decided.

What is stored is compared, not what was heard: messages only make a look at their channel quick. A look at
all channels, at the start and now and again, finds what no message told: a process that died between
storing and saying, a blob that was lost, or one that is back.
"""

import asyncio
import time

import msgspec
import structlog

from libs.common.deciding.read_stored import Stored, read_head
from libs.common.domain.catalogue import CatalogueHead, encode_catalogue
from libs.common.domain.digest import Sha256, sha256_of
from libs.common.domain.errors import NotFound, TainError
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import is_uploads_mirror, uploads_mirror_id, uploads_type
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.bus import Bus
from libs.common.ports.records import Uploads
from services.scheduler.ask_rules import Asked, InForce, RulesAsked, asked_of_uploads, read_in_force
from services.scheduler.decide_stored import AgainPorts, decide_stored, with_decided
from services.scheduler.gather_uploads import gather_uploads, is_same
from services.scheduler.say_cause import say_cause
from services.scheduler.say_decided import say_decided

_LOG = structlog.get_logger()
_LOOK_S = 30.0
_TRIES = 3
_CAUSE = "uploads"
_NOTHING = Sha256("")


class FillPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What filling channels with uploads asks of the outside world."""

    uploads: Uploads
    again: AgainPorts
    bus: Bus


class UploadsWatch:
    """Keeps every channel's heads of uploads to what was put in."""

    def __init__(self, ports: FillPorts) -> None:
        self._ports = ports
        self._asked = RulesAsked()
        self._heard: set[str] = set()
        self._wake = asyncio.Event()

    def look_at(self, channel_id: str) -> None:
        """Do not wait for the next look: files of a channel changed."""
        self._heard.add(channel_id)
        self._wake.set()

    async def watch_uploads(self) -> None:
        """Look at channels that were heard of, and now and again at all; runs for ever."""
        next_full = time.monotonic()
        while True:
            self._wake.clear()
            heard, self._heard = frozenset(self._heard), set()
            is_full = time.monotonic() >= next_full
            try:
                await self.look(None if is_full else heard)
            except TainError as exc:
                _LOG.warning("look_at_uploads_failed", code=exc.code, reason=exc.message)
                is_full = False
                next_full = time.monotonic() + _LOOK_S / 10
            if is_full:
                next_full = time.monotonic() + _LOOK_S
            try:
                async with asyncio.timeout(max(next_full - time.monotonic(), 0)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(self, channel_ids: frozenset[str] | None = None) -> None:
        """Fill some channels, or all that have uploads or had some.

        Raises:
            StoreUnavailable: when the database does not answer.
        """
        # Places before channels: a channel that is missing then is gone, and not one that is new.
        places = await self._places(channel_ids)
        if not places:
            return
        in_force = await read_in_force(ports=self._ports.again.rules)
        for channel_id, type_ in sorted(places):
            try:
                await self._fill(channel_id, type_, in_force)
            except TainError as exc:
                # One channel that can't be filled leaves the others as they should be.
                _LOG.warning("uploads_not_filled", channel_id=channel_id, code=exc.code, reason=exc.message)
            except Exception:  # noqa: BLE001 - nor does a bug of ours that one channel's records bring out
                _LOG.exception("look_at_uploads_broke", channel_id=channel_id)

    async def _places(self, channel_ids: frozenset[str] | None) -> set[tuple[str, MirrorType]]:
        if channel_ids is not None:
            return {(channel_id, type_) for channel_id in channel_ids for type_ in MirrorType}
        heads = await self._ports.again.heads.all()
        had = {(head.channel_id, uploads_type(head.mirror_id)) for head in heads if is_uploads_mirror(head.mirror_id)}
        return had | set(await self._ports.uploads.places())

    async def _fill(self, channel_id: str, type_: MirrorType, in_force: InForce) -> None:
        channel = in_force.channels.get(channel_id)
        if channel is None:
            return
        ports = self._ports
        for _ in range(_TRIES):
            # The head before the uploads: what moves it meanwhile saw at most what is seen here.
            head = await ports.again.heads.get(uploads_mirror_id(channel_id, type_))
            asked = asked_of_uploads(channel, type_, in_force=in_force, remembered=self._asked)
            if not await fill_uploads(head, asked=asked, ports=ports):
                _LOG.info("uploads_filled_by_others", channel_id=channel_id)
                continue
            return


async def fill_uploads(head: CatalogueHead | None, *, asked: Asked, ports: FillPorts) -> bool:
    """Bring a head of uploads to what is stored, and say what that changed; False where the head moved meanwhile.

    Raises:
        InvalidInput: for rules that the ecosystem can't decide by.
        NotFound: when something that rules look at is lost.
        StoreUnavailable: when a store or NATS does not answer.
    """
    mirror, again = asked.mirror, ports.again
    files = await ports.uploads.files(mirror.channel_id, mirror.type)
    if head is None and not files:
        return True
    stored = await _read(head, ports=again)
    ecosystem = ecosystem_of(mirror.type)
    before = stored.manifest if stored is not None else None
    manifest = await gather_uploads(files, before=before, mirror_id=mirror.id, ecosystem=ecosystem, shards=again.shards)
    is_unchanged = stored is not None and is_same(stored.manifest, manifest)
    if is_unchanged and stored is not None and not _misses_files(stored):
        return True
    now = again.rules.clock.now()
    decided = await decide_stored(manifest, asked=asked, previous=stored, ports=again)
    if is_unchanged and head is not None and sha256_of(encode_catalogue(decided.catalogue)) == head.catalogue:
        # What is not stored still is not.
        return True
    cause = await _cause(head, stored, decided.evaluation, asked=asked, ports=again)
    new = await with_decided(head or _first(asked), decided, asked=asked, cause=cause, at=now, blobs=again.blobs)
    moved = await (again.heads.add(new) if head is None else again.heads.exchange(new, was=head))
    if moved:
        _LOG.info("uploads_filled", mirror_id=mirror.id, added=decided.added, removed=decided.removed)
        await say_decided(new, asked, heads=again.heads, bus=ports.bus)
    return moved


def _first(asked: Asked) -> CatalogueHead:
    """Return a head that `with_decided` fills in; no run made it, and none will."""
    return CatalogueHead(
        mirror_id=asked.mirror.id,
        channel_id=asked.channel.id,
        catalogue=_NOTHING,
        manifest=_NOTHING,
        run_id="",
        run_number=0,
    )


async def _read(head: CatalogueHead | None, *, ports: AgainPorts) -> Stored | None:
    if head is None:
        return None
    try:
        return await read_head(head, blobs=ports.blobs)
    except NotFound as exc:
        # The blob store lost it, or a repair wants every file looked at: all is decided anew.
        _LOG.warning("catalogue_lost", mirror_id=head.mirror_id, reason=exc.message)
        return None


def _misses_files(stored: Stored) -> bool:
    return any(entry.missing for part in stored.catalogue.parts.values() for entry in part.entries.values())


async def _cause(
    head: CatalogueHead | None, stored: Stored | None, evaluation: Evaluation, *, asked: Asked, ports: AgainPorts
) -> str:
    if head is None or stored is None or head.asked == asked.digest:
        return _CAUSE
    return f"{_CAUSE} and {await say_cause(stored.evaluation, evaluation, policies=ports.rules.policies)}"
