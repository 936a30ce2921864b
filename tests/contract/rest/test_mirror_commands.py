"""`mirror`: the two shapes, the statuses that count, and the traps of the client (rest-api.md section 8)."""

from typing import Any

from tests.contract.rest.replay import Client
from tests.support.records import a_channel, a_mirror, a_run
from tests.support.world import World
from tests.unit.api.harness import AUTH, Api

CONDA: dict[str, Any] = {
    "mirror_name": "mm",
    "source_root": "http://up.example/x",
    "mirror_mode": "passive",
    "cron": "0 0 * * *",
    "mirror_type": "conda",
    "filters": {
        "subdirs": ["linux-64", "noarch"],
        "include_licenses": ["mit"],
        "exclude_licenses": ["gpl3"],
        "only_specs": ["python>=3.9"],
        "date_from": "2024-01-01",
        "date_to": "2025-01-01",
        "cve_score_threshold": 7.0,
        "exclude_non_curated_cve": True,
    },
    "run_now": True,
    "proxy": "http://p.example:1",
}
PYTHON: dict[str, Any] = {
    "mirror_name": "pp",
    "source_root": "https://index.example/simple",
    "mirror_mode": "active",
    "cron": "0 0 * * *",
    "mirror_type": "python_simple",
    "filters": {"projects": ["six", "requests"]},
    "run_now": False,
}
PAGE = {"limit": 100, "offset": 0, "sort": "mirror_name"}
NEVER_OMITTED = {
    "last_ckey", "last_exception", "total_steps_count", "current_step_number", "current_step_percentage",
    "current_step_description", "count",
}  # fmt: skip
COUNTS = {"active", "failed", "passive", "removed", "mirror_filtered", "channel_filtered"}
BY_MIRROR = {"cve", "date", "license", "only_specs", "exclude_specs", "duplicated_legacy_conda"}
BY_CHANNEL = {"license", "exclude_specs"}


def check_sync_state(mirror: dict[str, Any]) -> None:
    """The older client ends in an error where one of these is not there (section 8.7)."""
    state = mirror["sync_state"]
    assert state.keys() >= NEVER_OMITTED
    assert state["count"].keys() >= COUNTS
    assert state["count"]["mirror_filtered"].keys() >= BY_MIRROR
    assert state["count"]["channel_filtered"].keys() >= BY_CHANNEL


async def test_mirror_create(client: Client, api: Api) -> None:
    """201 exactly; the newer client looks for the name first, the server over."""
    await api.holds(a_channel("main"))
    assert (await client.call("GET", "/mirrors", PAGE, expect=200))["total_count"] == 0
    conda = await client.call("POST", "/channels/main/mirrors", CONDA, expect=201)
    python = await client.call("POST", "/channels/main/mirrors", PYTHON, expect=201)
    await client.call("POST", "/channels/main/mirrors", CONDA, expect=409)

    for made, sent in ((conda, CONDA), (python, PYTHON)):
        check_sync_state(made)
        for key in ("mirror_name", "source_root", "mirror_mode", "cron", "mirror_type", "filters"):
            assert made[key] == sent[key]
    assert (conda["proxy"], python["proxy"]) == ("http://p.example:1", None)


async def test_mirror_create_in_a_subchannel(client: Client, api: Api) -> None:
    """Whatever hangs below a channel hangs below a subchannel; the list of all has a key for it then, and only then."""
    await api.holds(a_channel("main"), a_channel("main/stage"))
    await client.call("POST", "/channels/main/subchannels/stage/mirrors", CONDA, expect=201)
    await client.call("POST", "/channels/main/mirrors", PYTHON, expect=201)
    below, above = (await client.call("GET", "/mirrors", PAGE, expect=200))["items"]

    assert (below["channel"]["name"], below["subchannel"]) == ("main", {"name": "stage"})
    assert "subchannel" not in above


