"""GET /api/system/dead-letters: what could not be handled, as an administrator sees it."""

from libs.common.ports.dead_letters import DeadLetter
from tests.support.records import NOON
from tests.unit.api.harness import Api


def a_letter(number: int, payload: bytes) -> DeadLetter:
    """Return a message that was given up."""
    return DeadLetter(
        number=number,
        subject="mirror.requested",
        event_id=f"event-{number}",
        buried_at=NOON,
        error="KeyError in handlers.py:7",
        payload=payload,
        service="scheduler",
    )


async def test_dead_letters_are_shown_newest_first_with_what_was_said(api: Api) -> None:
    """JSON as JSON, and what is none as the beginning of its text."""
    api.dead_letters.letters += [
        a_letter(1, b'{"channel": "main"}'),
        a_letter(2, b"\xff not json"),
        a_letter(3, b"x" * 9000),
    ]

    shown = (await api.ask("GET", "/api/system/dead-letters?limit=3")).json()

    assert shown["total_count"] == 3
    assert [item["number"] for item in shown["items"]] == [3, 2, 1]
    assert shown["items"][0]["payload"] == "x" * 4096
    assert shown["items"][1]["payload"] == "\ufffd not json"
    assert shown["items"][2]["payload"] == {"channel": "main"}
    assert shown["items"][2]["error"] == "KeyError in handlers.py:7"
    assert shown["items"][2]["service"] == "scheduler"


async def test_dead_letters_are_for_the_administrator(api: Api) -> None:
    """What others said is nobody else's business."""
    answer = await api.ask("GET", "/api/system/dead-letters", X_Auth="not-the-token-at-all")

    assert answer.status_code == 401
