"""Signing in with a password: programs and browsers, going on, and signing out."""

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from argon2 import PasswordHasher

from libs.common.contracts.access_messages import SignInRefused, UserSignedIn
from libs.common.contracts.messages import ChannelCreated
from libs.common.domain.access.lock_out import key_of_name
from libs.common.domain.access.people import User
from libs.common.domain.access.sessions import SignInFailures
from libs.common.domain.channel import ChannelKey, Privacy
from libs.common.domain.system_settings import SystemSettings
from tests.support.people import a_user
from tests.support.records import NOON, a_channel, minutes_on
from tests.unit.api.harness import QUICK_HASHER, Api

PASSWORD = "a password for tests"
HASH = QUICK_HASHER.hash(PASSWORD)


async def with_user(api: Api, name: str = "ann", **changes: object) -> User:
    """Store a user who signs in with PASSWORD."""
    user = a_user(name, **({"password_hash": HASH} | changes))
    assert await api.records.users.add(user)
    return user


async def log_in(api: Api, name: str = "ann", password: str = PASSWORD) -> Any:
    """Sign a program in."""
    return await api.client.post("/api/auth/login", json={"username": name, "password": password})


async def as_holder(api: Api, token: str, method: str = "GET", path: str = "/api/account") -> Any:
    """Send a request with a JWT."""
    return await api.client.request(method, path, headers={"Authorization": f"Bearer {token}"})


async def in_browser(api: Api, **headers: str) -> Any:
    """Sign a browser in; the client keeps the cookie."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"username": "ann", "password": PASSWORD}
    return await api.client.post("/api/auth/session", json=body, headers=sent)


def payload_of(jwt: str) -> Mapping[str, Any]:
    """Read a JWT as the incumbent's client does: plain base64, not base64url."""
    part = jwt.split(".")[1]
    found: Mapping[str, Any] = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), validate=True))
    return found


async def test_a_password_gives_a_token_that_lets_in(api: Api) -> None:
    """And says in its payload what the incumbent's client looks for."""
    await with_user(api, roles=("admin",))

    answer = await log_in(api)

    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    claims = payload_of(body["token"])
    assert claims["realm_access"]["roles"] == ["admin"]
    assert (claims["preferred_username"], claims["sub"]) == ("ann", "id-of-ann")
    account = await as_holder(api, body["token"])
    assert account.status_code == 200
    assert account.json()["username"] == "ann"


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "another password"), ("bob", PASSWORD), ("carl", PASSWORD), ("ann", "\ud800")]
)
async def test_what_is_wrong_is_not_said(api: Api, name: str, password: str) -> None:
    """A wrong password, a name that is nobody's, and a user without a password are answered the same."""
    await with_user(api)
    await with_user(api, "carl", password_hash=None)

    answer = await log_in(api, name, password) if password.isprintable() else await _log_in_raw(api, name)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "the user name or the password is wrong"


async def _log_in_raw(api: Api, name: str) -> Any:
    body = f'{{"username": "{name}", "password": "\\u00ff wrong"}}'.encode()
    return await api.client.post("/api/auth/login", content=body, headers={"content-type": "application/json"})


async def test_who_is_disabled_is_told_so_with_the_right_password_alone(api: Api) -> None:
    """Others must not learn who there is."""
    await with_user(api, is_disabled=True)

    right, wrong = await log_in(api), await log_in(api, password="another password")

    assert (right.status_code, wrong.status_code) == (401, 401)
    assert "disabled" in right.json()["detail"]
    assert "disabled" not in wrong.json()["detail"]


async def test_a_sign_in_is_told(api: Api) -> None:
    """The audit trail has it, and the user shows when it was."""
    await with_user(api)

    await log_in(api)

    (told,) = api.said(UserSignedIn)
    assert isinstance(told, UserSignedIn)
    assert (told.user, told.way) == ("ann", "password")
    found = await api.records.users.find("ann")
    assert found is not None
    assert found.last_sign_in_at == NOON


async def test_an_old_hash_is_made_anew(api: Api) -> None:
    """Parameters that are raised protect those who sign in from then on."""
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    await with_user(api, password_hash=old)

    assert (await log_in(api)).status_code == 200

    found = await api.records.users.find("ann")
    assert found is not None
    assert found.password_hash != old
    assert QUICK_HASHER.verify(str(found.password_hash), PASSWORD)


async def test_too_many_failures_make_a_pause(api: Api) -> None:
    """The right password is refused as well, a name that nobody has is treated the same, and it is told once."""
    await with_user(api)
    for name in ("ann", "nobody"):
        answers = [await log_in(api, name, "wrong again") for _ in range(6)]

        assert [it.status_code for it in answers] == [401] * 5 + [429]
        assert answers[-1].headers["Retry-After"] == "30"
    right = await log_in(api)
    assert right.status_code == 429
    assert right.json()["code"] == "too_many_attempts"
    told = [it for it in api.said(SignInRefused) if isinstance(it, SignInRefused)]
    assert [(it.user, it.failures, it.locked_s) for it in told] == [("ann", 5, 30), (None, 5, 30)]


