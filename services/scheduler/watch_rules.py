"""heads, and what their mirrors ask for now -> catalogues decided anew, catalogue.decided, mirror.requested.

What is stored is compared, not what was heard: messages only make a look quick. Looked at
are at the start, when a message tells of a change, and now and again all heads. What was
decided and not said, and runs that are wanted and not asked for, are found by the same look.
"""

import asyncio
from collections.abc import Callable

import structlog

from libs.common.contracts.messages import MirrorRequested
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import TainError
from libs.common.domain.run import ACTIVE_STATES, Run
from libs.common.domain.upload import is_uploads_mirror, uploads_type
from libs.common.ports.bus import Bus
from libs.common.ports.records import Runs
from services.scheduler.ask_rules import Asked, RulesAsked, asked_of_uploads, read_in_force
from services.scheduler.decide_again import decide_again
from services.scheduler.decide_stored import AgainPorts
from services.scheduler.left_behind import LeftBehind, ask_left_behind, read_left_behind
from services.scheduler.say_decided import say_decided

_LOG = structlog.get_logger()
_LOOK_S = 15.0


class RuleWatch:
    """Keeps every mirror's catalogue to the rules that are in force.

    `tell_runs` has the runs that go look for themselves: what they fetch is in no head yet.
    """

    def __init__(self, *, ports: AgainPorts, runs: Runs, bus: Bus, tell_runs: Callable[[], None]) -> None:
        self._ports = ports
        self._runs = runs
        self._bus = bus
        self._tell_runs = tell_runs
        self._asked = RulesAsked()
        self._left: dict[str, LeftBehind] = {}
        self._wake = asyncio.Event()

    def look_now(self) -> None:
        """Do not wait for the next look: something changed."""
        self._wake.set()

    async def watch_rules(self) -> None:
        """Look at all heads, again and again; runs for ever."""
        while True:
            self._wake.clear()
            try:
                await self.look()
            except TainError as exc:
                _LOG.warning("look_at_rules_failed", code=exc.code, reason=exc.message)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Decide anew what is decided by other rules than those of now, and say what was not said.

        Raises:
            StoreUnavailable: when the database does not answer.
        """
        self._tell_runs()
        heads = await self._ports.heads.all()
        in_force = await read_in_force(ports=self._ports.rules)
        of_uploads = frozenset(head.mirror_id for head in heads if is_uploads_mirror(head.mirror_id))
        self._asked.forget_but(frozenset(in_force.mirrors) | of_uploads)
        for head in heads:
            channel = in_force.channels.get(head.channel_id)
            mirror = in_force.mirrors.get(head.mirror_id)
            if channel is None:
                continue
            try:
                if head.mirror_id in of_uploads:
                    type_ = uploads_type(head.mirror_id)
                    asked = asked_of_uploads(channel, type_, in_force=in_force, remembered=self._asked)
                    await self._look_at(head, asked)
                elif mirror is not None:
                    await self._look_at(head, self._asked.of(mirror, channel=channel, in_force=in_force))
                elif head.evaluation is not None:
                    left = await self._left_behind(head, head.evaluation)
                    await self._look_at(head, ask_left_behind(left, channel=channel, in_force=in_force))
            except TainError as exc:
                # One mirror that can't be decided leaves the others as they should be.
                _LOG.warning("not_decided_again", mirror_id=head.mirror_id, code=exc.code, reason=exc.message)
            except Exception:  # noqa: BLE001 - nor does a bug of ours that one mirror's rules or records bring out
                _LOG.exception("look_at_rules_broke", mirror_id=head.mirror_id)

    async def _look_at(self, head: CatalogueHead, asked: Asked) -> None:
        await say_decided(head, asked, heads=self._ports.heads, bus=self._bus)
        if head.asked != asked.digest:
            decided = await decide_again(head, asked=asked, ports=self._ports)
            if decided is None:
                # Somebody else was quicker; the next look sees what that was.
                return
            head = decided
            await say_decided(head, asked, heads=self._ports.heads, bus=self._bus)
        if head.wants_run and asked.is_fetchable:
            await self._request_run(head, asked)

    async def _left_behind(self, head: CatalogueHead, evaluation: Sha256) -> LeftBehind:
        known = self._left.get(head.mirror_id)
        if known is None or known.evaluation != evaluation:
            known = await read_left_behind(head, evaluation, blobs=self._ports.blobs)
            self._left[head.mirror_id] = known
        return known

    async def _request_run(self, head: CatalogueHead, asked: Asked) -> None:
        """Have newly allowed files fetched, once: where that fails, the mirror's next run tries again."""
        latest = (await self._runs.latest([head.mirror_id])).get(head.mirror_id)
        if latest is not None and (latest.state in ACTIVE_STATES or _is_after(latest, head)):
            return
        number = latest.number if latest is not None else 0
        await self._bus.say(
            MirrorRequested(
                channel=asked.channel.key, mirror=asked.mirror.name, mirror_id=head.mirror_id, trigger="event"
            ),
            # Asked for while another run began, it was skipped: after that one it is another request.
            event_id=f"wanted-{head.mirror_id}-{head.catalogue}-{number}",
        )


def _is_after(run: Run, head: CatalogueHead) -> bool:
    return head.decided_at is not None and run.requested_at >= head.decided_at
