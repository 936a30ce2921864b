"""Tokens of people: made, listed, given new values, revoked; and what lets them in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.access_messages import TokenChanged
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import ChannelKey, Privacy
from libs.common.domain.errors import InvalidInput
from services.api.tokens.read_resources import read_resources
from services.api.tokens.token_ends import end_of_token, shown_end
from tests.support.people import a_group, a_token, a_user
from tests.support.records import NOON, a_channel, minutes_on
from tests.unit.api.harness import Api
from tests.unit.api.test_signing_in import log_in, with_user


class SignedIn:
    """Somebody who signed in."""

    def __init__(self, api: Api, jwt: str) -> None:
        self._api = api
        self.headers = {"Authorization": f"Bearer {jwt}"}

    async def ask(self, method: str, path: str, json: Any = None) -> Any:
        """Send a request as them."""
        return await self._api.client.request(method, path, json=json, headers=self.headers)

    async def makes(self, name: str = "ci", **wish: Any) -> Any:
        """Make a token, which views channels unless something else is wished."""
        what = wish if {"scopes", "resources"} & wish.keys() else {"scopes": ["channel:view"]} | wish
        return await self.ask("POST", "/api/account/tokens", {"name": name, **what})


async def signed_in(api: Api, name: str = "ann", **changes: object) -> SignedIn:
    """Store a user and sign them in."""
    await with_user(api, name, **changes)
    return SignedIn(api, (await log_in(api, name)).json()["token"])


async def by_token(api: Api, token: str, path: str = "/api/account", method: str = "GET") -> Any:
    """Send a request with an opaque token."""
    return await api.client.request(method, path, headers={"X-Auth": token})


async def test_a_token_lets_in_and_is_shown_once(api: Api) -> None:
    """48 hexadecimal digits; only their sha256 is kept."""
    ann = await signed_in(api)

    made = await ann.makes(expires_at="2026-06-16")

    assert made.status_code == 200
    body = made.json()
    assert set(body) == {"token", "id"}
    assert len(bytes.fromhex(body["token"])) == 24
    assert (await by_token(api, body["token"])).json()["username"] == "ann"
    listed = (await ann.ask("GET", "/api/account/tokens")).json()
    assert listed["items"] == [
        {
            "id": body["id"],
            "name": "ci",
            "metadata": None,
            "type": "scope",
            "created_at": "2026-05-17T12:00:00.123000+00:00",
            "expires_at": "2026-06-16",
            "scopes": ["channel:view"],
            "resources": [],
        }
    ]
    kept = await api.records.access_tokens.get(body["id"])
    assert body["token"] not in repr(kept)
    assert (await by_token(api, body["token"], "/api/account/token-info")).json() == {"expires_at": "2026-06-16"}


async def test_what_becomes_of_a_token_is_told(api: Api) -> None:
    """Made, given a new value, revoked: by whom, and of whom."""
    ann = await signed_in(api)
    made = (await ann.makes()).json()
    await ann.ask("PUT", f"/api/account/tokens/{made['id']}", {})
    await ann.ask("DELETE", f"/api/account/tokens/{made['id']}")

    told = [it for it in api.said(TokenChanged) if isinstance(it, TokenChanged)]
    assert [it.change for it in told] == ["created", "updated", "revoked"]
    assert {(it.user, it.by, it.name) for it in told} == {("ann", "ann", "ci")}


async def test_a_new_value_takes_the_place_of_the_old_one(api: Api) -> None:
    """With an empty body it lasts as long as the old one did, from now on."""
    ann = await signed_in(api)
    made = (await ann.makes(expires_at="2026-06-16")).json()
    await api.records.access_tokens.update(
        made["id"], {"created_at": NOON - timedelta(days=10), "expires_at": datetime.fromisoformat("2026-05-20T00:00Z")}
    )

    renewed = await ann.ask("PUT", f"/api/account/tokens/{made['id']}", {})

    assert renewed.status_code == 200
    assert renewed.json()["id"] == made["id"]
    assert (await by_token(api, made["token"])).status_code == 401
    info = await by_token(api, renewed.json()["token"], "/api/account/token-info")
    assert info.json() == {"expires_at": "2026-05-29"}


async def test_a_revoked_token_is_refused(api: Api) -> None:
    """And is not there any more; nobody else's is."""
    ann, bob = await signed_in(api), await signed_in(api, "bob")
    made = (await ann.makes()).json()
    path = f"/api/account/tokens/{made['id']}"

    assert (await bob.ask("DELETE", path)).status_code == 404
    assert (await bob.ask("PUT", path, {})).status_code == 404
    assert (await ann.ask("DELETE", path)).status_code == 204
    assert (await ann.ask("DELETE", path)).status_code == 404
    answer = await by_token(api, made["token"])
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