async def test_an_address_has_its_own_count(api: Api) -> None:
    """Trying one password with many names does not go round the pause."""
    answers = [await log_in(api, f"user{number}") for number in range(21)]

    assert [it.status_code for it in answers] == [401] * 20 + [429]


async def test_the_password_within_the_tries_begins_the_count_anew(api: Api) -> None:
    """People mistype."""
    await with_user(api)
    for _ in range(4):
        await log_in(api, password="mistyped it")
    assert (await log_in(api)).status_code == 200

    assert [(await log_in(api, password="mistyped it")).status_code for _ in range(4)] == [401] * 4


async def test_a_pause_ends(api: Api) -> None:
    """What was locked until a moment ago is open."""
    user = await with_user(api)
    attempts = api.records.sign_in_attempts

    await attempts.failed(key_of_name(user.name), at=minutes_on(-5))
    await attempts.lock(key_of_name(user.name), until=minutes_on(-1))

    assert (await log_in(api)).status_code == 200
    found = await attempts.get(key_of_name(user.name))
    assert isinstance(found, SignInFailures)
    assert found.count == 0


async def test_a_flood_of_guesses_gets_hardly_more_than_the_tries(api: Api) -> None:
    """Those that wait in line see the pause that the first ones make."""
    await with_user(api)

    answers = await asyncio.gather(*(log_in(api, password="guess after guess") for _ in range(40)))

    refused = [it.status_code for it in answers]
    assert set(refused) == {401, 429}
    assert 5 <= refused.count(401) <= 6


async def test_a_refresh_token_is_good_for_one_renewal(api: Api) -> None:
    """Shown again it ends the sign-in, for whoever holds the next one as well."""
    await with_user(api)
    first = (await log_in(api)).json()

    second = await api.client.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert (await as_holder(api, second.json()["token"])).status_code == 200
    again = await api.client.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 401
    robbed = await api.client.post("/api/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
    assert robbed.status_code == 401
    assert (await as_holder(api, second.json()["token"])).status_code == 401


@pytest.mark.parametrize("by", ["token", "refresh_token"])
async def test_who_signs_out_is_out(api: Api, by: str) -> None:
    """The JWT is refused though its time has not come, and so is the refresh token."""
    await with_user(api)
    grant = (await log_in(api)).json()

    if by == "token":
        answer = await as_holder(api, grant["token"], "POST", "/api/auth/logout")
    else:
        answer = await api.client.post("/api/auth/logout", json={"refresh_token": grant["refresh_token"]})

    assert answer.status_code == 204
    assert (await as_holder(api, grant["token"])).status_code == 401
    renewed = await api.client.post("/api/auth/refresh", json={"refresh_token": grant["refresh_token"]})
    assert renewed.status_code == 401


async def test_signing_out_without_having_signed_in_is_refused(api: Api) -> None:
    """Nothing was shown, or a token, which is no sign-in; a body must be what it should."""
    assert (await api.client.post("/api/auth/logout")).status_code == 401
    assert (await api.client.post("/api/auth/logout", content=b"[1]")).status_code == 400


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"sessions_valid_from": minutes_on(1)}])
async def test_a_change_of_the_user_ends_what_was_given(api: Api, change: dict[str, object]) -> None:
    """JWT, refresh token and cookie alike."""
    user = await with_user(api)
    grant = (await log_in(api)).json()
    await in_browser(api)

    await api.records.users.update(user.id, change)

    assert (await as_holder(api, grant["token"])).status_code == 401
    assert (await api.client.get("/api/auth/session")).status_code == 401
    renewed = await api.client.post("/api/auth/refresh", json={"refresh_token": grant["refresh_token"]})
    assert renewed.status_code == 401


