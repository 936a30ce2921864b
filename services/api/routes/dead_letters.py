"""/api/system/dead-letters: messages that nobody could handle, for the administrator."""

from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.ports.dead_letters import DeadLetter
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Offset, PageSize
from services.api.schemas import DeadLetterList, DeadLetterOut
from services.api.sync_state import timestamp

_MOST_BYTES = 4096


class DeadLettersController(Controller):
    """What was given up, and why."""

    path = "/api/system/dead-letters"
    tags = ("System",)

    @get(
        summary="List messages that could not be handled", responses=may_answer(400, 401, 503), needs=Action.SYSTEM_VIEW
    )
    async def list_dead_letters(
        self, ports: NamedDependency[Ports], offset: Offset = 0, limit: PageSize = 50
    ) -> DeadLetterList:
        """Return what was given up in the last 90 days, newest first."""
        total, letters = await ports.dead_letters.list(offset=offset, limit=limit)
        return DeadLetterList(total_count=total, items=tuple(_letter_out(letter) for letter in letters))


def _letter_out(letter: DeadLetter) -> DeadLetterOut:
    return DeadLetterOut(
        number=letter.number,
        subject=letter.subject,
        event_id=letter.event_id,
        buried_at=timestamp(letter.buried_at),
        service=letter.service,
        error=letter.error,
        payload=_payload_out(letter.payload),
    )


def _payload_out(payload: bytes) -> Any:
    """Return what was said as JSON; what is none, or long, as the beginning of its text."""
    if len(payload) <= _MOST_BYTES:
        try:
            return msgspec.json.decode(payload)
        except msgspec.DecodeError:
            pass
    return payload[:_MOST_BYTES].decode(errors="replace")
