"""Policies on channels and mirrors: what is in force, what is refused, what is said."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from libs.common.contracts.messages import ChannelUpdated, MirrorCreated, MirrorUpdated
from libs.common.contracts.policy_messages import PolicyAssigned, PolicyChanged, PolicyUnassigned
from libs.common.domain.assignment import LEFT_OVER_AFTER, Assignment
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import StoreUnavailable
from tests.support.callers import AT_THE_HARNESS
from tests.support.records import NOON, a_channel, a_mirror, a_policy, an_assignment
from tests.unit.api.harness import Api, a_wish

MAIN = "/api/channels/main"
MM = f"{MAIN}/mirrors/id-of-mm"
PLACES = {"channel": MAIN, "mirror": MM}


@pytest.fixture
async def world(api: Api) -> Api:
    """Return an API with a channel `main`, its mirror `mm`, and two policies `a` and `b`."""
    await api.holds(a_channel("main"), a_mirror("mm"), a_policy("a"), a_policy("b"))
    return api


async def put(api: Api, place: str, policy: str) -> Any:
    """Assign a policy to a channel or mirror."""
    return await api.ask("PUT", f"{place}/policy", json={"policy": policy})


async def policies_of(api: Api) -> tuple[str | None, str | None]:
    """Return what is stored with `main` and `mm`."""
    channel = await api.records.channels.get(ChannelKey("main"))
    mirror = await api.records.mirrors.get("id-of-mm")
    assert channel is not None
    assert mirror is not None
    return channel.policy_id, mirror.policy_id


def facts(target: str, policy: str) -> dict[str, Any]:
    """Return what is said of an assignment."""
    named = {"mirror": "mm", "mirror_id": "id-of-mm"} if target == "mirror" else {}
    place = {"channel": "main", "channel_id": "id-of-main", "target": target}
    return {
        "policy_id": f"id-of-{policy}",
        "name": policy,
        "by": "admin",
        "by_address": AT_THE_HARNESS,
        **place,
        **named,
    }


@pytest.mark.parametrize("key", ["a", "id-of-a"])
@pytest.mark.parametrize("target", PLACES)
async def test_a_policy_is_assigned_and_unassigned(world: Api, target: str, key: str) -> None:
    """By id or name; each is said once, however often it is asked for."""
    place = PLACES[target]
    for _ in range(2):
        answer = await put(world, place, key)
        assert (answer.status_code, answer.json()["policy"]) == (200, {"id": "id-of-a", "name": "a", "number": 1})
        assert answer.json()["of"] == target
    shown = (await world.ask("GET", place)).json()
    assert (shown["policy"], shown["policy_name"]) == ("id-of-a", "a")
    assert shown["updated" if target == "channel" else "updated_at"] is not None
    for _ in range(2):
        assert (await world.ask("DELETE", f"{place}/policy")).status_code == 204

    assert await policies_of(world) == (None, None)
    assert await world.records.policies.assignments(["id-of-a"]) == []
    assert world.bus.said == [PolicyAssigned(**facts(target, "a")), PolicyUnassigned(**facts(target, "a"))]


@pytest.mark.parametrize("target", PLACES)
async def test_one_policy_takes_the_place_of_another(world: Api, target: str) -> None:
    """The one before can be deleted then."""
    await put(world, PLACES[target], "a")
    await put(world, PLACES[target], "b")

    assert world.bus.said[1:] == [PolicyUnassigned(**facts(target, "a")), PolicyAssigned(**facts(target, "b"))]
    assert (await world.ask("DELETE", "/api/policies/a")).status_code == 204
    assert (await world.ask("DELETE", "/api/policies/b")).status_code == 409


@pytest.mark.parametrize(("first", "second"), [("channel", "mirror"), ("mirror", "channel")])
@pytest.mark.parametrize("way", ["place", "body"])
async def test_one_policy_is_not_on_a_channel_and_its_mirror(world: Api, first: str, second: str, way: str) -> None:
    """409 that says so, nothing changed, and the other one may be there."""
    await put(world, PLACES[first], "a")
    body = {"channel": {"policy": "a"}, "mirror": a_wish(policy="a", cron="5 5 * * *")}[second]
    path, sent = (PLACES[second], body) if way == "body" else (f"{PLACES[second]}/policy", {"policy": "a"})
    answer = await world.ask("PUT", path, json=sent)

    assert answer.status_code == 409
    assert "'a' is on" in answer.json()["detail"]
    assert "main" in answer.json()["detail"]
    assert ("'mm'" in answer.json()["detail"]) is (second == "channel")
    assert len(world.bus.said) == 1
    assert len(await world.records.policies.assignments(["id-of-a"])) == 1
    assert (await put(world, PLACES[second], "b")).status_code == 200


async def test_a_new_mirror_may_not_have_its_channels_policy(world: Api) -> None:
    """Nor is it made."""
    await put(world, MAIN, "a")
    answer = await world.ask("POST", f"{MAIN}/mirrors", json=a_wish(mirror_name="new", policy="a"))

    assert answer.status_code == 409
    assert [mirror.name for mirror in await world.records.mirrors.list()] == ["mm"]
    assert world.said(MirrorCreated) == []


async def test_of_a_channel_and_its_mirror_one_gets_the_policy(world: Api) -> None:
    """When two people assign it in the same moment, again and again."""
    for _ in range(10):
        answers = await asyncio.gather(put(world, MAIN, "a"), put(world, MM, "a"))
        stored = await policies_of(world)

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert sorted(stored, key=str) == [None, "id-of-a"]
        for place in PLACES.values():
            await world.ask("DELETE", f"{place}/policy")


async def test_a_policy_of_a_subchannel_is_its_own(world: Api) -> None:
    """What is on a channel may be on a mirror of its subchannel."""
    await world.holds(a_channel("main/stage"), a_mirror("deep", channel="main/stage"))
    await put(world, MAIN, "a")

    answer = await put(world, f"{MAIN}/subchannels/stage/mirrors/id-of-deep", "a")

    assert (answer.status_code, answer.json()["of"], answer.json()["channel_policy"]) == (200, "mirror", None)
    assert (
        (await put(world, f"{MAIN}/subchannels/stage", "b"))
        .json()["why"]
        .startswith("policy 'b' of channel main/stage")
    )


async def test_what_is_in_force_is_told_with_its_reason(world: Api) -> None:
    """For a mirror without any policy, under its channel's, and with its own."""

    async def told() -> tuple[str | None, str | None, str]:
        shown = (await world.ask("GET", f"{MM}/policy")).json()
        return (shown["policy"] or {}).get("name"), shown["of"], shown["why"]

    assert await told() == (None, None, "neither mirror 'mm' nor channel main has a policy: filters alone decide")
    await put(world, MAIN, "a")
    assert await told() == ("a", "channel", "mirror 'mm' has no policy of its own, so that of channel main decides")
    await put(world, MM, "b")
    assert await told() == ("b", "mirror", "mirror 'mm' has a policy of its own, which overrides 'a' of channel main")
    await world.ask("DELETE", f"{MAIN}/policy")
    assert await told() == ("b", "mirror", "mirror 'mm' has a policy of its own")
    shown = (await world.ask("GET", f"{MM}/policy")).json()
    assert shown["summary"] == [{"rule": "no-gpl", "text": "Leave out files under the license GPL."}]
    of_channel = (await world.ask("GET", f"{MAIN}/policy")).json()
    assert of_channel["why"] == "channel main has no policy: what its mirrors bring is limited by filters alone"