async def test_a_browser_gets_a_cookie_that_no_script_reads(api: Api) -> None:
    """And a word that its own pages send with each change."""
    await with_user(api)

    answer = await in_browser(api)

    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("tain_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    shown = await api.client.get("/api/auth/session")
    assert shown.json() == answer.json()
    assert (shown.json()["username"], shown.json()["roles"]) == ("ann", ["author"])


async def test_by_https_the_cookie_is_for_https_alone(api: Api) -> None:
    """A page that is asked by http must not give it away."""
    await with_user(api)

    answer = await api.client.post(
        "https://testserver.local/api/auth/session", json={"username": "ann", "password": PASSWORD}
    )

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"x-csrf-token": "wrong"}, 403),
        ({"x-csrf-token": "CSRF"}, 201),
        ({"x-csrf-token": "CSRF", "origin": "http://testserver.local"}, 201),
        ({"x-csrf-token": "CSRF", "sec-fetch-site": "same-origin"}, 201),
        ({"x-csrf-token": "CSRF", "origin": "https://evil.example"}, 403),
        ({"x-csrf-token": "CSRF", "origin": "null"}, 403),
        ({"x-csrf-token": "CSRF", "origin": "http://[broken"}, 403),
        ({"x-csrf-token": "CSRF", "sec-fetch-site": "same-site"}, 403),
        ({"x-csrf-token": "CSRF", "sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_only_our_own_pages_change_anything_by_cookie(api: Api, headers: dict[str, str], status: int) -> None:
    """Another site's page can make the browser send the cookie, but has neither the word nor our origin."""
    await with_user(api)
    csrf = (await in_browser(api)).json()["csrf_token"]
    sent = {name: csrf if value == "CSRF" else value for name, value in headers.items()}

    answer = await api.client.post("/api/channels", json={"name": "main"}, headers=sent)

    assert answer.status_code == status


async def test_a_browser_signs_out(api: Api) -> None:
    """The cookie is taken back and worth nothing, wherever it was copied to; again is a no-op."""
    await with_user(api)
    csrf = (await in_browser(api)).json()["csrf_token"]
    cookie = api.client.cookies["tain_session"]

    assert (await api.client.delete("/api/auth/session")).status_code == 403
    answer = await api.client.delete("/api/auth/session", headers={"x-csrf-token": csrf})

    assert answer.status_code == 204
    assert "tain_session=" in answer.headers["set-cookie"]
    copied = await api.client.get("/api/account", headers={"cookie": f"tain_session={cookie}"})
    assert copied.status_code == 401
    assert (await api.client.delete("/api/auth/session")).status_code == 204
    assert (await api.client.get("/api/auth/session")).status_code == 401


async def test_another_site_can_t_sign_a_browser_in(api: Api) -> None:
    """As somebody else, so that what its user does next is theirs."""
    await with_user(api)

    assert (await in_browser(api, origin="https://evil.example")).status_code == 403
    assert (await in_browser(api, sec_fetch_site="cross-site")).status_code == 403


async def test_a_refresh_token_is_no_cookie(api: Api) -> None:
    """It would go round the word that changes by cookie need."""
    await with_user(api)
    grant = (await log_in(api)).json()

    answer = await api.client.get("/api/account", headers={"cookie": f"tain_session={grant['refresh_token']}"})

    assert answer.status_code == 401


async def test_methods_tell_that_passwords_are_taken(api: Api) -> None:
    """And there is no provider to be sent to."""
    assert (await api.client.get("/api/auth/methods")).json() == {"mode": "local", "password": True, "oidc": None}
    assert (await api.client.get("/api/auth/authorize")).status_code == 404


@pytest.mark.parametrize(
    ("name", "key"), [("ann", "ann"), ("Ann.Lee@example.org", "ann_lee"), ("noarch", None), ("7up", None)]
)
async def test_the_first_sign_in_makes_a_channel_of_one_s_own(api: Api, name: str, key: str | None) -> None:
    """Under the part of the name that channels can have; private, and once."""
    user = await with_user(api, name)

    assert (await log_in(api, name)).status_code == 200
    assert (await log_in(api, name)).status_code == 200

    found = await api.records.users.get(user.id)
    assert found is not None
    assert found.default_channel == key
    made = await api.records.channels.list()
    assert [it.key for it in made] == ([] if key is None else [key])
    assert len(api.said(ChannelCreated)) == len(made)
    assert all((it.owners, it.privacy) == ((name,), Privacy.PRIVATE) for it in made)


async def test_somebody_else_s_channel_is_not_taken(api: Api) -> None:
    """Whose name it has chooses another one; what was begun and broken off is taken up again."""
    await with_user(api)
    await with_user(api, "bob")
    await api.holds(a_channel("ann", owners=("carl",)), a_channel("bob", owners=("bob",)))

    await log_in(api)
    await log_in(api, "bob")

    ann, bob = await api.records.users.find("ann"), await api.records.users.find("bob")
    assert ann is not None
    assert bob is not None
    assert (ann.default_channel, bob.default_channel) == (None, ChannelKey("bob"))


@pytest.mark.parametrize("why", ["switched off", "no role"])
async def test_no_channel_is_made_where_it_should_not(api: Api, why: str) -> None:
    """An operator switched it off, or who signs in may make none."""
    await with_user(api, roles=() if why == "no role" else ("author",))
    if why == "switched off":
        await api.records.settings.change(SystemSettings(number=1, user_channel_autocreate=False))

    assert (await log_in(api)).status_code == 200

    assert await api.records.channels.list() == []
