"""Previews of policies, over REST."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.mirror import Filters
from services.reporter.make_report import make_report
from tests.support.packages import a_package
from tests.support.records import a_mirror, a_policy, a_rule
from tests.support.world import World
from tests.unit.api.harness import AUTH, Api
from tests.unit.reporter.report_world import AwayForTheWhole, report_ports

FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
LAWLESS = a_package("beta", "2.0", license_name="GPL-2.0-only")
NO_GPL = {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}}


async def a_world(api: Api) -> World:
    """Return a world behind the API, whose mirror ran once."""
    world = World((FREE, COPYLEFT, LAWLESS), filters=Filters(subdirs=("noarch",)))
    await world.run()
    api.stands_on(world)
    return world


async def ask(api: Api, wish: Any, *, status: int = 202) -> Any:
    """Ask for a preview; nobody makes it while the request waits."""
    answer = await api.ask("POST", "/api/policies/preview", json=wish)
    assert answer.status_code == status, answer.text
    return answer.json()


async def make(api: Api, world: World) -> None:
    """Do the reporter's work."""
    message = api.said(ReportRequested)[-1]
    assert isinstance(message, ReportRequested)
    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=api.bus))


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    """Ask for something, and check the status."""
    answer = await api.ask("GET", path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_preview_is_promised_made_and_read(api: Api) -> None:
    """Counts, packages, files with their rule, and rules with how many files they leave out."""
    world = await a_world(api)

    promised = await ask(api, {"rules": [NO_GPL], "channel": "main"})
    await get(api, promised["url"], status=404)
    await make(api, world)
    preview = await get(api, promised["url"])

    size_bytes = len(COPYLEFT.data) + len(LAWLESS.data)
    assert preview["lost"] == {"files": 2, "size_bytes": size_bytes}
    (mirror,) = preview["mirrors"]
    assert (mirror["mirror"], mirror["before"]["files"], mirror["after"]["files"]) == ("forge", 3, 1)
    assert mirror["packages_lost"] == {"count": 1, "names": ["beta"]}
    assert [(file["ckey"], file["rule"]) for file in mirror["files_lost"]] == [
        (COPYLEFT.path, "no-gpl"),
        (LAWLESS.path, "no-gpl"),
    ]
    assert [(rule["rule"], rule["before"], rule["after"]) for rule in mirror["rules"]] == [("no-gpl", 0, 2)]
    assert "basis" not in mirror


class QuickBus(MemoryBus):
    """A bus with a reporter on it that has each difference at once, and no time to solve."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def say(self, message: Message, **options: Any) -> None:
        """Remember the message, and make what is quickly known."""
        await super().say(message, **options)
        if isinstance(message, ReportRequested):
            ports = report_ports(self._world.records, blobs=self._world.blobs, bus=self)
            with suppress(StoreUnavailable):
                kept = AwayForTheWhole(ports.kept_reports)
                await make_report(message, ports=msgspec.structs.replace(ports, kept_reports=kept))


@pytest.mark.parametrize("wait", ["", "?wait=solved"], ids=["at once", "after a while"])
async def test_the_difference_is_answered_before_it_is_solved(api: Api, wait: str) -> None:
    """With the id under which the rest will be; nobody takes it for a list that is empty."""
    world = await a_world(api)
    api.bus = QuickBus(world)
    api.stands_on(world)

    answer = await api.ask("POST", f"/api/policies/preview{wait}", json={"rules": [NO_GPL], "channel": "main"})

    assert answer.status_code == 200
    preview = answer.json()
    assert (preview["lost"]["files"], preview["solving"], preview["uninstallable"]) == (2, True, None)
    assert (await get(api, f"/api/reports/{preview['report_id']}"))["state"] == "solving"
    assert (await get(api, f"/api/policies/preview/{preview['report_id']}/files"))["items"]


async def test_who_wants_all_at_once_waits_for_it(api: Api) -> None:
    """The answer comes when it is solved."""
    world = await a_world(api)
    api.bus = QuickBus(world)
    api.stands_on(world)
    report_id = (await ask(api, {"rules": [NO_GPL], "channel": "main"}, status=200))["report_id"]
    api.ports.patience_s = 3

    transport = httpx.ASGITransport(app=api.app)  # type: ignore[arg-type] # Litestar's words for ASGI's are its own
    async with httpx.AsyncClient(transport=transport, base_url="http://tain.example") as client:
        waiting = asyncio.create_task(client.get(f"/api/policies/preview/{report_id}?wait=solved", headers=AUTH))
        await make(api, world)
        preview = (await waiting).json()

    assert (preview["solving"], preview["uninstallable"]) == (False, [])
    assert (await get(api, f"/api/reports/{report_id}"))["state"] == "done"


async def test_all_files_and_packages_are_read_in_pages(api: Api) -> None:
    """Also when the policy came in force meanwhile: what was previewed stays what it was."""
    world = await a_world(api)
    url = (await ask(api, {"rules": [NO_GPL], "channel": "main"}))["url"]
    await make(api, world)
    await world.put_policy(a_rule("no-gpl"))
    await world.look_at_rules()

    files = await get(api, f"{url}/files?change=lost&limit=1")
    packages = await get(api, f"{url}/packages?mirror=forge")

    assert [file["ckey"] for file in files["items"]] == [COPYLEFT.path, LAWLESS.path]
    assert (files["mirror_id"], files["items"][0]["rule"]) == ("id-of-forge", "no-gpl")
    assert packages["items"] == ["beta"]
    assert (await get(api, f"{url}/files?change=gained"))["items"] == []
    assert "no mirror" in (await get(api, f"{url}/files?mirror=other", status=404))["detail"]
    await world.blobs.remove((await world.head()).manifest)
    assert (await get(api, f"{url}/files", status=410))["code"] == "not_kept"


async def test_a_stored_policy_is_previewed_where_it_would_be_assigned(api: Api) -> None:
    """By its id or name; on one mirror by the mirror's id or name."""
    world = await a_world(api)
    await world.records.policies.add(a_policy("strict"))

    url = (await ask(api, {"policy": "strict", "channel": "main", "mirror": "forge"}))["url"]
    await make(api, world)

    preview = await get(api, url)
    assert (preview["title"], preview["policy"]) == ("What policy strict would change in main", "id-of-strict")
    assert preview["mirrors"][0]["files_lost"][0]["policy_name"] == "strict"


async def test_an_edit_of_a_policy_is_previewed_where_it_is_in_force(api: Api) -> None:
    """Rules that are taken away let files in again."""
    world = await a_world(api)
    await world.put_policy(a_rule("no-gpl"))
    await world.look_at_rules()

    url = (await ask(api, {"policy": "production", "rules": []}))["url"]
    await make(api, world)

    assert (await get(api, url))["gained"]["files"] == 2


async def test_many_rules_do_not_burst_a_message(api: Api) -> None:
    """A message of the bus holds a megabyte; the rules go beside it."""
    world = await a_world(api)
    deny = {"id": "deny", "action": "exclude", "where": {"name": ["beta", *(f"{'n' * 90}{at}" for at in range(4000))]}}

    url = (await ask(api, {"rules": [deny], "channel": "main"}))["url"]
    (message,) = api.said(ReportRequested)
    await make(api, world)

    assert len(msgspec.json.encode(message)) < 1_000
    assert (await get(api, url))["lost"]["files"] == 2


async def test_what_makes_no_sense_is_refused_with_the_path_of_the_fault(api: Api) -> None:
    """Before anything is asked of the reporter."""
    world = await a_world(api)
    await world.records.policies.add(a_policy("strict"))
    misspelt = {"id": "x", "action": "exclude", "where": {"licence": {"in": ["GPL"]}}}
    bad_spec = {"id": "x", "action": "exclude", "where": {"spec": ["alpha >=>2"]}}

    assert (await ask(api, {"policy": "strict"}, status=400))["field"] == "channel"
    assert (await ask(api, {"channel": "main"}, status=400))["field"] == "rules"
    assert "licence" in (await ask(api, {"channel": "main", "rules": [misspelt]}, status=400))["detail"]
    assert (await ask(api, {"channel": "main", "rules": [bad_spec]}, status=400))["field"] == "rules[0].where.spec[0]"
    assert "no such channel" in (await ask(api, {"channel": "other", "rules": []}, status=404))["detail"]
    assert "nobody" in (await ask(api, {"channel": "main", "policy": "nobody"}, status=404))["detail"]
    assert "north" in (await ask(api, {"channel": "main", "mirror": "north", "rules": []}, status=404))["detail"]
    assert api.said(ReportRequested) == []


async def test_what_the_reporter_could_not_preview_is_told(api: Api) -> None:
    """A mirror that has not run has nothing that could be decided on."""
    world = await a_world(api)
    await world.records.catalogue_heads.delete("id-of-forge")

    url = (await ask(api, {"rules": [], "channel": "main"}))["url"]
    await make(api, world)

    assert "has run yet" in (await get(api, url, status=400))["detail"]


@pytest.mark.parametrize("path", ["files", "packages"])
async def test_one_of_several_mirrors_must_be_named(api: Api, path: str) -> None:
    """Their files are not laid together."""
    world = await a_world(api)
    second = a_mirror("second", position=1, filters=Filters(subdirs=("noarch",)))
    await world.records.mirrors.add(second)
    head = await world.head()
    await world.records.catalogue_heads.move(msgspec.structs.replace(head, mirror_id=second.id))

    url = (await ask(api, {"rules": [NO_GPL], "channel": "main", "uninstallable": False}))["url"]
    await make(api, world)

    assert (await get(api, f"{url}/{path}", status=400))["field"] == "mirror"
    assert (await get(api, f"{url}/{path}?mirror=second"))["mirror_id"] == second.id
