"""Previews of mirrors, over REST: asked for, made, read in pages, stopped."""

from typing import Any

import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import MirrorPreview
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.channel import Privacy
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.mirror import Filters
from libs.common.domain.mirror_preview import PreviewState
from libs.common.runtime.clock import RandomIds
from services.scheduler.preview_mirror import PreviewPorts, preview_mirror
from tests.support.identities import an_identity, with_levels
from tests.support.packages import a_package
from tests.support.records import a_channel, a_mirror, a_policy, a_rule
from tests.support.world import ROOT, World
from tests.unit.api.gate import Gate
from tests.unit.api.harness import SEAL, Api, a_wish

FREE = a_package("alpha", "1.0", license_name="MIT")
COPYLEFT = a_package("beta", "1.0", license_name="GPL-3.0-only")
LAWLESS = a_package("beta", "2.0", license_name="GPL-2.0-only")
NO_GPL = {"subdirs": ["noarch"], "exclude_licenses": ["GPL"]}


async def a_world(api: Api, **mirror: Any) -> World:
    """Return a world behind the API, whose mirror ran once."""
    world = World((FREE, COPYLEFT, LAWLESS), filters=Filters(subdirs=("noarch",)), **mirror)
    await world.run()
    api.stands_on(world)
    return world


def a_body(**changes: Any) -> dict[str, Any]:
    """Return what a client sends to preview a new mirror of the world's source."""
    mirror = a_wish(source_root=ROOT, filters=NO_GPL) | changes
    return {"channel": "main", "mirror": mirror}


