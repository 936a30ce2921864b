"""Users, roles and groups by REST: what is made, changed and refused, and what is said of it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from libs.common.adapters.memory.users import MemoryUsers
from libs.common.contracts.access_messages import ChannelGroupChanged, GroupChanged, RoleChanged, UserChanged
from libs.common.contracts.messages import ChannelUpdated
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.people import User, UserKind
from libs.common.domain.access.roles import ADMIN, AUTHOR, PRESETS, Rights
from libs.common.domain.channel import ChannelKey, Privacy
from libs.common.ports.outbox import Unsaid
from tests.support.callers import AT_THE_HARNESS
from tests.support.identities import FakeAccess, an_identity, by_scopes, with_levels
from tests.support.people import a_group, a_role, a_session, a_token, a_user
from tests.support.records import a_channel, a_mirror, a_policy
from tests.unit.api.harness import Api, a_wish

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
    ("query", "names"),
    [
        ("", ["ann", "bob", "service-account-x"]),
        ("?search=AN", ["ann"]),
        ("?search=example.org", ["bob"]),
        ("?search=%20b%20", ["bob"]),
        ("?kind=person", ["ann", "bob"]),
        ("?kind=service&search=x", ["service-account-x"]),
        ("?search=nobody", []),
    ],
)
async def test_users_are_found_by_name_email_and_kind(people: Api, query: str, names: Sequence[str]) -> None:
    """The count is of all that were found."""
    service = a_user("service-account-x", kind=UserKind.SERVICE)
    for user in (a_user("ann", email="a@team.example"), a_user("bob", email="Bob@Example.org"), service):
        await people.records.users.add(user)

    answer = (await ask(people, "GET", f"/users{query}")).json()

    assert (answer["total_count"], [user["username"] for user in answer["items"]]) == (len(names), names)


async def test_a_group_s_channels_are_listed_as_far_as_one_sees_them(people: Api) -> None:
    """Subchannels, too; with the level that the group has there."""
    await people.records.groups.add(a_group("team"))
    groups = {"team": Level.WRITE}
    for key, privacy in (("main", Privacy.PUBLIC), ("main/stage", Privacy.PUBLIC), ("secret", Privacy.PRIVATE)):
        await people.records.channels.add(a_channel(key, privacy=privacy, groups=groups))
    await people.records.channels.add(a_channel("other"))
    seen = [{"channel": "main", "level": "write"}, {"channel": "main/stage", "level": "write"}]

    for who, items in (("root", [*seen, {"channel": "secret", "level": "write"}]), ("helen", seen)):
        answer = await ask(people, "GET", "/groups/team/channels", by=who)

        assert answer.json() == {"total_count": len(items), "items": items}
    assert (await ask(people, "GET", "/groups/nobodys/channels")).status_code == 404


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
    assert listed["items"][1]["resources"] == [{"channel": "main", "subchannel": None, "level": "read"}]
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


class TwoAtOnce(MemoryUsers):
    """Users of which another one is disabled while one is changed: two administrators take away each other."""

    async def update(
        self,
        user_id: str,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> User | None:
        """Disable the other one first, after all that was looked at before."""
        other = "id-of-root" if user_id == "id-of-second" else "id-of-second"
        if changes.get("is_disabled"):
            await super().update(other, {"is_disabled": True})
        return await super().update(user_id, changes, was=was, unsaid=unsaid)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_two_who_take_away_each_other_in_one_moment_are_refused(people: Api, method: str) -> None:
    """Each sees afterwards that nobody is left, and takes its own change back."""
    people.ports.users = TwoAtOnce()
    for name in ("root", "second"):
        await people.ports.users.add(a_user(name, roles=(ADMIN,)))

    refused = await ask(people, method, "/users/second", {"is_disabled": True} if method == "PUT" else None)

    assert refused.status_code == 409
    kept = await people.ports.users.find("second")
    assert kept is not None
    assert not kept.is_disabled


async def test_who_was_changed_meanwhile_is_looked_at_again(people: Api) -> None:
    """An administrator that was made of an author in this moment is not changed by who may not."""

    class Promoting(MemoryUsers):
        """Users of whom one becomes an administrator before whatever is done to them."""

        async def update(self, user_id: str, changes: Mapping[str, object], **more: Any) -> User | None:
            """Promote first."""
            await super().update(user_id, {"roles": (ADMIN,)})
            return await super().update(user_id, changes, **more)

    people.ports.users = Promoting()
    await people.ports.users.add(a_user("ann"))

    answer = await ask(people, "PUT", "/users/ann", {"password": "correct horse"}, by="helen")

    assert answer.status_code == 403
    kept = await people.ports.users.find("ann")
    assert kept is not None
    assert kept.password_hash is None


@pytest.mark.parametrize("channel", ["main", "main/subchannels/stage"])
async def test_groups_are_let_into_channels(people: Api, channel: str) -> None:
    """By who manages the channel; told, and the same again says nothing."""
    key = channel.replace("/subchannels", "")
    await people.records.groups.add(a_group("team.a"))
    await people.holds(a_channel(key, owners=("helen",), privacy=Privacy.PRIVATE))
    path = f"/channels/{channel}/groups"
    for _ in range(2):
        answer = await ask(people, "PUT", f"{path}/team.a", {"level": "write"}, by="helen")
        assert (answer.status_code, answer.json()) == (200, {"name": "team.a", "level": "write"})
    listed = (await ask(people, "GET", path, by="helen")).json()
    assert listed == {"total_count": 1, "items": [{"name": "team.a", "level": "write"}]}
    assert (await ask(people, "DELETE", f"{path}/team.a", by="helen")).status_code == 204
    assert (await ask(people, "DELETE", f"{path}/team.a", by="helen")).status_code == 404
    assert (await ask(people, "PUT", f"{path}/nobody", {"level": "read"}, by="helen")).status_code == 404
    assert (await ask(people, "PUT", f"{path}/team.a", {"level": "none"}, by="helen")).status_code == 400
    told = {"channel": key, "channel_id": f"id-of-{key}", "group": "team.a"} | BY | {"by": "helen"}
    assert people.bus.said == [
        ChannelGroupChanged(change="added", level="write", **told),
        ChannelGroupChanged(change="deleted", **told),
    ]


async def test_two_groups_come_in_one_moment(people: Api) -> None:
    """None of them is lost."""
    for name in ("a", "b", "c"):
        await people.records.groups.add(a_group(name))
    await people.holds(a_channel("main"))
    asked = [ask(people, "PUT", f"/channels/main/groups/{name}", {"level": "read"}) for name in ("a", "b", "c")]

    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    channel = await people.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.groups.keys() == {"a", "b", "c"}


async def test_owners_are_set_by_who_manages_the_channel(people: Api) -> None:
    """They are users; an owner that is none any more may stay."""
    for user in (a_user("helen"), a_user("bob"), a_user("machine", kind=UserKind.SERVICE)):
        await people.records.users.add(user)
    await people.holds(a_channel("main", owners=("helen", "gone")), a_channel("other", owners=("bob",)))

    async def put(owners: list[str], channel: str = "main") -> Any:
        return await ask(people, "PUT", f"/channels/{channel}", {"owners": owners}, by="helen")

    assert (await put(["helen", "bob", "helen", "gone"])).json()["owners"] == ["helen", "bob", "gone"]
    for wrong in ([], ["nobody"], ["machine"]):
        refused = await put(wrong)
        assert (refused.status_code, refused.json()["field"]) == (400, "owners")
    assert (await put(["helen"], "other")).status_code == 403
    assert [message.fields for message in people.said(ChannelUpdated)] == [("owners",)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/channels", {"name": "new", "policy": "production"}),
        ("POST", "/channels/main/subchannels", {"name": "new", "policy": "production"}),
        ("PUT", "/channels/main", {"policy": "production"}),
        ("PUT", "/channels/main", {"policy": None}),
        ("PUT", "/channels/main/policy", {"policy": "production"}),
        ("DELETE", "/channels/main/policy", None),
        ("POST", "/channels/main/mirrors", a_wish(mirror_name="new", policy="production")),
        ("PUT", "/channels/main/mirrors/id-of-mm", a_wish(policy="production")),
        ("PUT", "/channels/main/mirrors/id-of-mm/policy", {"policy": "production"}),
        ("POST", "/reports/dependencies", {"channel": "main", "policy": "production"}),
    ],
)
async def test_choosing_a_policy_takes_seeing_policies(people: Api, method: str, path: str, body: Any) -> None:
    """Else names could be guessed, and channels freed from their policy; there or not is the same answer."""
    owner = with_levels(an_identity("ann"), {Category.CHANNEL_MIRROR: Level.WRITE})
    reader = with_levels(owner, {Category.POLICY: Level.READ})
    people.ports.access = FakeAccess({"owner": owner, "reader": reader})
    await people.holds(a_channel("main", owners=("ann",), policy_id="id-of-old"), a_mirror("mm"))
    await people.holds(a_policy("production"), a_policy("old"))

    refused = await ask(people, method, path, body, by="owner")
    guessed = dict(body, policy="nobody-knows") if body and body.get("policy") else body
    unknown = await ask(people, method, path, guessed, by="owner")

    assert (refused.status_code, unknown.status_code) == (403, 403)
    assert refused.content == unknown.content
    assert people.bus.said == []
    assert (await ask(people, method, path, body, by="reader")).status_code < 300


async def test_sending_back_the_policy_that_is_there_chooses_none(people: Api) -> None:
    """Scripts send whole objects back."""
    people.ports.access = FakeAccess({"owner": an_identity("ann")})
    await people.holds(a_channel("main", owners=("ann",), policy_id="id-of-old"), a_policy("old"))
    shown = (await ask(people, "GET", "/channels/main", by="owner")).json()

    answer = await ask(people, "PUT", "/channels/main", shown | {"description": "new"}, by="owner")

    assert (answer.status_code, answer.json()["policy"]) == (200, "id-of-old")


async def test_who_may_not_manage_people_does_not_see_them(people: Api) -> None:
    """Nor roles and groups."""
    people.ports.access = FakeAccess({"author": an_identity("ann")})
    for path in ("/users", "/users/ann", "/users/ann/tokens", "/roles", "/roles/admin", "/groups", "/groups/team"):
        assert (await ask(people, "GET", path, by="author")).status_code == 403
