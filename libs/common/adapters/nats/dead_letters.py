"""The stream of dead letters, read from its end."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from libs.common.adapters.nats.cancelling import heeds_cancel
from libs.common.adapters.nats.envelope import BURIED_BY, BURIED_ERROR, BURIED_SUBJECT
from libs.common.contracts.subjects import DEAD_LETTERS
from libs.common.domain.errors import StoreUnavailable
from libs.common.ports.dead_letters import DeadLetter


class NatsDeadLetters:
    """Implements `ports.dead_letters.DeadLetters`."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    @heeds_cancel
    async def list(self, *, offset: int, limit: int) -> tuple[int, Sequence[DeadLetter]]:
        """Return how many there are, and a page of them, newest first; see the port."""
        try:
            state = (await self._js.stream_info(DEAD_LETTERS.name)).state
            # Letters go from the beginning alone, by age, so that numbers have no gaps.
            newest = state.last_seq - offset
            numbers = range(newest, max(newest - limit, state.first_seq - 1, 0), -1)
            found = [await self._letter(number) for number in numbers]
        except (NatsError, JetStreamError, TimeoutError) as exc:
            raise StoreUnavailable("NATS did not show the dead letters") from exc
        return state.messages, [letter for letter in found if letter is not None]

    async def _letter(self, number: int) -> DeadLetter | None:
        try:
            message = await self._js.get_msg(DEAD_LETTERS.name, number)
        except NotFoundError:
            # It became too old in this moment, or an operator removed it.
            return None
        return _read(message, number)


def _read(message: RawStreamMsg, number: int) -> DeadLetter:
    headers = message.headers or {}
    return DeadLetter(
        number=number,
        subject=headers.get(BURIED_SUBJECT) or (message.subject or "").removeprefix("dead."),
        event_id=unquote(headers.get("ce-id", "")),
        buried_at=message.time or datetime.fromtimestamp(0, UTC),
        error=headers.get(BURIED_ERROR, ""),
        service=headers.get(BURIED_BY, ""),
        payload=message.data or b"",
    )