async def test_an_ended_token_is_told_so(api: Api) -> None:
    """Its holder learns what to do."""
    await with_user(api)
    await api.records.access_tokens.add(a_token(value="a" * 48, expires_at=minutes_on(-1)))

    answer = await by_token(api, "a" * 48)

    assert answer.status_code == 401
    assert "'ci' ended on 2026-05-17" in answer.json()["detail"]


async def test_the_tokens_of_who_is_disabled_are_refused(api: Api) -> None:
    """At once, and with the reason."""
    ann = await signed_in(api)
    made = (await ann.makes()).json()

    await api.records.users.update("id-of-ann", {"is_disabled": True})

    answer = await by_token(api, made["token"])
    assert answer.status_code == 401
    assert "disabled" in answer.json()["detail"]


async def test_one_valid_credential_is_enough(api: Api) -> None:
    """Conda sends the host's netrc entry with a token in the path."""
    ann = await signed_in(api)
    made = (await ann.makes()).json()

    sent = {"X-Auth": "0" * 48, "Authorization": f"Bearer {made['token']}"}
    assert (await api.client.get("/api/account", headers=sent)).status_code == 200


async def test_tokens_are_managed_by_who_signed_in(api: Api) -> None:
    """Who holds a token must not make others of it, or see what there is."""
    ann = await signed_in(api)
    token = (await ann.makes()).json()["token"]

    for method, path in (("GET", ""), ("POST", ""), ("PUT", "/x"), ("DELETE", "/x")):
        answer = await by_token(api, token, f"/api/account/tokens{path}", method)
        assert answer.status_code in (400, 403), (method, path)
    answer = await by_token(api, token, "/api/account/tokens")
    assert answer.status_code == 403
    assert "sign-in" in answer.json()["detail"]
    assert (await api.client.get("/api/account/scopes", headers={"Authorization": "Bearer None"})).status_code == 401


async def test_scopes_are_those_that_one_has(api: Api) -> None:
    """An author's are none of mirrors and CVEs; others can't be given."""
    ann = await signed_in(api)

    scopes = (await ann.ask("GET", "/api/account/scopes")).json()["scopes"]

    assert {"channel:create", "subchannel:view-artifacts", "artifact:delete", "channel.default-channel:edit"} <= {
        *scopes
    }
    assert not [it for it in scopes if "mirror" in it or it.startswith("cve")]
    refused = await ann.makes(scopes=["channel:view", "channel.mirror:edit"])
    assert refused.status_code == 400
    assert "channel.mirror:edit" in refused.json()["detail"]
    assert (await ann.makes("all", scopes=scopes)).status_code == 200


async def test_a_scope_token_does_what_its_scopes_say(api: Api) -> None:
    """And nothing else that its owner may do."""
    ann = await signed_in(api)
    await api.holds(a_channel("main", privacy=Privacy.PRIVATE, owners=("ann",)))
    token = (await ann.makes(scopes=["channel:view"])).json()["token"]

    assert (await by_token(api, token, "/api/channels/main")).status_code == 200
    assert (await by_token(api, token, "/api/channels/main", "DELETE")).status_code == 403