@pytest.mark.parametrize("target", PLACES)
async def test_it_is_said_that_a_channel_is_frozen(world: Api, target: str) -> None:
    """Whoever assigns or saves a policy there learns that clients do not see it yet."""
    await world.ask("PUT", MAIN, json={"indexing_behavior": "frozen"})

    assigned = (await put(world, PLACES[target], "a")).json()
    saved = (await world.ask("PUT", "/api/policies/a", json={"name": "a", "rules": []})).json()
    await world.ask("PUT", MAIN, json={"indexing_behavior": "default"})
    thawed = (await world.ask("GET", f"{PLACES[target]}/policy")).json()

    assert assigned["frozen"] is True
    assert assigned["why"].endswith("; channel main is frozen: clients read its revision as it is until it is unfrozen")
    assert [place["frozen"] for place in saved["assigned"]] == [True]
    assert (thawed["frozen"], "frozen" in thawed["why"]) == (False, False)


async def test_an_assigned_policy_is_not_deleted(world: Api) -> None:
    """The answer names every place."""
    await world.holds(a_mirror("other", channel="main"))
    await put(world, MM, "a")
    await put(world, f"{MAIN}/mirrors/id-of-other", "a")
    answer = await world.ask("DELETE", "/api/policies/a")

    assert answer.status_code == 409
    assert "mirror 'mm' of channel main, mirror 'other' of channel main" in answer.json()["detail"]
    assert world.said(PolicyChanged) == []
    await world.ask("DELETE", f"{MAIN}/mirrors/id-of-other")
    await world.ask("DELETE", MAIN)
    assert (await world.ask("DELETE", "/api/policies/a")).status_code == 204


