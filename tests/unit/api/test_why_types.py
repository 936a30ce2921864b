"""Why a Python or R package is in a channel, or why not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.digest import sha256_of
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.read_page import ReadPage
from tests.support.cran_records import a_stanza
from tests.support.cran_records import payload_of as r_payload
from tests.support.packages import a_package
from tests.support.python_records import a_wheel, needing, payload_of
from tests.support.records import a_mirror
from tests.support.stocked import SOURCE, Source, a_known_file, stock
from tests.support.world import World
from tests.unit.api.harness import AUTH, Api

PYTHON = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
R = a_mirror("cran", type=MirrorType.CRAN)
MD5 = "0" * 32
NO_ONE = Rule(id="no-one", action=Action.EXCLUDE, where=Where(spec=("demo <2",)))

DEMO = payload_of(
    a_known_file(a_wheel("demo")),
    a_known_file(a_wheel("demo", "2.0"), yanked="broken on Windows"),
    a_known_file("demo-3.0.tar.gz"),
    project="demo",
    metadata={a_wheel("demo", "2.0"): needing("other >=5 ; sys_platform == 'linux'", "gone ; extra == 'x'")},
)
OTHER = payload_of(a_known_file(a_wheel("other")), project="other")


async def stocked(api: Api, mirror: Mirror, source: Source, *rules: Rule) -> World:
    """Return a published channel behind the API, whose mirror has run."""
    world = World()
    await stock(world, mirror, source, *rules)
    await world.publish()
    api.stands_on(world)
    return world


async def why(api: Api, spec: str, *, status: int = 200, **query: str) -> Any:
    """Ask."""
    answer = await api.client.request("GET", "/api/channels/main/why", params={"spec": spec, **query}, headers=AUTH)
    assert answer.status_code == status, answer.text
    return answer.json()


async def words_of(api: Api, spec: str) -> dict[str, str]:
    """Return what is said of the files of the one mirror, by version."""
    (mirror,) = (await why(api, spec))["mirrors"]
    return {file["version"]: f"{file['status']}: {file['words']}" for file in mirror["files"]}


async def test_of_each_python_file_it_is_told_what_it_is(api: Api) -> None:
    """The rule that leaves it out; that it was yanked, and why."""
    await stocked(api, PYTHON, {"simple": {"demo": DEMO, "other": OTHER}}, NO_ONE)

    said = await words_of(api, "demo")

    assert said["1.0"].startswith("excluded: excluded by the filter no-one")
    assert said["2.0"] == (
        "visible: clients see it; it was yanked: broken on Windows; installers take it only where it is pinned"
    )
    assert said["3.0"] == "visible: clients see it"


@pytest.mark.parametrize(
    "spec",
    [
        "demo==2.0",
        "Demo[x]==2.* ; python_version > '3'",
        a_wheel("demo", "2.0"),
        f"simple/demo/{a_wheel('demo', '2.0')}",
        f"https://tain.example/api/repo/main/simple/demo/{a_wheel('demo', '2.0')}.metadata",
    ],
)
async def test_one_python_file_is_asked_for_as_clients_write_it(api: Api, spec: str) -> None:
    """As a requirement, or by its name."""
    await stocked(api, PYTHON, {"simple": {"demo": DEMO, "other": OTHER}})

    assert list(await words_of(api, spec)) == ["2.0"]


async def test_what_python_files_need_is_followed_where_markers_hold(api: Api) -> None:
    """Extras that nobody asks for need nothing."""
    await stocked(api, PYTHON, {"simple": {"demo": DEMO, "other": OTHER}})

    answer = await why(api, "demo ==2.0")
    assert answer["words"] == "demo ==2.0 is there, but something that it needs is not"
    (missing,) = answer["missing"]
    assert missing["chain"] == ["other >=5 ; sys_platform == 'linux'"]
    assert missing["words"].startswith("index: its source has no file that matches")

    assert (await why(api, "demo ==2.0", platform="win_amd64"))["missing"] == []
    assert (await why(api, "demo", platform="moon", status=400))["field"] == "platform"


async def test_a_name_that_nobody_read_is_told_as_that(api: Api) -> None:
    """Also as a dependency, which is then taken to be there."""
    needing_it = payload_of(a_known_file(a_wheel("app")), project="app", metadata={a_wheel("app"): needing("lazy >=1")})
    await stocked(api, PYTHON, {"simple": {"app": needing_it, "lazy": UNREAD}})

    answer = await why(api, "lazy")

    assert answer["words"] == "of lazy it is not known: a source has the name, and nobody has read yet which files"
    (mirror,) = answer["mirrors"]
    assert mirror["words"] == ("its source has lazy, and nobody asked for it yet: it is read when a client first does")
    assert mirror["is_unread"]
    assert (await why(api, "app"))["missing"] == []


async def test_an_unread_name_that_its_name_excludes_names_the_rule(api: Api) -> None:
    """Its files need not be known for that."""
    rule = Rule(id="no-lazy", action=Action.EXCLUDE, where=Where(name=("lazy",)))
    await stocked(api, PYTHON, {"simple": {"lazy": UNREAD}}, rule)

    (mirror,) = (await why(api, "lazy"))["mirrors"]

    assert mirror["words"] == (
        "its source has lazy, which is excluded by its name: the filter no-lazy; its files were not read"
    )


async def test_what_a_client_asked_for_is_decided_on_as_if_a_run_had_read_it(api: Api) -> None:
    """The page that was read has the source's files, and the rules hold for them."""
    world = await stocked(api, PYTHON, {"simple": {"demo": UNREAD}}, NO_ONE)
    shard = bytes.fromhex(sha256_of(DEMO))
    await world.records.shards.put({shard: DEMO})
    page = ReadPage(name="demo", shard=shard, read_at=datetime.now(UTC))
    await world.records.read_pages.put(PYTHON.id, page, source=SOURCE, partition="simple")

    said = await words_of(api, "demo")

    assert [words.partition(":")[0] for words in said.values()] == ["excluded", "visible", "visible"]