@pytest.mark.parametrize(
    "resources",
    [
        [{"channel": "main", "subchannel": "stage", "level": "read"}],
        [{"name": "main/stage", "level": "read"}],
        [{"channel": "main/stage", "level": "read"}],
        {"main/stage": "read"},
    ],
)
async def test_a_resource_token_opens_its_channels(api: Api, resources: Any) -> None:
    """However it is written; it is listed in one form, and opens no other channel."""
    ann = await signed_in(api)
    await api.holds(
        a_channel("main", privacy=Privacy.PRIVATE, owners=("ann",)),
        a_channel("main/stage", privacy=Privacy.PRIVATE, owners=("ann",)),
    )

    token = (await ann.makes(resources=resources)).json()["token"]

    assert (await by_token(api, token, "/api/channels/main/subchannels/stage")).status_code == 200
    assert (await by_token(api, token, "/api/channels/main")).status_code in (403, 404)
    (listed,) = (await ann.ask("GET", "/api/account/tokens")).json()["items"]
    assert listed["type"] == "resource"
    assert listed["resources"] == [{"channel": "main", "subchannel": "stage", "level": "read"}]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"scopes": ["channel:view"], "resources": {"main": "read"}}, "send scopes, or resources"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["no:such"]}, "no:such"),
        ({"resources": []}, "which channels"),
        ({"resources": {"none": "read"}}, "there is no channel none"),
        ({"resources": {"hidden": "read"}}, "there is no channel hidden"),
        ({"resources": {"open": "manage"}}, "can't give manage on open, where you have read"),
        ({"resources": {"open": "none"}}, "read, write, manage"),
        ({"resources": {"A B": "read"}}, "no channel's name"),
        ({"resources": [{"channel": "open", "level": "read"}, {"name": "open", "level": "read"}]}, "twice"),
        ({"resources": [{"level": "read"}]}, "write the channels as"),
        ({"expires_at": "2026-05-16"}, "has passed"),
        ({"expires_at": "2126-05-16"}, "at most 3650 days"),
        ({"expires_at": "soon"}, "must be a day"),
        ({"name": "a/b"}, "no slash"),
        ({"name": " "}, "no blank"),
    ],
)
async def test_what_can_t_be_is_refused_in_words(api: Api, wish: dict[str, Any], says: str) -> None:
    """And says what to send."""
    ann = await signed_in(api)
    await api.holds(a_channel("hidden", privacy=Privacy.PRIVATE), a_channel("open", privacy=Privacy.PUBLIC))

    answer = await ann.makes(**wish)

    assert answer.status_code == 400
    assert says in answer.json()["detail"]


async def test_a_name_is_one_token_s(api: Api) -> None:
    """The second one is told what to do."""
    ann = await signed_in(api)

    assert (await ann.makes()).status_code == 200
    assert (await ann.makes()).status_code == 409


async def test_groups_count_for_tokens_too(api: Api) -> None:
    """What a group opens its members' tokens open, until they leave it."""
    await api.records.groups.add(a_group(roles=()))
    ann = await signed_in(api, groups=("team",))
    await api.holds(a_channel("main", privacy=Privacy.PRIVATE, groups={"team": Level.READ}))
    token = (await ann.makes()).json()["token"]

    assert (await by_token(api, token, "/api/channels/main")).status_code == 200
    assert [it["name"] for it in (await ann.ask("GET", "/api/account/channels")).json()["items"]] == ["ann", "main"]
    await api.records.users.update("id-of-ann", {"groups": ()})
    assert (await by_token(api, token, "/api/channels/main")).status_code == 404