async def test_a_deleted_channel_leaves_its_policy_free(world: Api) -> None:
    """At once, its subchannels' too."""
    await world.holds(a_channel("main/stage"))
    await put(world, f"{MAIN}/subchannels/stage", "a")
    await put(world, MAIN, "b")
    await world.ask("DELETE", MAIN)

    assert (await world.ask("DELETE", "/api/policies/a")).status_code == 204
    assert (await world.ask("DELETE", "/api/policies/b")).status_code == 204


async def test_a_channel_is_made_under_a_policy(world: Api) -> None:
    """So that nothing enters before it is."""
    answer = await world.ask("POST", "/api/channels", json={"name": "new", "policy": "a"})

    assert (answer.status_code, answer.json()["policy"], answer.json()["policy_name"]) == (201, "id-of-a", "a")
    assert [type(message).__name__ for message in world.bus.said] == ["ChannelCreated", "PolicyAssigned"]
    taken = await world.ask("POST", "/api/channels", json={"name": "main", "policy": "b"})
    assert taken.status_code == 409
    assert await world.records.policies.assignments(["id-of-b"]) == []


async def test_a_mirror_is_made_under_a_policy(world: Api) -> None:
    """It is stored with it before its first run; both shapes show it."""
    answer = await world.ask("POST", f"{MAIN}/mirrors", json=a_wish(mirror_name="new", policy="a", run_now=True))
    listed = (await world.ask("GET", "/api/mirrors")).json()["items"]

    assert (answer.status_code, answer.json()["policy"], answer.json()["policy_name"]) == (201, "id-of-a", "a")
    assert [(it["policy"], it["policy_name"]) for it in listed] == [(None, None), ("id-of-a", "a")]
    assert [type(message).__name__ for message in world.bus.said] == [
        "MirrorCreated",
        "PolicyAssigned",
        "MirrorRequested",
    ]
    taken = await world.ask("POST", f"{MAIN}/mirrors", json=a_wish(mirror_name="new", policy="b"))
    assert taken.status_code == 409
    assert await world.records.policies.assignments(["id-of-b"]) == []


@pytest.mark.parametrize(
    ("sent", "stored"),
    [({}, "id-of-a"), ({"policy": "a"}, "id-of-a"), ({"policy": "b"}, "id-of-b"), ({"policy": None}, None)],
    ids=["left-out", "the-same", "another", "null"],
)
async def test_an_edit_keeps_or_changes_the_policy(world: Api, sent: dict[str, object], stored: str | None) -> None:
    """Clients that do not know the key must not take a policy off."""
    await put(world, MM, "a")
    mirror = await world.ask("PUT", MM, json=a_wish(cron="5 5 * * *", **sent))
    is_moved = stored != "id-of-a"

    assert (mirror.status_code, mirror.json()["policy"], mirror.json()["cron"]) == (202, stored, "5 5 * * *")
    (edit,) = world.said(MirrorUpdated)
    assert isinstance(edit, MirrorUpdated)
    assert ("policy" in edit.fields) is is_moved
    assert len(world.said(PolicyUnassigned)) == is_moved
    listed = await world.records.policies.assignments(["id-of-a", "id-of-b"])
    assert [it.policy_id for it in listed] == ([stored] if stored else [])


async def test_a_channel_keeps_or_changes_its_policy(world: Api) -> None:
    """By the key of its PUT; a whole object sent back changes nothing."""
    first = (await world.ask("PUT", MAIN, json={"policy": "a", "description": "x"})).json()
    again = (await world.ask("PUT", MAIN, json=first)).json()
    other = (await world.ask("PUT", MAIN, json={"description": "y"})).json()
    none = (await world.ask("PUT", MAIN, json={"policy": None})).json()

    assert [it["policy_name"] for it in (first, again, other, none)] == ["a", "a", "a", None]
    assert [message.fields for message in world.said(ChannelUpdated) if isinstance(message, ChannelUpdated)] == [
        ("description",),
        ("description",),
    ]
    assert len(world.said(PolicyAssigned)) == len(world.said(PolicyUnassigned)) == 1