async def test_a_frozen_channel_is_told_of_python_too(api: Api) -> None:
    """The mirror went on."""
    world = await stocked(api, PYTHON, {"simple": {"other": OTHER}})
    await world.records.channels.update(ChannelKey("main"), {"indexing_behavior": IndexingBehavior.FROZEN})
    await stock(world, PYTHON, {"simple": {"demo": DEMO, "lazy": UNREAD}}, number=2)

    assert (await words_of(api, "demo"))["3.0"] == "frozen: kept, but the channel is frozen"
    assert "clients still see it, for the channel is frozen" in (await words_of(api, "other"))[""]
    (mirror,) = (await why(api, "lazy"))["mirrors"]
    assert mirror["words"].endswith("clients do not see it, for the channel is frozen")


async def test_names_and_versions_that_the_source_has_are_told(api: Api) -> None:
    """Newest first, by PEP 440."""
    await stocked(api, PYTHON, {"simple": {"demo": DEMO, "other": OTHER}})

    assert (await why(api, "demo >=9"))["mirrors"][0]["versions"] == ["3.0", "2.0", "1.0"]
    assert (await why(api, "dmeo"))["mirrors"][0]["names"] == ["demo"]


async def test_r_packages_are_asked_for_as_r_writes_them(api: Api) -> None:
    """Whatever the case; base packages are no need, and old versions stand in the Archive."""
    payload = r_payload(
        a_stanza("Demo", "2.0", MD5sum=MD5, Imports="methods, gone (>= 1.0)"),
        a_stanza("Demo", "1.0", MD5sum=MD5, Path="Archive/Demo"),
    )
    await stocked(api, R, {"src/contrib": {"Demo": payload}})

    answer = await why(api, "demo (>= 2.0)")
    assert answer["words"] == "demo (>= 2.0) is there, but something that it needs is not"
    (missing,) = answer["missing"]
    assert (missing["chain"], missing["words"]) == (["gone (>= 1.0)"], "cran: its source has no gone")

    said = await words_of(api, "src/contrib/Archive/Demo/Demo_1.0.tar.gz")
    assert list(said) == ["1.0"]
    assert "in the Archive" in said["1.0"]


async def test_types_of_mirrors_in_one_channel_answer_together(api: Api) -> None:
    """What one of them can't read the others may; what none can is refused."""
    world = World([a_package("demo", "1.0")])
    await world.run()
    await stock(world, PYTHON, {"simple": {"demo": DEMO}})
    await stock(world, R, {"src/contrib": {"demo": r_payload(a_stanza("demo", "4.0", MD5sum=MD5))}})
    await world.publish()
    api.stands_on(world)

    answer = await why(api, "demo ==2.0|4.0|1.0")
    found = {mirror["mirror"]: [file["version"] for file in mirror["files"]] for mirror in answer["mirrors"]}
    assert found == {"forge": ["1.0"], "index": ["1.0", "2.0"], "cran": ["4.0"]}
    only_r = await why(api, "demo", platform="src/contrib")
    assert [mirror["mirror"] for mirror in only_r["mirrors"]] == ["cran"]
    await why(api, "demo >=>2", status=400)


async def test_decisions_on_one_file_are_found_by_its_path(api: Api) -> None:
    """Paths of Python and R have more parts than conda's."""
    await stocked(api, PYTHON, {"simple": {"demo": DEMO, "other": OTHER}}, NO_ONE)
    ckey = f"simple/demo/{a_wheel('demo')}"

    answer = await api.client.request(
        "GET", f"/api/channels/main/mirrors/{PYTHON.id}/decisions", params={"ckey": ckey}, headers=AUTH
    )

    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert (item["ckey"], item["decision"], item["rule"]) == (ckey, "excluded", "no-one")
