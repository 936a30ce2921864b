"""Users, roles and groups by REST: what is made, changed and refused, and what is said of it."""

from typing import Any

import pytest

from libs.common.contracts.access_messages import GroupChanged, RoleChanged, UserChanged
from libs.common.contracts.messages import ChannelUpdated
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.people import UserKind
from libs.common.domain.access.roles import ADMIN, AUTHOR, PRESETS, Rights
from libs.common.domain.channel import ChannelKey, Privacy
from tests.support.callers import AT_THE_HARNESS
from tests.support.identities import FakeAccess, an_identity, by_scopes, with_levels
from tests.support.people import a_group, a_role, a_session, a_token, a_user
from tests.support.records import a_channel
from tests.unit.api.harness import Api

ROOT = an_identity("root", ADMIN)
HELPDESK = with_levels(an_identity("helen", AUTHOR), {Category.USERS: Level.MANAGE, Category.ROLES: Level.MANAGE})
ASKING = {"root": ROOT, "helen": HELPDESK, "narrow": by_scopes(ROOT, "user:edit", "user:view", "role:edit")}
BY: dict[str, Any] = {"by": "root", "by_address": AT_THE_HARNESS}


@pytest.fixture
def people(api: Api) -> Api:
    """Return the API for those who manage people."""
    api.ports.access = FakeAccess(ASKING)
    return api


async def ask(api: Api, method: str, path: str, body: Any = None, *, by: str = "root") -> Any:
    """Send one request of somebody."""
    return await api.client.request(method, f"/api{path}", json=body, headers={"X-Auth": by})


async def holds_administrator(api: Api, name: str = "root") -> None:
    """Have somebody who may do everything."""
    assert await api.records.users.add(a_user(name, roles=(ADMIN,)))