@pytest.mark.parametrize(
    ("method", "path", "json", "status"),
    [
        ("PUT", f"{MAIN}/policy", {"policy": "none"}, 404),
        ("PUT", f"{MM}/policy", {"policy": "none"}, 404),
        ("PUT", f"{MAIN}/mirrors/none/policy", {"policy": "a"}, 404),
        ("PUT", "/api/channels/none/policy", {"policy": "a"}, 404),
        ("DELETE", "/api/channels/none/policy", None, 404),
        ("GET", f"{MAIN}/mirrors/none/policy", None, 404),
        ("PUT", f"{MAIN}/policy", {}, 400),
        ("PUT", f"{MAIN}/policy", {"policy": "a", "x": 1}, 400),
        ("PUT", MAIN, {"policy": "none"}, 400),
        ("PUT", MM, a_wish(policy="none"), 400),
        ("POST", f"{MAIN}/mirrors", a_wish(mirror_name="new", policy="none"), 400),
        ("POST", "/api/channels", {"name": "new", "policy": "none"}, 400),
    ],
)
async def test_what_is_not_there_can_not_be_assigned(
    world: Api, method: str, path: str, json: object, status: int
) -> None:
    """And nothing is made or said."""
    answer = await world.ask(method, path, json=json)

    assert answer.status_code == status
    if status == 400 and isinstance(json, dict) and json.get("policy") == "none":
        assert answer.json()["field"] == "policy"
    assert world.bus.said == []
    assert len(await world.records.mirrors.list()) == 1


async def test_a_place_that_a_crash_left_over_does_not_stand_in_the_way(world: Api) -> None:
    """After a minute: until then somebody may be about to write it down."""
    left = an_assignment("a", mirror="mm")
    for age, status in ((LEFT_OVER_AFTER, 409), (LEFT_OVER_AFTER + timedelta(seconds=1), 200)):
        await world.records.policies.unassign([left])
        await world.records.policies.assign(_at(left, age))
        assert (await put(world, MAIN, "a")).status_code == status
        assert len(await world.records.policies.assignments(["id-of-a"])) == 1


@pytest.mark.parametrize("age", [timedelta(0), LEFT_OVER_AFTER * 2])
async def test_a_policy_that_a_crash_left_listed_can_be_deleted(world: Api, age: timedelta) -> None:
    """After a minute, too; where it is assigned shows what is really in force."""
    await world.records.policies.assign(_at(an_assignment("a", channel="gone"), age))
    shown = (await world.ask("GET", "/api/policies")).json()["items"][0]
    answer = await world.ask("DELETE", "/api/policies/a")

    assert shown["assigned"] == []
    assert answer.status_code == (204 if age else 409)
    if not age:
        assert "try again in a minute" in answer.json()["detail"]


@pytest.mark.parametrize("target", PLACES)
async def test_a_write_whose_outcome_is_not_known_keeps_its_place(world: Api, target: str) -> None:
    """It may be in force: the policy must not be deleted then."""

    async def breaks(*_: object, **__: object) -> bool:
        raise StoreUnavailable("MongoDB did not answer")

    records = world.records.channels if target == "channel" else world.records.mirrors
    vars(records)["set_policy"] = breaks

    assert (await put(world, PLACES[target], "a")).status_code == 503
    assert len(await world.records.policies.assignments(["id-of-a"])) == 1
    assert world.bus.said == []


@pytest.mark.parametrize("target", PLACES)
async def test_of_two_who_assign_at_once_one_is_told(world: Api, target: str) -> None:
    """Whoever comes second learns that it was changed, and its place is left."""
    store: Any = world.records.channels if target == "channel" else world.records.mirrors
    its_id = "id-of-main" if target == "channel" else "id-of-mm"
    inner = store.set_policy

    async def late(place: str, policy_id: str | None, **condition: Any) -> bool:
        await inner(its_id, "id-of-b", was=None, at=NOON)
        return bool(await inner(place, policy_id, **condition))

    vars(store)["set_policy"] = late
    answer = await put(world, PLACES[target], "a")

    assert (answer.status_code, "in this moment" in answer.json()["detail"]) == (409, True)
    assert "id-of-b" in await policies_of(world)
    assert await world.records.policies.assignments(["id-of-a"]) == []


