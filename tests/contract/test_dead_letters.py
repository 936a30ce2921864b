"""Dead letters: memory and NATS keep the same promises."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from deploy.embedded.servers import start_nats
from libs.common.adapters.memory.dead_letters import MemoryDeadLetters
from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.nats.dead_letters import NatsDeadLetters
from libs.common.contracts.subjects import DEAD_LETTERS
from libs.common.ports.dead_letters import DeadLetter, DeadLetters


class Cemetery(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters of one kind, and how another is added."""

    letters: DeadLetters
    bury: Callable[[str], Awaitable[None]]


@pytest.fixture(params=["memory", "nats"])
async def cemetery(request: pytest.FixtureRequest) -> AsyncIterator[Cemetery]:
    """Return dead letters of each kind."""
    if request.param == "memory":
        memory = MemoryDeadLetters()

        async def add(event_id: str) -> None:
            memory.letters.append(_letter(event_id, number=len(memory.letters) + 1))

        yield Cemetery(letters=memory, bury=add)
        return
    nc = await connect_nats(request.getfixturevalue("nats_url"), name="test")
    await prepare_nats(nc)

    async def publish(event_id: str) -> None:
        tain = {"tain-error": "NotFound: gone", "tain-subject": "mirror.stop", "tain-service": "scheduler"}
        headers = {"ce-id": event_id} | tain
        await nc.jetstream().publish("dead.mirror.stop", b"{}", headers=headers, stream=DEAD_LETTERS.name)

    yield Cemetery(letters=NatsDeadLetters(nc.jetstream()), bury=publish)
    await nc.close()


def _letter(event_id: str, *, number: int) -> DeadLetter:
    return DeadLetter(
        number=number,
        subject="mirror.stop",
        event_id=event_id,
        buried_at=datetime.now(UTC),
        error="NotFound: gone",
        payload=b"{}",
        service="scheduler",
    )


async def test_the_newest_comes_first_and_pages_follow_each_other(cemetery: Cemetery) -> None:
    """A person looks for what went wrong just now."""
    ids = [uuid.uuid4().hex for _ in range(3)]
    before, _ = await cemetery.letters.list(offset=0, limit=0)
    for event_id in ids:
        await cemetery.bury(event_id)
    total, first = await cemetery.letters.list(offset=0, limit=2)
    _, second = await cemetery.letters.list(offset=2, limit=1)

    assert total == before + 3
    assert [letter.event_id for letter in (*first, *second)] == ids[::-1]
    assert (first[0].subject, first[0].error, first[0].payload) == ("mirror.stop", "NotFound: gone", b"{}")
    assert first[0].service == "scheduler"
    assert first[0].number > first[1].number
    assert first[0].buried_at.tzinfo is not None


async def test_where_nothing_was_given_up_there_is_nothing(tmp_path: Path) -> None:
    """A server of its own, for others' letters may stand in the shared one."""
    server = start_nats(tmp_path / "nats")
    nc = await connect_nats(server.url, name="test")
    await prepare_nats(nc)

    assert await NatsDeadLetters(nc.jetstream()).list(offset=0, limit=50) == (0, [])
    await nc.close()
    server.stop()


async def test_behind_the_last_page_there_is_nothing(cemetery: Cemetery) -> None:
    """Also where there is nothing at all."""
    total, letters = await cemetery.letters.list(offset=1_000_000, limit=5)

    assert (total >= 0, list(letters)) == (True, [])
