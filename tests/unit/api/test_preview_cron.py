"""`POST /api/mirrors/preview-cron`: when a cron fires, or which of its fields is wrong."""

import pytest

from tests.support.records import a_channel, a_mirror
from tests.unit.api.harness import Api, a_wish

PREVIEW = "/api/mirrors/preview-cron"
MIRRORS = "/api/channels/main/mirrors"
MONTHS = ("06", "07", "08", "09", "10")


@pytest.mark.parametrize("wish", [{}, {"cron": None}, {"cron": ""}, {"cron": " 0  0 1 * *"}])
async def test_the_next_five_times_are_shown(api: Api, wish: dict[str, object]) -> None:
    """In UTC, with the expression as it would be stored; without one, the default."""
    answer = await api.ask("POST", PREVIEW, json=wish)

    assert answer.status_code == 200
    assert answer.json() == {
        "cron": "0 0 1 * *",
        "next": [f"2026-{month}-01T00:00:00.000000+00:00" for month in MONTHS],
    }


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("61 * * * *", "'61' as its minute, which takes 0-59"),
        ("0 25 * * *", "'25' as its hour, which takes 0-23"),
        ("0 0 40 * *", "'40' as its day of month, which takes 1-31"),
        ("0 0 1 foo *", "'foo' as its month, which takes 1-12 or jan-dec"),
        ("0 0 * * 9", "'9' as its day of week, which takes 0-7 or sun-sat"),
    ],
)
async def test_a_bad_cron_is_refused_alike_everywhere(api: Api, cron: str, words: str) -> None:
    """Looked at, in a new mirror, or in an edited one: the same words name the field at fault."""
    await api.holds(a_channel("main"), a_mirror("mm"))
    answers = [
        await api.ask("POST", PREVIEW, json={"cron": cron}),
        await api.ask("POST", MIRRORS, json=a_wish(mirror_name="new", cron=cron)),
        await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(cron=cron)),
    ]

    assert [(answer.status_code, answer.json()["field"]) for answer in answers] == [(400, "cron")] * 3
    assert words in answers[0].json()["detail"]
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert api.bus.said == []


async def test_only_who_may_make_mirrors_looks_at_crons(api: Api) -> None:
    """As everything else of mirrors."""
    assert (await api.client.post(PREVIEW, json={"cron": "0 0 1 * *"})).status_code == 401
