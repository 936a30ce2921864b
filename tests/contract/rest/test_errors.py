"""What the client makes of errors: the table of rest-api.md section 3."""

import pytest

from tests.contract.rest.replay import Client
from tests.support.records import a_channel
from tests.unit.api.harness import Api

MIRROR = {
    "mirror_name": "mm", "source_root": "http://up.example/x", "mirror_mode": "passive", "cron": "0 0 * * *",
    "mirror_type": "conda", "filters": {}, "run_now": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/account", None),
        ("GET", "/account/channels", None),
        ("GET", "/account/token-info", None),
        ("POST", "/channels", {"name": "other"}),
        ("PUT", "/channels/main", {"privacy": "private"}),
        ("DELETE", "/channels/main", None),
        ("GET", "/channels/main/history?offset=0&limit=50", None),
        ("GET", "/mirrors", {"limit": 100, "offset": 0, "sort": "mirror_name"}),
        ("POST", "/channels/main/mirrors", MIRROR),
        ("PUT", "/channels/main/artifacts/bulk", {"action": "delete", "items": [{"name": "x", "family": "conda"}]}),
        ("GET", "/system/settings", None),
    ],
    ids=lambda value: value.strip("/").replace("/", "-").partition("?")[0] if isinstance(value, str) else "",
)
async def test_who_is_not_signed_in_is_asked_to(client: Client, api: Api, method: str, path: str, body: object) -> None:
    """401, upon which the client logs in and sends the command again; no `X-Auth` is sent at all, or a wrong one."""
    await api.holds(a_channel("main"))
    client.token = None
    without = await client.call(method, path, body, expect=401)
    client.token = "0" * 48
    with_wrong = await client.call(method, path, body, expect=401)

    for answer in (without, with_wrong):
        assert answer.keys() >= {"code", "message", "detail", "status"}


async def test_other_errors_are_printed_as_they_are(client: Client, api: Api) -> None:
    """So they are for people to read."""
    await api.holds(a_channel("main"))
    taken = await client.call("POST", "/channels", {"name": "main"}, expect=409)
    bad = await client.call("POST", "/channels", {"name": "Main!"}, expect=400)
    missing = await client.call("GET", "/channels/nothing", expect=404)

    assert all(len(answer["message"]) > 10 for answer in (taken, bad, missing))


async def test_a_deep_channel_name_is_an_error(client: Client, api: Api) -> None:
    """One slash makes a subchannel; more can't be."""
    await api.holds(a_channel("main"))

    await client.call("POST", "/channels", {"name": "main/stage"}, expect=400)