async def test_a_user_is_made_shown_and_listed(people: Api) -> None:
    """Without roles they are an author; what they sign in by is never shown, nor told."""
    made = await ask(people, "POST", "/users", {"username": "ann", "password": "correct horse", "email": "a@b.example"})

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "username": "ann",
        "kind": "person",
        "email": "a@b.example",
        "roles": ["author"],
        "groups": [],
        "is_disabled": False,
        "signs_in_by": "password",
        "created": "2026-05-17T12:00:00.123000+00:00",
        "last_sign_in": None,
    }
    assert (await ask(people, "GET", "/users/ann")).json() == made.json()
    assert (await ask(people, "GET", "/users?limit=1")).json() == {"total_count": 1, "items": [made.json()]}
    assert people.bus.said == [UserChanged(user_id=made.json()["id"], user="ann", change="created", **BY)]
    stored = await people.records.users.find("ann")
    assert stored is not None
    assert stored.password_hash is not None
    assert "horse" not in stored.password_hash


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "-x"}, "username"),
        ({"username": "service-account-channel-main"}, "username"),
        ({"username": "ann", "password": "short"}, "password"),
        ({"username": "ann", "roles": ["nobody-knows"]}, "roles"),
        ({"username": "ann", "roles": ["everyone"]}, "roles"),
        ({"username": "ann", "groups": ["nobody-knows"]}, "groups"),
    ],
)
async def test_what_no_user_can_be_is_refused(people: Api, body: dict[str, object], field: str) -> None:
    """With the field at fault, and nothing stored."""
    answer = await ask(people, "POST", "/users", body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert await people.records.users.list() == []


async def test_a_name_is_one_user_s(people: Api) -> None:
    """Names stand in owners and in the audit trail."""
    await ask(people, "POST", "/users", {"username": "ann"})

    assert (await ask(people, "POST", "/users", {"username": "ann"})).status_code == 409


async def test_a_user_is_changed_and_what_is_left_out_stays(people: Api) -> None:
    """Said are the names of what changed; the same again says nothing."""
    await people.records.groups.add(a_group("team"))
    await people.records.users.add(a_user("ann", email="a@b.example"))
    body = {"roles": ["admin"], "groups": ["team"]}
    for _ in range(2):
        answer = await ask(people, "PUT", "/users/ann", body)

        assert answer.status_code == 200
        assert (answer.json()["roles"], answer.json()["groups"]) == (["admin"], ["team"])
        assert answer.json()["email"] == "a@b.example"
    assert people.bus.said == [
        UserChanged(user_id="id-of-ann", user="ann", change="updated", fields=("groups", "roles"), **BY),
        GroupChanged(group="team", change="user_added", user="ann", **BY),
    ]


@pytest.mark.parametrize("body", [{"password": "correct horse"}, {"is_disabled": True}], ids=["password", "disabled"])
async def test_a_new_password_and_disabling_end_sign_ins(people: Api, body: dict[str, object]) -> None:
    """Whoever knew the old one is out."""
    await holds_administrator(people)
    await people.records.users.add(a_user("ann"))
    await people.records.sessions.add(a_session())

    assert (await ask(people, "PUT", "/users/ann", body)).status_code == 200

    changed = await people.records.users.find("ann")
    assert changed is not None
    assert changed.sessions_valid_from is not None
    assert await people.records.sessions.get("id-of-secret") is None


async def test_names_do_not_change_and_strangers_are_not_found(people: Api) -> None:
    """And a provider's users have no password here."""
    await people.records.users.add(a_user("ann", issuer="https://sso.example", subject="1"))

    assert (await ask(people, "PUT", "/users/ann", {"username": "bob"})).status_code == 400
    assert (await ask(people, "PUT", "/users/ann", {"password": "correct horse"})).status_code == 400
    for method in ("GET", "PUT", "DELETE"):
        assert (await ask(people, method, "/users/nobody", {} if method == "PUT" else None)).status_code == 404
    assert people.bus.said == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users", {"username": "new", "roles": ["admin"]}),
        ("POST", "/users", {"username": "new", "groups": ["admins"]}),
        ("PUT", "/users/ann", {"roles": ["admin"]}),
        ("PUT", "/users/ann", {"groups": ["admins"]}),
        ("PUT", "/users/root", {"password": "correct horse"}),
        ("PUT", "/users/root", {"is_disabled": True}),
        ("PUT", "/users/root", {"roles": []}),
        ("DELETE", "/users/root", None),
        ("DELETE", "/users/root/tokens/id-of-root-ci", None),
        ("PUT", "/groups/admins/members/ann", None),
        ("DELETE", "/groups/admins/members/root", None),
        ("PUT", "/groups/admins", {"roles": []}),
        ("PUT", "/groups/team", {"roles": ["admin"]}),
        ("DELETE", "/groups/admins", None),
        ("POST", "/groups", {"name": "more", "roles": ["admin"]}),
        ("POST", "/roles", {"name": "more", "levels": {"system": "read"}}),
        ("POST", "/roles", {"name": "more", "all_channels": "read"}),
        ("PUT", "/roles/helper", {"levels": {"channel.mirror": "write"}}),
        ("PUT", "/roles/operator", {"levels": {}}),
        ("DELETE", "/roles/operator", None),
    ],
)
@pytest.mark.parametrize("by", ["helen", "narrow"])
async def test_nobody_gives_or_takes_what_they_do_not_have(
    people: Api, method: str, path: str, body: Any, by: str
) -> None:
    """Neither by a role, a group, a password, nor by a token that carries less than its owner has."""
    await people.records.roles.add(a_role("helper"))
    await people.records.roles.add(a_role("operator", rights=Rights(levels={Category.SYSTEM: Level.READ})))
    await people.records.groups.add(a_group("admins", roles=(ADMIN,)))
    await people.records.groups.add(a_group("team"))
    for user in (a_user("root", roles=(ADMIN,), groups=("admins",)), a_user("other", roles=(ADMIN,)), a_user("ann")):
        await people.records.users.add(user)
    await people.records.access_tokens.add(a_token(of="root"))

    answer = await ask(people, method, path, body, by=by)

    assert answer.status_code == 403, answer.text
    assert people.bus.said == []


async def test_who_manages_people_changes_those_with_no_more_rights(people: Api) -> None:
    """The refusal names what is missing."""
    await people.records.users.add(a_user("ann"))

    assert (await ask(people, "PUT", "/users/ann", {"email": "a@b.example"}, by="helen")).status_code == 200
    assert (await ask(people, "POST", "/users", {"username": "bob"}, by="helen")).status_code == 201
    refused = await ask(people, "POST", "/users", {"username": "carl", "roles": ["admin"]}, by="helen")
    assert "channel.mirror: manage" in refused.json()["detail"]
    assert "all channels: manage" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/users/root", {"is_disabled": True}),
        ("PUT", "/users/root", {"groups": []}),
        ("DELETE", "/users/root", None),
        ("DELETE", "/groups/admins/members/root", None),
        ("PUT", "/groups/admins", {"roles": ["author"]}),
        ("PUT", "/roles/everything", {"all_channels": "read"}),
    ],
)
async def test_the_last_administrator_stays(people: Api, method: str, path: str, body: Any) -> None:
    """Whatever makes them one; with another one the same is done."""
    everything = PRESETS[ADMIN].rights
    await people.records.roles.add(a_role("everything", rights=everything))
    await people.records.groups.add(a_group("admins", roles=("everything",)))
    await people.records.users.add(a_user("root", groups=("admins",)))
    await people.records.users.add(a_user("off", roles=(ADMIN,), is_disabled=True))

    refused = await ask(people, method, path, body)

    assert (refused.status_code, people.bus.said) == (409, [])
    await holds_administrator(people, "second")
    assert (await ask(people, method, path, body)).status_code in (200, 204)