async def test_the_administrator_s_token_acts_for_the_user_admin(api: Api) -> None:
    """Scripts that know the file alone can make tokens; where there is no such user they are told."""
    wish = {"name": "ci", "scopes": ["channel:view"]}
    assert (await api.ask("POST", "/api/account/tokens", json=wish)).status_code == 409
    assert (await api.ask("GET", "/api/account/tokens")).json() == {"total_count": 0, "items": []}

    await api.records.users.add(a_user("admin", roles=("admin",)))

    assert (await api.ask("POST", "/api/account/tokens", json=wish)).status_code == 200
    assert (await api.ask("GET", "/api/account")).json()["user_id"] == "id-of-admin"


async def test_the_default_channel_is_chosen(api: Api) -> None:
    """Among those that one may put packages into; null for none."""
    ann = await signed_in(api)
    await api.holds(a_channel("team", owners=("ann",)), a_channel("open"), a_channel("hidden", privacy=Privacy.PRIVATE))

    async def choose(name: str | None) -> Any:
        return await ann.ask("PUT", "/api/account", {"default_channel_name": name})

    assert (await ann.ask("GET", "/api/account")).json()["default_channel_name"] == "ann"
    assert (await choose("team")).json()["default_channel_name"] == "team"
    assert "may not put" in (await choose("open")).json()["detail"]
    assert "there is no channel" in (await choose("hidden")).json()["detail"]
    assert (await choose("A B")).status_code == 400
    assert (await ann.ask("GET", "/api/account")).json()["default_channel_name"] == "team"
    assert (await choose(None)).json()["default_channel_name"] is None


async def test_a_password_is_changed_by_who_knows_it(api: Api) -> None:
    """All other sign-ins end; this one goes on."""
    ann = await signed_in(api)
    other = SignedIn(api, (await log_in(api)).json()["token"])

    async def change(old: str, new: str) -> int:
        answer = await ann.ask("PUT", "/api/account/password", {"old_password": old, "new_password": new})
        return int(answer.status_code)

    assert await change("not my password", "another password") == 401
    assert await change("a password for tests", "short") == 400
    assert await change("a password for tests", "another password") == 204

    assert (await ann.ask("GET", "/api/account")).status_code == 200
    assert (await other.ask("GET", "/api/account")).status_code == 401
    assert (await log_in(api)).status_code == 401
    assert (await log_in(api, password="another password")).status_code == 200


@given(st.dates(min_value=NOON.date(), max_value=NOON.date() + timedelta(days=3650)))
def test_a_day_is_shown_as_it_was_sent(day: Any) -> None:
    """The token is good to its end, in UTC."""
    end = end_of_token(day.isoformat(), now=NOON, max_days=3650)

    assert shown_end(end) == day.isoformat()
    assert end.date() == day + timedelta(days=1)


_LEVELS = st.sampled_from(["read", "write", "manage"])
_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(/[a-z][a-z0-9_]{0,8})?", fullmatch=True)


@given(st.dictionaries(_NAMES, _LEVELS, min_size=1, max_size=5))
def test_all_forms_of_resources_mean_the_same(wish: dict[str, str]) -> None:
    """A list of parts, a list of names, one object; or none of them."""
    parts = [
        {"channel": name.partition("/")[0], "subchannel": name.partition("/")[2] or None, "level": level}
        for name, level in wish.items()
    ]
    names = [{"name": name, "level": level} for name, level in wish.items()]

    try:
        read = read_resources(wish)
    except InvalidInput:
        for form in (parts, names):
            with pytest.raises(InvalidInput):
                read_resources(form)
        return

    assert read == {ChannelKey(name): Level(level) for name, level in wish.items()}
    assert read_resources(parts) == read_resources(names) == read


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=8), _JSON, max_size=3)
    | st.lists(st.dictionaries(st.sampled_from(["channel", "name", "subchannel", "level"]), _JSON), max_size=3)
)
def test_whatever_is_sent_as_resources_is_read_or_refused(wish: Any) -> None:
    """Never broken by it."""
    try:
        read = read_resources(wish)
    except InvalidInput:
        with pytest.raises(InvalidInput, match=r"\w"):
            read_resources(wish)
    else:
        assert all(level >= Level.READ for level in read.values())