async def ask(api: Api, body: Any, *, status: int = 202) -> Any:
    """Ask for a preview."""
    answer = await api.ask("POST", "/api/mirrors/preview", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def make(api: Api, world: World) -> None:
    """Do the scheduler's work."""
    message = api.said(MirrorPreview)[-1]
    assert isinstance(message, MirrorPreview)
    ports = PreviewPorts(previews=world.records.mirror_previews, run=world.ports(), ids=RandomIds())
    await preview_mirror(message, ports=ports)


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    """Ask for something, and check the status."""
    answer = await api.ask("GET", path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_preview_is_promised_made_and_read(api: Api) -> None:
    """Counts by reason, packages, and the rules in words; nothing else is there because of it."""
    world = await a_world(api)
    mirrors = await world.records.mirrors.list()

    promised = await ask(api, a_body())
    waiting = await get(api, promised["url"])
    await make(api, world)
    done = await get(api, promised["url"])

    assert (waiting["state"], waiting["count"], waiting["mirror_id"]) == ("waiting", None, None)
    assert (done["state"], done["percent"], done["problem"]) == ("done", 100, None)
    assert done["count"] == {
        "listed": 1,
        "listed_bytes": len(FREE.data),
        "excluded": {"mirror_filtered.license": 2},
        "unread": 0,
    }
    assert done["packages"] == {"count": 1, "names": ["alpha"]}
    assert [(rule["rule"], rule["excluded"]) for rule in done["rules"]] == [("exclude_licenses", 2)]
    assert "GPL" in done["rules"][0]["text"]
    assert (done["failed"], done["failures"], done["change"]) == (0, [], None)
    assert await world.records.mirrors.list() == mirrors


async def test_its_files_are_read_in_pages(api: Api) -> None:
    """By decision and reason, with the rule; a page ends where the next one begins."""
    world = await a_world(api)
    url = (await ask(api, a_body()))["url"]
    early = await get(api, f"{url}/files", status=409)
    await make(api, world)

    kept = await get(api, f"{url}/files?decision=kept")
    dropped = await get(api, f"{url}/files?reason=license&limit=1")
    first = await get(api, f"{url}/files?limit=1")
    rest = await get(api, f"{url}/files?cursor={first['next_cursor']}")

    assert early["code"] == "conflict"
    assert [file["ckey"] for file in kept["items"]] == [FREE.path]
    assert [(file["ckey"], file["rule"]) for file in dropped["items"]] == [
        (COPYLEFT.path, "exclude_licenses"),
        (LAWLESS.path, "exclude_licenses"),
    ]
    assert [file["ckey"] for file in first["items"] + rest["items"]] == [FREE.path, COPYLEFT.path, LAWLESS.path]
    assert (await get(api, f"{url}/files?cursor=nonsense", status=400))["field"] == "cursor"


async def test_a_preview_of_an_edit_compares_with_what_is_there(api: Api) -> None:
    """With the secret that stays, and the policy that is left out."""
    real = "http://ann:s3cret@source.example/conda"
    world = await a_world(api)
    world.upstream.files |= {
        url.replace("http://", "http://ann:s3cret@"): data for url, data in world.upstream.files.items()
    }
    await world.edit(source_root="http://****@source.example/conda", sealed_source=SEAL.seal(real))
    world.seal = SEAL
    body = a_body(mirror_name="forge", source_root="http://****@source.example/conda", mirror_mode=None)

    url = (await ask(api, body | {"mirror_id": world.mirror.id}))["url"]
    await make(api, world)
    answer = await api.ask("GET", url)

    change = answer.json()["change"]
    assert (change["gained"], change["lost"], change["packages_lost"]) == (0, 2, {"count": 1, "names": ["beta"]})
    assert answer.json()["mirror_id"] == world.mirror.id
    assert "s3cret" not in answer.text
    assert "s3cret" not in repr(api.bus.said)


async def test_a_policy_that_is_wished_decides(api: Api) -> None:
    """As if it were the mirror's own."""
    world = await a_world(api)
    await world.records.policies.add(a_policy("production", rules=(a_rule(),)))

    url = (await ask(api, a_body(filters={}, policy="production")))["url"]
    await make(api, world)
    done = await get(api, url)

    (rule,) = done["rules"]
    assert (rule["policy_name"], rule["policy"]) == ("production", "id-of-production")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "source": ({"source_root": "ftp://x"}, "source_root"),
    "filters": ({"filters": {"subdirs": ["no subdir"]}}, "filters.subdirs"),
    "cron": ({"cron": "every day"}, "cron"),
    "policy": ({"policy": "none"}, "policy"),
    "mask": ({"source_root": "https://****@source.example/x"}, "source_root"),
}


@pytest.mark.parametrize(("change", "field"), FAULTS.values(), ids=FAULTS)
async def test_what_could_not_be_saved_is_refused_by_its_field(api: Api, change: dict[str, Any], field: str) -> None:
    """And nobody is asked to read anything."""
    await a_world(api)

    refused = await ask(api, a_body(**change), status=400)

    assert refused["field"] == field
    assert not api.said(MirrorPreview)


async def test_a_source_that_is_wrong_is_told(api: Api) -> None:
    """As a run would tell it."""
    world = await a_world(api)
    url = (await ask(api, a_body(source_root="http://source.example/nothing")))["url"]
    await make(api, world)

    failed = await get(api, url)

    assert (failed["state"], failed["problem"]["code"]) == ("failed", "upstream_missing")
    assert (await get(api, f"{url}/files", status=409))["code"] == "conflict"


async def test_a_preview_can_be_stopped(api: Api) -> None:
    """Then the scheduler makes nothing of it; a second time changes nothing."""
    world = await a_world(api)
    url = (await ask(api, a_body()))["url"]

    stopped = [(await api.ask("DELETE", url)).status_code for _ in range(2)]
    await make(api, world)

    assert stopped == [204, 204]
    assert (await get(api, url))["problem"]["code"] == "stopped"


async def test_few_are_made_for_one_person_at_a_time(api: Api) -> None:
    """Each reads a whole source; one that is stopped makes room."""
    await a_world(api)
    urls = [(await ask(api, a_body()))["url"] for _ in range(4)]

    answer = await api.ask("POST", "/api/mirrors/preview", json=a_body())
    await api.ask("DELETE", urls[0])

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    await ask(api, a_body())


async def test_files_that_are_no_longer_kept_are_said_to_be_so(api: Api) -> None:
    """Not that there are none."""
    world = await a_world(api)
    url = (await ask(api, a_body()))["url"]
    await make(api, world)
    world.records.shards.__init__()  # type: ignore[misc]

    assert (await get(api, f"{url}/files", status=410))["code"] == "not_kept"


class _AwayBus(MemoryBus):
    """A bus that is away."""

    async def say(self, message: Message, **_: Any) -> None:
        """Fail."""
        raise StoreUnavailable(f"NATS did not take {message.subject}")


async def test_a_bus_that_is_away_promises_nothing(api: Api) -> None:
    """Whoever asks is told, and asks again."""
    world = await a_world(api)
    api.bus = _AwayBus()
    api.stands_on(world)

    assert (await ask(api, a_body(), status=503))["code"] == "store_unavailable"


async def test_who_may_not_edit_mirrors_of_a_channel_learns_nothing_of_its_previews() -> None:
    """A stranger is told that there is none; a reader, that it takes more."""
    mirrors = {Category.CHANNEL_MIRROR: Level.WRITE}
    ann, bob = with_levels(an_identity("ann"), mirrors), with_levels(an_identity("bob"), mirrors)
    reader = with_levels(an_identity("may", groups=frozenset({"readers"})), mirrors)
    gate = Gate({"ann": ann, "bob": bob, "may": reader})
    await gate.records.channels.add(
        a_channel("secret", privacy=Privacy.PRIVATE, owners=("ann",), groups={"readers": Level.READ})
    )
    await gate.records.mirrors.add(a_mirror(channel="secret", channel_id="id-of-secret"))
    body = {"channel": "secret", "mirror": a_wish()}

    hidden = await gate.ask("POST", "/api/mirrors/preview", by="bob", body=body)
    refused = await gate.ask("POST", "/api/mirrors/preview", by="may", body=body)
    assert (await gate.ask("POST", "/api/mirrors/preview", by="ann", body=body)).status == 202
    (preview,) = await gate.records.mirror_previews.all()
    seen = [
        await gate.ask(method, f"/api/mirrors/preview/{which}{path}", by=by)
        for by, which in (("bob", preview.id), ("bob", "x" * 32))
        for method, path in (("GET", ""), ("GET", "/files"), ("DELETE", ""))
    ]

    assert (hidden.status, refused.status) == (404, 403)
    assert [answer.status for answer in seen] == [404] * 6
    assert [it.without(preview.id) for it in seen[:3]] == [it.without("x" * 32) for it in seen[3:]]
    assert (await gate.ask("GET", f"/api/mirrors/preview/{preview.id}", by="may")).status == 403
    assert preview.state is PreviewState.WAITING
