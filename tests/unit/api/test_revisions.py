"""Revisions over REST: what was published, what changed, and going back to it."""

from typing import Any

import msgspec
import pytest

from libs.common.contracts.messages import ChannelFrozen, ChannelPublished, ChannelRolledBack
from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.upload import Removal, removal_id
from tests.support.callers import AT_THE_HARNESS
from tests.support.packages import Package, a_package
from tests.support.python_records import a_wheel, payload_of
from tests.support.records import NOON, a_channel, a_mirror, a_published
from tests.support.stocked import a_known_file, stock
from tests.support.world import World
from tests.unit.api.harness import Api

ALPHA = a_package("alpha", "1.0")
ALPHA_2 = a_package("alpha", "2.0")
BETA = a_package("beta", license_name="MIT")
OTHER_BETA = a_package("beta", license_name="BSD")
GAMMA = a_package("gamma")
MAIN = "/api/channels/main"


async def a_world(api: Api, *offers: tuple[Package, ...]) -> World:
    """Return a world behind the API, with a revision for each state of its source."""
    world = World(filters=Filters(subdirs=("noarch",)))
    for offer in offers:
        world.offer(offer)
        await world.run()
        await world.publish()
    api.stands_on(world)
    return world


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    """Ask for something below the channel."""
    answer = await api.ask("GET", f"{MAIN}{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def roll_back(api: Api, number: int, *, status: int = 200) -> Any:
    """Roll the channel back."""
    answer = await api.ask("POST", f"{MAIN}/rollback", json={"revision": number})
    assert answer.status_code == status, answer.text
    return answer.json()


async def shown(world: World) -> tuple[int, set[str]]:
    """Return the number of the revision that clients read, and the names of its packages."""
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert channel.published is not None
    revision = await world.records.revisions.get(channel.published.revision_id)
    assert revision is not None
    data = b"".join([piece async for piece in world.blobs.read(revision.files["noarch/repodata.json"].sha256)])
    records = msgspec.json.decode(data)["packages.conda"]
    return revision.number, {record["name"] for record in records.values()}


async def test_revisions_are_listed_newest_first_with_why_they_were_made(api: Api) -> None:
    """Each with what it has, and how its packages differ from those before."""
    await a_world(api, (ALPHA, BETA), (ALPHA_2, GAMMA))

    listed = await get(api, "/revisions")

    assert listed["total_count"] == 2
    second, first = listed["items"]
    assert second.pop("published_at") >= first.pop("published_at")
    mirror = {"mirror_id": "id-of-forge", "mirror": "forge"}
    assert second == {
        "number": 2,
        "is_current": True,
        "artifact_count": 2,
        "size_bytes": len(ALPHA_2.data) + len(GAMMA.data),
        "package_count": 2,
        "packages": {"added": 1, "removed": 1, "changed": 1},
        "by": {"rolled_back_to": None, "user": None, "causes": [{"kind": "run", **mirror, "run": 2}]},
        "mirrors": [{**mirror, "run": 2}],
        "can_roll_back": False,
        "why_not": "it is what clients read now",
        "remarks": [],
        "conflicts": [],
    }
    assert (first["number"], first["is_current"], first["can_roll_back"], first["why_not"]) == (1, False, True, None)
    assert first["packages"] == {"added": 2, "removed": 0, "changed": 0}


async def test_revisions_are_paged(api: Api) -> None:
    """A page knows why its last revision was made, though the one before stands on the next."""
    await a_world(api, (ALPHA,), (BETA,), (GAMMA,))

    page = await get(api, "/revisions?offset=1&limit=1")

    assert (page["total_count"], [item["number"] for item in page["items"]]) == (3, [2])
    assert [cause["run"] for cause in page["items"][0]["by"]["causes"]] == [2]


async def test_a_channel_that_was_never_published_has_no_revisions(api: Api) -> None:
    """An empty list, and nothing to compare or roll back to."""
    await api.holds(a_channel())

    assert await get(api, "/revisions") == {"total_count": 0, "items": []}
    assert (await get(api, "/revisions/1/changes", status=404))["code"] == "not_found"
    assert "nothing was published yet" in (await roll_back(api, 1, status=404))["detail"]


async def test_what_a_revision_changed_is_told_file_by_file(api: Api) -> None:
    """Against the one before; a file with other bytes is replaced."""
    await a_world(api, (ALPHA, BETA), (ALPHA, ALPHA_2, OTHER_BETA, GAMMA))

    changes = await get(api, "/revisions/2/changes")

    assert (changes["revision"], changes["against"], changes["next_cursor"]) == (2, 1, None)
    assert changes["summary"] == {
        "packages": {"added": 1, "removed": 0, "changed": 2},
        "added": {"files": 2, "size_bytes": len(ALPHA_2.data) + len(GAMMA.data)},
        "removed": {"files": 0, "size_bytes": 0},
        "replaced": {"files": 1, "size_bytes": len(OTHER_BETA.data)},
        "unread": 0,
        "removed_by_hand": 0,
    }
    found = [(item["name"], item["change"], [file["change"] for file in item["files"]]) for item in changes["items"]]
    assert found == [("alpha", "changed", ["added"]), ("beta", "changed", ["replaced"]), ("gamma", "added", ["added"])]
    assert changes["items"][0] == {
        "name": "alpha",
        "family": "conda",
        "change": "changed",
        "is_unread": False,
        "files": [
            {
                "ckey": ALPHA_2.path,
                "version": "2.0",
                "change": "added",
                "size_bytes": len(ALPHA_2.data),
                "is_stored": False,
                "is_removed_by_hand": False,
            }
        ],
    }


async def test_any_two_revisions_are_compared_both_ways(api: Api) -> None:
    """What came in the one direction goes in the other; the first one came of nothing."""
    await a_world(api, (ALPHA,), (ALPHA, BETA), (GAMMA,))

    there = await get(api, "/revisions/3/changes?against=1")
    back = await get(api, "/revisions/1/changes?against=3")
    first = await get(api, "/revisions/1/changes")
    same = await get(api, "/revisions/2/changes?against=2")

    assert [(item["name"], item["change"]) for item in there["items"]] == [("alpha", "removed"), ("gamma", "added")]
    assert [(item["name"], item["change"]) for item in back["items"]] == [("alpha", "added"), ("gamma", "removed")]
    assert (first["against"], [item["name"] for item in first["items"]]) == (None, ["alpha"])
    assert (same["items"], same["summary"]["packages"]) == ([], {"added": 0, "removed": 0, "changed": 0})


async def test_changes_are_searched_and_filtered(api: Api) -> None:
    """By a part of the name, the family, and what became of the package; the summary is of all of them."""
    await a_world(api, (ALPHA, BETA), (ALPHA_2, GAMMA))

    async def names(query: str) -> list[str]:
        changes = await get(api, f"/revisions/2/changes?{query}")
        assert changes["summary"]["packages"] == {"added": 1, "removed": 1, "changed": 1}
        return [item["name"] for item in changes["items"]]

    assert await names("q=AM") == ["gamma"]
    assert await names("change=removed") == ["beta"]
    assert await names("family=conda") == ["alpha", "beta", "gamma"]
    assert await names("family=python") == []
    assert (await get(api, "/revisions/2/changes?family=notebook", status=400))["field"] == "family"


async def test_changes_are_paged_by_a_cursor(api: Api) -> None:
    """Every package once, in order; the summary stands on the first page."""
    await a_world(api, (ALPHA,), (ALPHA_2, BETA, GAMMA))
    found, address = [], "/revisions/2/changes?limit=1"
    page = await get(api, address)
    assert page["summary"] is not None
    found += page["items"]

    while page["next_cursor"]:
        page = await get(api, f"{address}&cursor={page['next_cursor']}")
        assert page["summary"] is None
        found += page["items"]

    assert [item["name"] for item in found] == ["alpha", "beta", "gamma"]
    assert (await get(api, f"{address}&cursor=nowhere", status=400))["field"] == "cursor"


async def test_names_that_nobody_read_have_no_files_to_tell_of(api: Api) -> None:
    """They are packages all the same."""
    world = World()
    python = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
    demo = payload_of(a_known_file(a_wheel("demo"), size=5), project="demo")
    await stock(world, python, {"simple": {"demo": demo}})
    await world.publish()
    await stock(world, python, {"simple": {"demo": demo, "other": UNREAD}}, number=2)
    await world.publish()
    api.stands_on(world)

    changes = await get(api, "/revisions/2/changes")

    (item,) = changes["items"]
    assert (item["name"], item["family"], item["change"], item["files"]) == ("other", "python", "added", [])
    assert (item["is_unread"], changes["summary"]["unread"]) == (True, 1)


async def test_rolling_back_shows_the_old_content_as_a_new_revision_and_freezes(api: Api) -> None:
    """Clients read it at once; the list and the history tell who did it."""
    world = await a_world(api, (ALPHA,), (BETA,))

    rolled = await roll_back(api, 1)

    assert (rolled["revision"], rolled["rolled_back_to"], rolled["is_frozen"]) == (3, 1, True)
    assert await shown(world) == (3, {"alpha"})
    channel = await get(api, "")
    assert (channel["is_frozen"], channel["indexing_behavior"], channel["revision"]["number"]) == (True, "frozen", 3)
    assert channel["revision"]["runs"] == {"id-of-forge": 1}
    newest, second, _ = (await get(api, "/revisions"))["items"]
    assert newest["by"] == {"rolled_back_to": 1, "user": "admin", "causes": []}
    assert newest["packages"] == {"added": 1, "removed": 1, "changed": 0}
    assert (newest["is_current"], second["is_current"], second["can_roll_back"]) == (True, False, True)
    said = [message for message in api.bus.said if message.subject.startswith("channel.")]
    place = {"channel": "main", "channel_id": "id-of-main"}
    by = {"by": "admin", "by_address": AT_THE_HARNESS}
    published = said[-1]
    assert isinstance(published, ChannelPublished)
    assert said == [
        ChannelFrozen(**place, **by),
        ChannelRolledBack(**place, revision_id=published.revision_id, number=3, rolled_back_to=1, **by),
        ChannelPublished(
            **place,
            revision_id=published.revision_id,
            number=3,
            artifact_count=1,
            size_bytes=len(ALPHA.data),
            files_written=0,
        ),
    ]


async def test_rolling_back_twice_is_rolling_back_once(api: Api) -> None:
    """Who got no answer asks again."""
    world = await a_world(api, (ALPHA,), (BETA,))
    first = await roll_back(api, 1)
    said = len(api.bus.said)

    again = await roll_back(api, 1)

    assert again == first
    assert len(api.bus.said) == said
    assert len(await world.records.revisions.list("id-of-main")) == 3


async def test_no_run_takes_a_roll_back_away_and_unfreezing_publishes_the_newest(api: Api) -> None:
    """What mirrors bring meanwhile waits."""
    world = await a_world(api, (ALPHA,), (BETA,))
    await roll_back(api, 1)
    world.offer((BETA, GAMMA))
    await world.run()

    await world.publish()
    assert await shown(world) == (3, {"alpha"})

    await api.ask("PUT", MAIN, json={"indexing_behavior": "default"})
    await world.publish()
    assert await shown(world) == (4, {"beta", "gamma"})
    assert (await get(api, "/revisions/4/changes"))["summary"]["packages"] == {"added": 2, "removed": 1, "changed": 0}


async def test_a_frozen_channel_is_rolled_back_and_forth(api: Api) -> None:
    """To any revision that is kept, also to a newer one; that it is frozen is not said again."""
    world = await a_world(api, (ALPHA,), (BETA,), (GAMMA,))
    await roll_back(api, 1)
    await roll_back(api, 2)

    assert await shown(world) == (5, {"beta"})
    assert len(api.said(ChannelFrozen)) == 1
    assert [message.rolled_back_to for message in api.bus.said if isinstance(message, ChannelRolledBack)] == [1, 2]


async def test_what_clients_read_now_is_no_roll_back(api: Api) -> None:
    """Holding it is what freezing is for."""
    world = await a_world(api, (ALPHA,))

    problem = await roll_back(api, 1, status=409)

    assert problem["detail"] == "revision 1 is what clients read now; freeze the channel to keep it"
    assert api.bus.said == []
    channel = await world.records.channels.get(ChannelKey("main"))
    assert channel is not None
    assert not channel.is_frozen


async def test_a_revision_that_is_not_kept_is_told_from_one_that_never_was(api: Api) -> None:
    """410 and 404; of both nothing changes."""
    world = await a_world(api, (ALPHA,), (BETA,), (GAMMA,))
    oldest = (await world.records.revisions.list("id-of-main"))[-1]
    await world.records.revisions.delete([oldest.id])

    assert "the oldest that is kept is 2" in (await roll_back(api, 1, status=410))["detail"]
    assert (await roll_back(api, 9, status=404))["detail"] == "channel main has no revision 9"
    assert (await roll_back(api, 0, status=400))["code"] == "bad_request"
    assert "name another one" in (await get(api, "/revisions/2/changes", status=410))["detail"]
    assert await shown(world) == (3, {"gamma"})


@pytest.mark.parametrize("lost", ["contents", "noarch/repodata.json.zst"])
async def test_a_revision_of_which_something_is_lost_is_not_shown_again(api: Api, lost: str) -> None:
    """Clients would read half an index."""
    world = await a_world(api, (ALPHA,), (BETA,))
    first = (await world.records.revisions.list("id-of-main"))[-1]
    await world.blobs.remove(first.contents if lost == "contents" else first.files[lost].sha256)

    problem = await roll_back(api, 1, status=410)

    assert problem["code"] == "not_kept"
    assert await shown(world) == (2, {"beta"})
    assert len(await world.records.revisions.list("id-of-main")) == 2


async def test_who_is_overtaken_by_a_publication_rolls_back_from_there(api: Api) -> None:
    """The pointer is moved from what was looked at, or not at all."""
    world = await a_world(api, (ALPHA,), (BETA,))
    world.offer((GAMMA,))
    await world.run()
    stored, is_overtaken = world.records.revisions.add, False

    async def add(revision: Any) -> None:
        nonlocal is_overtaken
        await stored(revision)
        if not is_overtaken:
            is_overtaken = True
            await world.publish()

    world.records.revisions.add = add  # type: ignore[method-assign] # somebody else publishes at this line
    rolled = await roll_back(api, 1)

    assert rolled["revision"] == 4
    assert await shown(world) == (4, {"alpha"})
    assert [revision.number for revision in await world.records.revisions.list("id-of-main")] == [4, 3, 2, 1]


async def test_a_revision_that_was_never_published_is_not_shown(api: Api) -> None:
    """An indexer that was killed before it moved the pointer leaves one."""
    world = await a_world(api, (ALPHA,), (BETA,))
    current = (await world.records.revisions.list("id-of-main"))[0]
    await world.records.revisions.add(msgspec.structs.replace(current, id="left", number=3))
    await world.records.revisions.add(msgspec.structs.replace(current, id="lost-the-race"))

    assert [item["number"] for item in (await get(api, "/revisions"))["items"]] == [2, 1]
    assert (await roll_back(api, 3, status=404))["code"] == "not_found"


async def test_what_was_taken_out_by_hand_and_would_come_back_is_told(api: Api) -> None:
    """It may have been taken out because it does harm."""
    world = await a_world(api, (ALPHA, BETA), (BETA,))
    for name, ckey in (("alpha", ALPHA.path), ("gamma", None)):
        await world.records.removals.put(
            Removal(
                id=removal_id("id-of-main", MirrorType.CONDA, name=name, ckey=ckey),
                channel_id="id-of-main",
                type=MirrorType.CONDA,
                name=name,
                ckey=ckey,
                at=NOON,
            )
        )

    coming = await get(api, "/revisions/1/changes?against=2")
    going = await get(api, "/revisions/2/changes?against=1")

    assert coming["summary"]["removed_by_hand"] == 1
    assert [file["is_removed_by_hand"] for file in coming["items"][0]["files"]] == [True]
    assert going["summary"]["removed_by_hand"] == 0


async def test_a_revision_of_a_deleted_passive_mirror_says_what_may_be_missing(api: Api) -> None:
    """Nobody knows where to fetch the rest of its files from."""
    world = await a_world(api, (ALPHA,), (BETA,))
    await world.records.mirrors.delete("id-of-forge")

    item = (await get(api, "/revisions"))["items"][1]

    assert item["can_roll_back"]
    assert "can't be fetched" in item["remarks"][0]
    assert item["mirrors"] == [{"mirror_id": "id-of-forge", "mirror": None, "run": 1}]


async def test_a_revision_names_files_that_mirrors_disagree_on(api: Api) -> None:
    """As the indexer found them."""
    world = await a_world(api, (ALPHA,))
    (revision,) = await world.records.revisions.list("id-of-main")
    disputed = msgspec.structs.replace(revision, conflicts=("noarch/alpha-1.0-0.conda",))
    await world.records.revisions.delete([revision.id])
    await world.records.revisions.add(disputed)

    assert (await get(api, "/revisions"))["items"][0]["conflicts"] == ["noarch/alpha-1.0-0.conda"]


async def test_subchannels_have_revisions_of_their_own(api: Api) -> None:
    """Under their own address."""
    await api.holds(a_channel("main"), a_channel("main/stage"))
    below = f"{MAIN}/subchannels/stage"

    assert (await api.ask("GET", f"{below}/revisions")).json() == {"total_count": 0, "items": []}
    assert (await api.ask("GET", f"{below}/revisions/1/changes")).status_code == 404
    assert (await api.ask("POST", f"{below}/rollback", json={"revision": 1})).status_code == 404


async def test_a_lost_revision_of_an_older_version_is_no_error_of_the_list(api: Api) -> None:
    """The pointer may name a document that is gone; verifying tells that."""
    await api.holds(a_channel(published=a_published(), indexing_behavior=IndexingBehavior.FROZEN))

    assert (await get(api, "/revisions"))["total_count"] == 0