@pytest.mark.parametrize("target", PLACES)
@pytest.mark.parametrize("way", ["place", "body"])
async def test_what_is_taken_off_is_not_what_somebody_puts_there_meanwhile(world: Api, target: str, way: str) -> None:
    """One takes the policy off while another, who saw none there, is about to write it down again."""
    store: Any = world.records.channels if target == "channel" else world.records.mirrors
    write = "replace" if (target, way) == ("mirror", "body") else "set_policy"
    await put(world, PLACES[target], "a")
    place = an_assignment("a", mirror="mm" if target == "mirror" else None)
    theirs = msgspec.structs.replace(place, token="theirs")
    await world.records.policies.assign(theirs)
    inner, set_policy = getattr(store, write), store.set_policy

    async def and_then_they(*args: object, **condition: Any) -> bool:
        is_written = bool(await inner(*args, **condition))
        its_id = "id-of-main" if target == "channel" else "id-of-mm"
        return is_written and bool(await set_policy(its_id, "id-of-a", token="theirs", was=None, at=NOON))

    vars(store)[write] = and_then_they
    if way == "place":
        answer = await world.ask("DELETE", f"{PLACES[target]}/policy")
    else:
        answer = await world.ask(
            "PUT", PLACES[target], json={"channel": {"policy": None}, "mirror": a_wish(policy=None)}[target]
        )

    assert answer.status_code in (200, 202, 204)
    assert "id-of-a" in await policies_of(world)
    assert await world.records.policies.assignments(["id-of-a"]) == [theirs]
    assert (await world.ask("DELETE", "/api/policies/a")).status_code == 409


@pytest.mark.parametrize("target", PLACES)
async def test_what_has_no_token_yet_leaves_nothing_listed(world: Api, target: str) -> None:
    """It was assigned by an older release."""
    store: Any = world.records.channels if target == "channel" else world.records.mirrors
    await world.records.policies.assign(an_assignment("a", mirror="mm" if target == "mirror" else None))
    await store.set_policy("id-of-main" if target == "channel" else "id-of-mm", "id-of-a", was=None, at=NOON)
    assert (await world.ask("GET", "/api/policies/a")).json()["assigned"]

    assert (await world.ask("DELETE", f"{PLACES[target]}/policy")).status_code == 204

    assert await world.records.policies.assignments(["id-of-a"]) == []


async def test_a_new_place_is_left_as_it_was_taken(world: Api) -> None:
    """Channels and mirrors that are made with a policy, and deleted."""
    await world.ask("POST", "/api/channels", json={"name": "new", "policy": "a"})
    await world.ask("POST", f"{MAIN}/mirrors", json=a_wish(mirror_name="newer", policy="b"))
    mirror = await world.records.mirrors.find(ChannelKey("main"), "newer")
    channel = await world.records.channels.get(ChannelKey("new"))
    assert channel is not None
    assert mirror is not None
    listed = await world.records.policies.assignments(["id-of-a", "id-of-b"])
    assert {it.token for it in listed} == {channel.policy_token, mirror.policy_token}

    await world.ask("DELETE", "/api/channels/new")
    await world.ask("DELETE", f"{MAIN}/mirrors/{mirror.id}")

    assert await world.records.policies.assignments(["id-of-a", "id-of-b"]) == []


async def test_an_edit_does_not_undo_a_policy_that_came_meanwhile(world: Api) -> None:
    """The editor is told, rather than that the mirror loses it."""
    store: Any = world.records.mirrors
    inner = store.replace

    async def late(mirror: object, **condition: Any) -> bool:
        await store.set_policy("id-of-mm", "id-of-b", was=None, at=NOON)
        return bool(await inner(mirror, **condition))

    vars(store)["replace"] = late
    answer = await world.ask("PUT", MM, json=a_wish(cron="5 5 * * *"))

    assert (answer.status_code, "in this moment" in answer.json()["detail"]) == (409, True)
    assert await policies_of(world) == (None, "id-of-b")


def _at(assignment: Assignment, age: timedelta) -> Assignment:
    return msgspec.structs.replace(assignment, at=NOON - age)
