"""What was decided of files, over REST."""

from typing import Any

from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import Filters
from libs.common.ports.blobs import read_all
from tests.support.packages import a_package
from tests.support.records import a_rule
from tests.support.world import World
from tests.unit.api.harness import Api

FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")
MIRROR = "/api/channels/main/mirrors/id-of-forge"


async def a_world(api: Api) -> World:
    """Return a world behind the API, whose mirror ran once under a policy."""
    world = World((FREE, COPYLEFT), filters=Filters(subdirs=("noarch",)))
    execution = await world.begin()
    await world.put_policy(NO_GPL)
    await execution.execute()
    api.stands_on(world)
    return world


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    """Ask for something below the mirror."""
    answer = await api.ask("GET", f"{MIRROR}{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_every_file_has_a_decision_with_the_rule_that_says_so(api: Api) -> None:
    """In one call, with the counts of all of them."""
    await a_world(api)

    shown = await get(api, "/runs/1/decisions")

    assert (shown["run"], shown["next_cursor"]) == (1, None)
    assert shown["count"] == {
        "listed": 1,
        "listed_bytes": len(FREE.data),
        "excluded": {"channel_filtered.license": 1},
    }
    kept, excluded = shown["items"]
    assert kept == {
        "ckey": FREE.path,
        "name": "alpha",
        "version": "1.0",
        "size_bytes": len(FREE.data),
        "decision": "kept",
        "rule": None,
        "policy": None,
        "policy_name": None,
        "reason": None,
        "detail": None,
    }
    assert (excluded["ckey"], excluded["decision"], excluded["rule"]) == (COPYLEFT.path, "excluded", "no-gpl")
    assert (excluded["policy_name"], excluded["reason"]) == ("production", "channel_filtered.license")
    assert "GPL-3.0-only" in excluded["detail"]


async def test_a_package_is_found_however_it_is_written_and_pages_go_on(api: Api) -> None:
    """A cursor is text; what is not one is refused."""
    await a_world(api)

    (only,) = (await get(api, "/decisions?package=Beta"))["items"]
    first = await get(api, "/decisions?limit=1")
    second = await get(api, f"/decisions?limit=1&cursor={first['next_cursor']}")

    assert only["ckey"] == COPYLEFT.path
    assert [item["name"] for item in (*first["items"], *second["items"])] == ["alpha", "beta"]
    assert (await get(api, f"/decisions?ckey={FREE.path}"))["items"][0]["ckey"] == FREE.path
    assert (await get(api, "/decisions?cursor=nonsense", status=400))["field"] == "cursor"
    assert "decision" in (await get(api, "/decisions?decision=maybe", status=400))["detail"]


async def test_what_is_decided_now_and_what_a_run_decided_are_told_apart(api: Api) -> None:
    """A policy that is taken back changes what holds, not what the run did; the difference names the rule."""
    world = await a_world(api)
    await world.put_policy()
    await world.look_at_rules()

    now, then = await get(api, "/decisions?package=beta"), await get(api, "/runs/1/decisions?package=beta")
    difference = await get(api, "/runs/1/difference")

    assert (now["items"][0]["decision"], then["items"][0]["decision"]) == ("kept", "excluded")
    assert now["decided_at"] is not None
    assert difference["summary"]["gained"] == {"files": 1, "size_bytes": len(COPYLEFT.data)}
    assert difference["summary"]["packages_gained"] == {"count": 1, "names": ["beta"]}
    (change,) = difference["items"]
    assert (change["change"], change["ckey"], change["rule"]) == ("gained", COPYLEFT.path, "no-gpl")
    assert (await get(api, "/runs/1/difference?change=lost"))["items"] == []


async def test_two_runs_are_compared(api: Api) -> None:
    """What the source took away is told as that."""
    world = await a_world(api)
    world.offer([COPYLEFT])
    await world.run()

    (change,) = (await get(api, "/runs/1/difference?to=2"))["items"]

    assert (change["change"], change["ckey"], change["rule"]) == ("lost", FREE.path, None)
    assert "source" in change["detail"]


async def test_runs_that_say_nothing_and_runs_that_are_too_old_are_told_apart(api: Api) -> None:
    """404 for what never was, 410 for what is no longer kept; both say what to do."""
    world = await a_world(api)
    run = (await world.records.runs.list("id-of-forge"))[0]
    assert run.manifest is not None

    assert (await get(api, "/runs/7/decisions", status=404))["code"] == "not_found"
    await world.blobs.remove(run.manifest)  # type: ignore[arg-type] # a run names it as text
    gone = await get(api, "/runs/1/decisions", status=410)

    assert gone["code"] == "not_kept"
    assert "newer run" in gone["detail"]
    assert await _is_gone(world, run.manifest)


async def test_a_mirror_that_never_ran_has_no_decisions(api: Api) -> None:
    """It says when there will be some."""
    world = World((FREE,))
    await world.begin()
    api.stands_on(world)

    assert "first run" in (await get(api, "/decisions", status=404))["detail"]


async def test_the_channels_listing_names_the_first_files_that_were_left_out(api: Api) -> None:
    """Under the wire's reasons, as `sync_state.logs` has them; the list of all mirrors has none."""
    world = await a_world(api)

    (listed,) = (await api.ask("GET", "/api/channels/main/mirrors")).json()["items"]
    shown = await get(api, "")
    everywhere = (await api.ask("GET", "/api/mirrors")).json()["items"][0]

    for mirror in (listed, shown):
        assert mirror["sync_state"]["logs"]["channel_filtered"] == {"license": [COPYLEFT.path], "exclude_specs": []}
        assert mirror["sync_state"]["logs"]["mirror_filtered"]["license"] == []
    assert "logs" not in everywhere["sync_state"]
    await world.blobs.remove((await world.head()).manifest)
    api.stands_on(world)
    assert (await get(api, ""))["sync_state"]["logs"]["channel_filtered"]["license"] == []


async def _is_gone(world: World, sha256: Any) -> bool:
    try:
        await read_all(world.blobs, sha256)
    except NotFound:
        return True
    return False
