"""Service accounts of channels: users that open one channel, by tokens."""

from typing import Any

import pytest

from libs.common.contracts.access_messages import TokenChanged, UserChanged
from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import UserKind, service_account_name
from libs.common.domain.channel import ChannelKey, Privacy
from services.api.signing_in.rules import SignInRules
from tests.support.people import a_user
from tests.support.records import a_channel
from tests.unit.api.harness import Api
from tests.unit.api.test_tokens import by_token, signed_in

MAIN = "/api/channels/main"


async def with_account(api: Api) -> None:
    """Make a private channel and its service account."""
    await api.holds(a_channel("main", privacy=Privacy.PRIVATE, owners=("ann",)))
    assert (await api.ask("POST", f"{MAIN}/service-account")).status_code == 201


async def a_service_token(api: Api, **wish: Any) -> Any:
    """Make a token of it."""
    return await api.ask("POST", f"{MAIN}/service-account/tokens", json={"name": "ci", **wish})


async def test_an_account_is_made_shown_and_removed(api: Api) -> None:
    """One for each channel, under a name that tells which."""
    await api.holds(a_channel("main"))
    assert (await api.ask("GET", f"{MAIN}/service-account")).status_code == 404

    made = await api.ask("POST", f"{MAIN}/service-account")

    assert made.status_code == 201
    assert made.json()["username"] == "service-account-channel-main"
    assert (await api.ask("GET", f"{MAIN}/service-account")).json() == made.json()
    assert (await api.ask("POST", f"{MAIN}/service-account")).status_code == 409
    assert (await api.ask("GET", "/api/service-accounts")).json() == {"total_count": 1, "items": [made.json()]}
    assert (await api.ask("DELETE", f"{MAIN}/service-account")).status_code == 204
    assert (await api.ask("DELETE", f"{MAIN}/service-account")).status_code == 404
    told = [it for it in api.said(UserChanged) if isinstance(it, UserChanged)]
    assert [(it.change, it.by) for it in told] == [("created", "admin"), ("deleted", "admin")]


async def test_names_that_would_be_one_are_kept_apart(api: Api) -> None:
    """A subchannel's slash is a dash, as another channel's name may have."""
    await api.holds(a_channel("main"), a_channel("main/stage"), a_channel("main-stage"))

    first = await api.ask("POST", "/api/channels/main-stage/service-account")
    second = await api.ask("POST", f"{MAIN}/subchannels/stage/service-account")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["username"] == "service-account-channel-main-stage"
    assert second.json()["username"] == "service-account-channel-main-stage-id-of-main/stage"
    assert (await api.ask("GET", f"{MAIN}/subchannels/stage/service-account")).json() == second.json()


async def test_a_person_of_the_name_is_no_service_account(api: Api) -> None:
    """Whoever has the name does not get the channel."""
    await api.holds(a_channel("main"))
    name = service_account_name(ChannelKey("main"))
    await api.records.users.add(a_user(name))

    assert (await api.ask("GET", f"{MAIN}/service-account")).status_code == 404
    assert (await api.ask("POST", f"{MAIN}/service-account")).json()["username"] == f"{name}-id-of-main"


async def test_its_tokens_open_its_channel_alone(api: Api) -> None:
    """As far as their level goes."""
    await with_account(api)
    await api.holds(a_channel("other", privacy=Privacy.PRIVATE))
    reads = (await a_service_token(api, name="read", level="read")).json()["token"]
    manages = (await a_service_token(api, name="manage", level="manage")).json()["token"]

    assert (await by_token(api, reads, MAIN)).status_code == 200
    assert (await by_token(api, reads, "/api/channels/other")).status_code == 404
    assert (await by_token(api, reads, MAIN, "DELETE")).status_code == 403
    assert (await by_token(api, manages, "/api/channels", "POST")).status_code in (400, 403)
    assert (await by_token(api, manages, MAIN, "DELETE")).status_code == 202


async def test_its_tokens_are_listed_renewed_and_revoked(api: Api) -> None:
    """Thirty days unless days or a day are named; each change is told with who made it."""
    await with_account(api)
    path = f"{MAIN}/service-account/tokens"
    made = (await a_service_token(api)).json()
    await a_service_token(api, name="week", days=7, level="write")

    items = (await api.ask("GET", path)).json()["items"]
    assert [(it["name"], it["expires_at"]) for it in items] == [("ci", "2026-06-16"), ("week", "2026-05-24")]
    assert items[1]["resources"] == [{"channel": "main", "subchannel": None, "level": "write"}]
    renewed = (await api.ask("PUT", f"{path}/{made['id']}", json={})).json()
    assert (await by_token(api, made["token"])).status_code == 401
    assert (await by_token(api, renewed["token"])).json()["username"] == "service-account-channel-main"
    assert (await api.ask("DELETE", f"{path}/{made['id']}")).status_code == 204
    assert (await api.ask("DELETE", f"{path}/{made['id']}")).status_code == 404
    told = [it for it in api.said(TokenChanged) if isinstance(it, TokenChanged)]
    assert {(it.by, it.user) for it in told} == {("admin", "service-account-channel-main")}
    assert (await a_service_token(api, days=1, expires_at="2026-06-01")).status_code == 400
    assert (await a_service_token(api, level="none")).status_code == 400


async def test_who_manages_the_channel_manages_its_account(api: Api) -> None:
    """By a sign-in: a token must not make others of it."""
    await with_account(api)
    ann, bob = await signed_in(api), await signed_in(api, "bob", groups=("team",))
    await api.records.channels.update(ChannelKey("main"), {"groups": {"team": Level.WRITE}})
    path = f"{MAIN}/service-account/tokens"

    assert (await ann.ask("POST", path, {"name": "ci"})).status_code == 200
    assert (await bob.ask("POST", path, {"name": "bobs"})).status_code == 403
    scopes = (await ann.ask("GET", "/api/account/scopes")).json()["scopes"]
    token = (await ann.makes(scopes=scopes)).json()["token"]
    assert (await by_token(api, token, path)).status_code == 200
    refused = await api.client.post(path, json={"name": "more"}, headers={"X-Auth": token})
    assert refused.status_code == 403
    assert "sign-in" in refused.json()["detail"]


async def test_it_goes_with_its_channel(api: Api) -> None:
    """Or it would open the next channel of the name."""
    await with_account(api)
    await api.holds(a_channel("main/stage"))
    await api.ask("POST", f"{MAIN}/subchannels/stage/service-account")
    token = (await a_service_token(api)).json()["token"]

    assert (await api.ask("DELETE", MAIN)).status_code == 202

    assert [it for it in await api.records.users.list() if it.kind is UserKind.SERVICE] == []
    assert (await by_token(api, token)).status_code == 401


@pytest.mark.parametrize("is_wished", [True, False])
async def test_each_channel_gets_one_where_the_operator_wishes(api: Api, is_wished: bool) -> None:
    """Channels and subchannels."""
    api.ports.sign_in_rules = SignInRules(channel_service_accounts=is_wished)

    await api.ask("POST", "/api/channels", json={"name": "main"})
    await api.ask("POST", f"{MAIN}/subchannels", json={"name": "stage"})

    served = {it.serves for it in await api.records.users.list()}
    assert served == ({"main", "main/stage"} if is_wished else set())
