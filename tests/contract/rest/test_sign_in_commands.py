"""`login`, `whoami`, `auth`: sections 4 and 5 of rest-api.md, with the client's own way of reading answers."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.rest.replay import Client
from tests.support.records import NOON
from tests.unit.api.harness import AUTH, Api

PASSWORD = "correct horse battery staple"
LOGIN = {"username": "john", "password": PASSWORD}
OWN = "repo-cli-token-myhost"
IN_A_MONTH = (NOON + timedelta(days=30)).date().isoformat()


@pytest.fixture
async def john(api: Api, client: Client) -> None:
    """Make a user with a password, who has no token yet."""
    body = {**LOGIN, "roles": ["author"]}
    made = await api.client.post("/api/users", json=body, headers=AUTH)
    assert made.status_code == 201, made.text
    client.token = None


def roles_in(jwt: str) -> list[str]:
    """Read the roles as the client does: plain base64, padded by hand, of the middle part."""
    payload = jwt.split(".")[1]
    claims = json.loads(base64.b64decode(payload + "=" * (-len(payload) % 4)))
    roles: list[str] = claims["realm_access"]["roles"]
    return roles


async def login(client: Client) -> str:
    """Do what `login` does, step by step, and return the opaque token that it saves."""
    granted = await client.call("POST", "/auth/login", LOGIN, expect=200)
    assert granted.keys() >= {"token", "refresh_token"}
    client.jwt = granted["token"]
    assert client.jwt is not None
    listed = await client.call_as_signed_in("GET", "/account/tokens", expect=200)
    own = next((token for token in listed["items"] if token["name"] == OWN), None)
    if own is not None:
        made = await client.call_as_signed_in("PUT", f"/account/tokens/{own['id']}", {}, expect=200)
    else:
        scopes = (await client.call_as_signed_in("GET", "/account/scopes", expect=200))["scopes"]
        body = {"name": OWN, "expires_at": IN_A_MONTH, "scopes": scopes}
        made = await client.call_as_signed_in("POST", "/account/tokens", body, expect=200)
    assert made.keys() >= {"token", "id"}
    assert roles_in(client.jwt) == ["author"]
    client.token = made["token"]
    return str(client.token)


@pytest.mark.usefixtures("john")
async def test_login(client: Client) -> None:
    """A first login makes a token of the host with every scope; the next one gives it a new value."""
    first = await login(client)
    assert (len(first), set(first) <= set("0123456789abcdef")) == (48, True)
    await client.call("GET", "/account", expect=200)

    client.token = None
    second = await login(client)

    assert second != first
    client.token = first
    await client.call("GET", "/account", expect=401)
    client.token = second
    account = await client.call("GET", "/account", expect=200)
    assert account.keys() >= {"user_id", "username", "roles", "default_channel_name", "dbroles"}
    assert (account["username"], "author" in account["roles"]) == ("john", True)


@pytest.mark.usefixtures("john")
async def test_login_by_force(client: Client) -> None:
    """`--force-scopes` deletes the host's token (204) and makes it anew."""
    await login(client)
    listed = await client.call_as_signed_in("GET", "/account/tokens", expect=200)
    (token,) = listed["items"]
    assert token.keys() >= {"id", "name", "metadata", "type", "created_at", "expires_at", "scopes"}
    assert (token["type"], token["metadata"]) == ("scope", None)

    await client.call_as_signed_in("DELETE", f"/account/tokens/{token['id']}", expect=204)
    await login(client)


@pytest.mark.usefixtures("john")
async def test_every_jwt_can_be_read_by_the_client(api: Api) -> None:
    """It decodes base64url as plain base64, so that a `-` or `_` in the payload would end its login in an error."""
    for _ in range(40):
        granted = (await api.client.post("/api/auth/login", json=LOGIN)).json()
        payload = granted["token"].split(".")[1]

        assert not set(payload) & set("-_")
        assert roles_in(granted["token"]) == ["author"]


@pytest.mark.usefixtures("john")
async def test_login_with_a_wrong_password(client: Client) -> None:
    """Three tries; any status but 200 is a wrong password, and the right one at the third is taken."""
    for wrong in ("one", "two"):
        answer = await client.call("POST", "/auth/login", LOGIN | {"password": wrong}, expect=401)
        assert "token" not in answer
    await client.call("POST", "/auth/login", LOGIN | {"username": "nobody"}, expect=401)
    await client.call("POST", "/auth/login", LOGIN, expect=200)


async def test_auth_list_scopes_while_logged_out(client: Client) -> None:
    """The client sends `Bearer None`."""
    await client.call_as_signed_in("GET", "/account/scopes", expect=401)


@pytest.mark.usefixtures("john")
async def test_auth(client: Client) -> None:
    """`-x`, `-l`, `-c`, `-i`, `-r`."""
    await login(client)
    scopes = (await client.call_as_signed_in("GET", "/account/scopes", expect=200))["scopes"]
    body: dict[str, Any] = {"name": "ci", "expires_at": IN_A_MONTH, "scopes": ["channel:view", "artifact:download"]}
    made = await client.call_as_signed_in("POST", "/account/tokens", body, expect=200)
    client.token = made["token"]
    info = await client.call("GET", "/account/token-info", expect=200)
    await client.call_as_signed_in("DELETE", f"/account/tokens/{made['id']}", expect=204)
    await client.call("GET", "/account/token-info", expect=401)

    # What an author got of the incumbent (section 6.3).
    assert set(scopes) >= {
        "channel:create", "channel:view", "channel:edit", "channel:delete", "channel:history",
        "channel:view-artifacts", "channel.default-channel:edit", "channel.group:edit", "subchannel:create",
        "subchannel:view", "subchannel:edit", "subchannel:delete", "subchannel:history", "subchannel:view-artifacts",
        "subchannel.group:edit", "artifact:create", "artifact:view", "artifact:edit", "artifact:download",
        "artifact:delete",
    }  # fmt: skip
    assert not [scope for scope in scopes if "mirror" in scope or scope.startswith("cve")]
    assert str(info["expires_at"]).startswith(IN_A_MONTH)


@pytest.mark.usefixtures("john")
async def test_a_token_of_a_token(client: Client) -> None:
    """Who holds an opaque token does not manage tokens with it: that takes the JWT."""
    await login(client)

    await client.call("GET", "/account/tokens", expect=403)


@pytest.mark.usefixtures("john")
async def test_login_gives_a_default_channel(client: Client) -> None:
    """Where an upload without `-c` goes; it is there from the first login on."""
    await login(client)
    account = await client.call("GET", "/account", expect=200)
    shown = await client.call("GET", f"/channels/{account['default_channel_name']}", expect=200)

    assert (account["default_channel_name"], shown["owners"]) == ("john", ["john"])