async def test_mirror_list(client: Client, world: World) -> None:
    """Of a channel, with the lists of what was left out; and of all, by a body that comes with a GET."""
    del world
    listed = await client.call("GET", "/channels/main/mirrors", expect=200)
    everything = await client.call("GET", "/mirrors", PAGE, expect=200)
    without_body = await client.call("GET", "/mirrors", expect=200)

    (one,), (other,) = listed["items"], everything["items"]
    check_sync_state(one)
    check_sync_state(other)
    assert "logs" in one["sync_state"]
    assert one["sync_state"]["count"]["mirror_filtered"].keys() >= BY_MIRROR | {"signed"}
    assert one.keys() >= {
        "mirror_id", "mirror_name", "source_root", "mirror_type", "mirror_mode", "cron", "proxy", "filters", "state",
        "last_run_at", "created_at", "updated_at", "sync_state",
    }  # fmt: skip
    assert other.keys() >= {
        "id", "name", "source_root", "type", "mode", "cron", "state", "last_run_at", "created_at", "updated_at",
        "sync_state", "channel", "filters", "proxy",
    }  # fmt: skip
    assert without_body == everything


async def test_mirror_list_of_very_many(api: Api) -> None:
    """Where there are more than the hundred of a page, the client asks again for all."""
    await api.holds(a_channel("main"), *(a_mirror(f"m{number:03}") for number in range(120)))
    first = await api.client.request("GET", "/api/mirrors", json=PAGE, headers=AUTH)
    limit = first.json()["total_count"]
    again = await api.client.request("GET", "/api/mirrors", json=PAGE | {"limit": limit}, headers=AUTH)

    assert (limit, len(first.json()["items"]), len(again.json()["items"])) == (120, 100, 120)


async def test_mirror_update(client: Client, api: Api) -> None:
    """202 with JSON; a `proxy` that is left out is cleared, and a mode can't be changed."""
    await api.holds(a_channel("main"))
    made = await client.call("POST", "/channels/main/mirrors", CONDA | {"run_now": False}, expect=201)
    path = f"/channels/main/mirrors/{made['mirror_id']}"
    whole = {key: value for key, value in CONDA.items() if key != "proxy"} | {"cron": "0 6 * * *", "run_now": False}
    edited = await client.call("PUT", path, whole, expect=202)
    await client.call("PUT", path, whole | {"mirror_mode": "active"}, expect=409)

    assert (edited["cron"], edited["proxy"], edited["mirror_mode"]) == ("0 6 * * *", None, "passive")


async def test_mirror_restart(client: Client, api: Api) -> None:
    """The client makes the PUT out of what the list of all shows: nothing of the mirror may be lost by that."""
    await api.holds(a_channel("main"))
    await client.call("POST", "/channels/main/mirrors", CONDA | {"run_now": False}, expect=201)
    (shown,) = (await client.call("GET", "/mirrors", PAGE, expect=200))["items"]
    body = {
        "mirror_name": shown["name"],
        "source_root": shown["source_root"],
        "mirror_mode": shown["mode"],
        "cron": shown.get("cron", "0 0 * * *"),
        "mirror_type": shown["type"],
        "filters": shown.get("filters", {}),
        "run_now": True,
    }
    body |= {"proxy": shown["proxy"]} if shown.get("proxy") else {}
    after = await client.call("PUT", f"/channels/main/mirrors/{shown['id']}", body, expect=202)

    assert (after["filters"], after["proxy"], after["cron"]) == (CONDA["filters"], CONDA["proxy"], CONDA["cron"])


async def test_mirror_stop(client: Client, api: Api) -> None:
    """200 with a body: 202 and 204 are errors to the client."""
    await api.holds(a_channel("main"), a_mirror("forge"), a_run())
    stopped = await client.call("POST", "/channels/main/mirrors/id-of-forge/stop_mirror_sync", expect=200)

    check_sync_state(stopped)


async def test_mirror_sync_state(client: Client, world: World) -> None:
    """Of the mirror that the list of all finds by its name."""
    del world
    (shown,) = (await client.call("GET", "/mirrors", PAGE, expect=200))["items"]

    assert shown["sync_state"]["count"]["passive"] == 2
    assert shown["sync_state"]["total_steps_count"] == 8


async def test_mirror_delete(client: Client, api: Api) -> None:
    """204 without a body."""
    await api.holds(a_channel("main"), a_mirror("forge"))
    await client.call("DELETE", "/channels/main/mirrors/id-of-forge", expect=204)

    assert (await client.call("GET", "/channels/main/mirrors", expect=200))["items"] == []