async def test_a_user_goes_with_tokens_and_sign_ins_and_the_name_owns_nothing(people: Api) -> None:
    """Who is called so later gets nothing of it."""
    await holds_administrator(people)
    for user in (a_user("ann"), a_user("bob")):
        await people.records.users.add(user)
    await people.records.access_tokens.add(a_token())
    await people.records.sessions.add(a_session())
    await people.holds(a_channel("main", owners=("ann",)), a_channel("main/stage", owners=("bob", "ann")))

    refused = await ask(people, "DELETE", "/users/ann")
    gone = await ask(people, "DELETE", "/users/ann?reassign_to=bob")

    assert (refused.status_code, gone.status_code) == (409, 204)
    assert "ann alone owns main;" in refused.json()["detail"]
    assert [user.name for user in await people.records.users.list()] == ["bob", "root"]
    assert await people.records.access_tokens.list("id-of-ann") == []
    assert await people.records.sessions.get("id-of-secret") is None
    for key in ("main", "main/stage"):
        channel = await people.records.channels.get(ChannelKey(key))
        assert channel is not None
        assert channel.owners == ("bob",)
    assert [message.channel for message in people.said(ChannelUpdated)] == ["main", "main/stage"]  # type: ignore[attr-defined]
    assert people.bus.said[-1] == UserChanged(user_id="id-of-ann", user="ann", change="deleted", **BY)


@pytest.mark.parametrize("heir", ["nobody", "ann", "off", "machine"])
async def test_channels_go_to_somebody_who_can_own_them(people: Api, heir: str) -> None:
    """Not to who goes, is disabled, is a machine, or is not there."""
    await people.holds(a_channel("main", owners=("ann",)))
    for user in (a_user("ann"), a_user("off", is_disabled=True), a_user("machine", kind=UserKind.SERVICE)):
        await people.records.users.add(user)

    assert (await ask(people, "DELETE", f"/users/ann?reassign_to={heir}")).status_code in (400, 409)
    assert await people.records.users.find("ann") == a_user("ann")


async def test_a_refusal_tells_of_no_channel_that_one_does_not_see(people: Api) -> None:
    """Nor does one give away channels that one does not manage, oneself among the heirs."""
    for user in (a_user("ann"), a_user("helen")):
        await people.records.users.add(user)
    hidden = a_channel("hidden", owners=("ann",), privacy=Privacy.PRIVATE)
    await people.holds(a_channel("seen", owners=("ann",)), hidden)

    refused = await ask(people, "DELETE", "/users/ann", by="helen")
    taken = await ask(people, "DELETE", "/users/ann?reassign_to=helen", by="helen")

    assert (refused.status_code, taken.status_code) == (409, 403)
    assert "seen and channels that you do not see" in refused.json()["detail"]
    assert "hidden" not in refused.text


async def test_somebody_s_tokens_are_listed_and_revoked(people: Api) -> None:
    """Without values; channels that one may not see are left out."""
    await people.records.users.add(a_user("ann"))
    await people.records.access_tokens.add(a_token())
    await people.records.access_tokens.add(
        a_token("res", scopes=(), resources={ChannelKey("main"): Level.READ, ChannelKey("hidden"): Level.READ})
    )
    await people.holds(a_channel("main"), a_channel("hidden", privacy=Privacy.PRIVATE))

    listed = (await ask(people, "GET", "/users/ann/tokens", by="helen")).json()

    assert [(it["name"], it["scopes"]) for it in listed["items"]] == [("ci", ["channel:view"]), ("res", [])]
    assert listed["items"][1]["resources"] == [{"channel": "main", "level": "read"}]
    assert "hash" not in listed["items"][0]
    assert (await ask(people, "DELETE", "/users/ann/tokens/id-of-ann-ci")).status_code == 204
    assert (await ask(people, "DELETE", "/users/ann/tokens/id-of-ann-ci")).status_code == 404
    assert [token.name for token in await people.records.access_tokens.list("id-of-ann")] == ["res"]


async def test_a_role_is_made_changed_and_deleted(people: Api) -> None:
    """Shown with all categories; who holds it keeps it from being deleted."""
    body = {"name": "curator", "description": "looks at CVEs", "levels": {"cve": "write"}}
    made = await ask(people, "POST", "/roles", body)
    assert made.status_code == 201
    assert made.json()["levels"] == dict.fromkeys(Category, "none") | {"cve": "write"}
    assert (made.json()["all_channels"], made.json()["is_preset"]) == ("none", False)
    assert (await ask(people, "POST", "/roles", body)).status_code == 409
    await people.records.users.add(a_user("ann", roles=("curator",)))
    await people.records.groups.add(a_group("team", roles=("curator",)))

    changed = await ask(people, "PUT", "/roles/curator", {"levels": {"cve": "manage"}})
    kept = await ask(people, "DELETE", "/roles/curator")
    await people.records.users.update("id-of-ann", {"roles": ()})
    await people.records.groups.update("id-of-team", {"roles": ()})
    gone = await ask(people, "DELETE", "/roles/curator")

    assert (changed.json()["levels"]["cve"], changed.json()["description"]) == ("manage", "looks at CVEs")
    assert (kept.status_code, gone.status_code) == (409, 204)
    assert "users ann and groups team" in kept.json()["detail"]
    assert (await ask(people, "GET", "/roles/curator")).status_code == 404
    assert people.bus.said == [
        RoleChanged(role="curator", change=change, **BY) for change in ("created", "updated", "deleted")
    ]


async def test_built_in_roles_stay_as_they_are(people: Api) -> None:
    """They are listed first."""
    await people.records.roles.add(a_role("a-first"))
    listed = (await ask(people, "GET", "/roles")).json()

    assert [role["name"] for role in listed["items"]] == ["everyone", "author", "admin", "a-first"]
    for name in ("everyone", "author", "admin"):
        assert (await ask(people, "PUT", f"/roles/{name}", {"description": "mine"})).status_code == 409
        assert (await ask(people, "DELETE", f"/roles/{name}")).status_code == 409
        assert (await ask(people, "POST", "/roles", {"name": name})).status_code == 400


@pytest.mark.parametrize("body", [{"name": "X"}, {"name": "x", "levels": {"no": "read"}}, {"name": "x", "levels": 1}])
async def test_what_no_role_can_be_is_refused(people: Api, body: dict[str, object]) -> None:
    """Unknown categories and levels too."""
    assert (await ask(people, "POST", "/roles", body)).status_code == 400


async def test_who_still_has_a_role_of_the_name_would_get_the_new_one(people: Api) -> None:
    """It is not made behind their back; nor is a group."""
    await people.records.users.add(a_user("ann", roles=("old",), groups=("old",)))

    assert (await ask(people, "POST", "/roles", {"name": "old"})).status_code == 409
    assert (await ask(people, "POST", "/groups", {"name": "old"})).status_code == 409


async def test_a_group_is_made_filled_and_deleted(people: Api) -> None:
    """Members and channels keep it from being deleted."""
    await people.records.users.add(a_user("ann"))
    made = await ask(people, "POST", "/groups", {"name": "/team a", "roles": ["author"]})
    group = made.json()
    assert (made.status_code, group["name"], group["roles"], group["members"]) == (201, "/team a", ["author"], [])
    for _ in range(2):
        assert (await ask(people, "PUT", f"/groups/{group['id']}/members/ann")).status_code == 204
    assert (await ask(people, "GET", f"/groups/{group['id']}")).json()["members"] == ["ann"]
    assert (await ask(people, "GET", "/groups")).json()["items"][0]["members"] == ["ann"]
    await people.holds(a_channel("main", groups={"/team a": Level.READ}))

    kept = await ask(people, "DELETE", f"/groups/{group['id']}")
    await ask(people, "DELETE", f"/groups/{group['id']}/members/ann")
    at_channel = await ask(people, "DELETE", f"/groups/{group['id']}")
    assert (await ask(people, "DELETE", f"/channels/main/groups/{group['id']}")).status_code == 204
    gone = await ask(people, "DELETE", f"/groups/{group['id']}")

    assert (kept.status_code, at_channel.status_code, gone.status_code) == (409, 409, 204)
    assert "users ann and at main" in kept.json()["detail"]
    said = [(it.change, it.user) for it in people.bus.said if isinstance(it, GroupChanged)]
    assert said == [("created", None), ("user_added", "ann"), ("user_deleted", "ann"), ("deleted", None)]
