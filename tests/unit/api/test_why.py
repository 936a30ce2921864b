"""Why a package is in a channel, or why not."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from libs.common.domain.channel import IndexingBehavior
from libs.common.domain.mirror import Filters, MirrorMode
from libs.common.domain.policy import Action, Rule, Where
from tests.support.packages import Package, a_package
from tests.support.records import a_mirror, a_rule
from tests.support.uploading_world import UploadingWorld
from tests.support.world import World
from tests.unit.api.harness import Api

FREE = a_package("alpha", "1.0", license_name="MIT")
NEWER = a_package("alpha", "2.0", license_name="GPL-3.0-only")
NO_GPL = a_rule("no-gpl")
SUBDIRS = ("noarch", "linux-64")


async def a_world(api: Api, *packages: Package, rules: tuple[Rule, ...] = (NO_GPL,), **mirror: Any) -> World:
    """Return a published world behind the API, whose mirror ran under a policy."""
    world = World(**{"filters": Filters(subdirs=SUBDIRS), **mirror})
    world.offer(packages, subdirs=SUBDIRS)
    execution = await world.begin()
    await world.put_policy(*rules)
    await execution.execute()
    await world.publish()
    api.stands_on(world)
    return world


async def why(api: Api, spec: str, *, status: int = 200, **query: str) -> Any:
    """Ask."""
    answer = await api.client.request(
        "GET", "/api/channels/main/why", params={"spec": spec, **query}, headers={"X-Auth": "a-token-for-tests-only"}
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def the_file(api: Api, spec: str) -> Any:
    """Ask about one file of the one mirror."""
    (mirror,) = (await why(api, spec))["mirrors"]
    (file,) = mirror["files"]
    return file


async def test_an_excluded_file_names_its_rule_and_policy(api: Api) -> None:
    """In words that a person can act on; the file that is there is told, too."""
    await a_world(api, FREE, NEWER)

    answer = await why(api, "alpha")

    assert answer["words"] == "alpha is there: clients see 1 of 2 matching files"
    (mirror,) = answer["mirrors"]
    assert mirror["words"] == (
        "of 2 matching files 1 visible to clients, 1 excluded by rule no-gpl of policy production"
    )
    seen, dropped = mirror["files"]
    assert (seen["status"], dropped["status"], dropped["rule"]) == ("visible", "excluded", "no-gpl")
    assert dropped["words"].startswith("excluded by rule no-gpl of policy production: ")
    assert "GPL-3.0-only" in dropped["words"]


@pytest.mark.parametrize("spec", ["alpha >=2", "alpha-2.0-h0_0.conda", "noarch/alpha-2.0-h0_0.conda"])
async def test_one_file_is_asked_for_by_spec_or_name(api: Api, spec: str) -> None:
    """As it stands in an index, or in an error of a client."""
    await a_world(api, FREE, NEWER)

    assert (await the_file(api, spec))["ckey"] == NEWER.path


async def test_where_the_source_has_no_such_file_it_is_told_what_it_has(api: Api) -> None:
    """Versions of the name, or names that are like it."""
    await a_world(api, FREE, NEWER)

    versions, names = await why(api, "alpha >=3"), await why(api, "alpah")

    assert versions["mirrors"][0]["versions"] == ["2.0", "1.0"]
    assert (names["mirrors"][0]["names"], names["mirrors"][0]["words"]) == (["alpha"], "its source has no alpah")
    assert names["words"] == "alpah is not there: no source has a file that matches"


async def test_a_frozen_channel_and_one_that_is_not_published_are_told(api: Api) -> None:
    """What is newly let in, and what is newly left out."""
    world = await a_world(api, FREE, NEWER)
    await world.put_policy(Rule(id="no-one", action=Action.EXCLUDE, where=Where(spec=("alpha 1.0",))))
    await world.look_at_rules()

    assert (await the_file(api, "alpha 2.0"))["status"] == "not_published"
    assert (await the_file(api, "alpha 1.0"))["status"] == "excluded_but_visible"
    await world.records.channels.update(world.mirror.channel, {"indexing_behavior": IndexingBehavior.FROZEN})
    assert (await the_file(api, "alpha 2.0"))["words"] == "kept, but the channel is frozen"
    assert "clients still see it, for the channel is frozen" in (await the_file(api, "alpha 1.0"))["words"]


async def test_what_could_not_be_stored_is_told_with_the_reason(api: Api) -> None:
    """An active mirror lists only what it has."""
    world = await a_world(api, FREE, rules=(), mode=MirrorMode.ACTIVE)
    world.offer([FREE, NEWER], subdirs=SUBDIRS)
    world.broken = frozenset({NEWER.path})
    await world.run()
    await world.publish()

    file = await the_file(api, "alpha 2.0")

    assert (file["status"], file["words"]) == ("not_stored", "kept, but not stored: broken on purpose")


async def test_what_the_source_took_away_is_stale_until_it_is_published(api: Api) -> None:
    """Clients still see it."""
    world = await a_world(api, FREE, NEWER, rules=())
    world.offer([NEWER], subdirs=SUBDIRS)
    await world.run()

    assert (await the_file(api, "alpha 1.0"))["status"] == "stale"
    assert (await why(api, "alpha 1.0"))["words"].startswith("alpha 1.0 is there")


async def test_a_conflict_names_the_mirror_that_comes_first(api: Api) -> None:
    """Both bring a file of the name, with other bytes."""
    world = await a_world(api, FREE, rules=())
    await world.put_policy(name="none")
    other = a_package("alpha", "1.0", license_name="MIT", padding_bytes=10)
    first = world.mirror
    world.mirror = a_mirror("second", position=1, source_root=first.source_root, filters=first.filters)
    await world.records.mirrors.add(world.mirror)
    world.offer([other], subdirs=SUBDIRS)
    await world.run()
    await world.publish()

    winner, loser = (await why(api, "alpha"))["mirrors"]

    assert (winner["files"][0]["status"], loser["files"][0]["status"]) == ("visible", "conflict")
    assert "forge comes first" in loser["files"][0]["words"]


async def test_a_missing_dependency_is_followed_to_the_rule_that_leaves_it_out(api: Api) -> None:
    """The file is there; what it needs is not."""
    await a_world(
        api,
        a_package("app", depends=["lib >=2", "python_abi", "__glibc >=2.17"]),
        a_package("python_abi"),
        a_package("lib", "2.0", depends=["core >=1"]),
        a_package("core", "1.0", license_name="GPL-3.0-only"),
        a_package("core", "1.1", license_name="GPL-3.0-only"),
        a_package("core", "0.9"),
    )

    answer = await why(api, "app", platform="linux-64")

    assert answer["words"] == "app is there, but something that it needs is not"
    (missing,) = answer["missing"]
    assert missing["chain"] == ["lib >=2", "core >=1"]
    assert missing["words"] == "forge: all 2 matching files are excluded by rule no-gpl of policy production"


async def test_a_dependency_that_no_source_has_is_told_as_that(api: Api) -> None:
    """With what the source has of the name; another file that can be met is enough."""
    await a_world(
        api,
        a_package("app", depends=["lib >=3", "tool"]),
        a_package("lib", "2.0"),
        a_package("tool", "1.0"),
        a_package("tool", "2.0", depends=["nowhere"]),
        a_package("loop", depends=["loop"]),
    )

    (missing,) = (await why(api, "app"))["missing"]

    assert (missing["chain"], missing["words"]) == (["lib >=3"], "forge: its source has no file that matches 'lib >=3'")
    assert (await why(api, "tool 1.0"))["missing"] == []
    assert (await why(api, "loop"))["missing"] == []


async def test_what_can_not_be_asked_is_refused(api: Api) -> None:
    """With what to write instead."""
    await a_world(api, FREE)

    for spec in ("", "al*", "alpha >=>2"):
        assert (await why(api, spec, status=400))["field"] == "spec"
    assert (await why(api, "alpha", platform="moon!", status=400))["field"] == "platform"


async def test_a_mirror_that_has_not_run_and_a_channel_without_mirrors_are_told(api: Api) -> None:
    """There is nothing to ask yet."""
    world = await a_world(api, FREE)
    await world.records.mirrors.add(msgspec.structs.replace(a_mirror("second"), position=1))

    assert "has not run yet" in (await why(api, "alpha"))["mirrors"][1]["words"]
    for mirror in ("id-of-forge", "id-of-second"):
        await world.records.mirrors.delete(mirror)
    assert (await why(api, "alpha"))["words"] == "alpha is not there: the channel has no mirror"


async def test_an_upload_tells_who_put_it_in_and_when(api: Api) -> None:
    """Also where a rule leaves it out; it stands before the mirrors."""
    world = UploadingWorld([FREE], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    for package in (FREE, NEWER):
        await world.upload(package)
    await world.put_policy(NO_GPL)
    await world.fill()
    await world.look_at_rules()
    await world.publish()
    api.stands_on(world)

    uploads, _ = (await why(api, "alpha"))["mirrors"]

    assert uploads["mirror"] == "uploads"
    day = world.clock.now().date().isoformat()
    free, newer = sorted(uploads["files"], key=lambda file: str(file["version"]))
    assert (free["status"], free["words"]) == ("visible", f"clients see it; uploaded by ann on {day}")
    assert newer["status"] == "excluded"
    assert newer["words"].startswith("excluded by rule no-gpl of policy production: ")
    assert newer["words"].endswith(f"; uploaded by ann on {day}")
    decisions = await api.ask("GET", f"/api/channels/main/mirrors/{uploads['mirror_id']}/decisions?decision=excluded")
    assert [it["ckey"] for it in decisions.json()["items"]] == [NEWER.path]
    (none, _) = (await why(api, "other"))["mirrors"]
    assert none["words"] == "what was put into the channel has no other"


async def test_what_was_removed_by_hand_tells_who_did_it_and_when(api: Api) -> None:
    """No filter and no policy has it."""
    world = UploadingWorld([FREE], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.remove("alpha", FREE)
    await world.look_at_rules()
    await world.publish()
    api.stands_on(world)

    file = await the_file(api, "alpha")

    day = world.clock.now().date().isoformat()
    assert file["words"] == f"excluded by a removal by hand: removed by hand (by ann on {day})"
    assert file["reason"] == "channel_filtered.removed"


class CountedShards:
    """Shards, and how often somebody asked for some; implements what why asks of `ports.records.Shards`."""

    def __init__(self, shards: Any) -> None:
        self._shards = shards
        self.asked = 0

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return shards."""
        self.asked += 1
        found: Mapping[bytes, bytes] = await self._shards.get(digests)
        return found


async def test_a_package_of_many_files_is_read_as_often_as_one_of_few(api: Api) -> None:
    """Of 10,000 files the answer once took minutes, for all of them were read for each."""
    await a_world(api, FREE, *(a_package("many", f"1.{minor}") for minor in range(40)))
    api.ports.shards = counted = CountedShards(api.records.shards)  # type: ignore[assignment]

    await why(api, "alpha")
    few, counted.asked = counted.asked, 0
    answer = await why(api, "many")

    assert answer["mirrors"][0]["file_count"] == 40
    assert counted.asked == few


async def test_not_all_that_is_missing_is_told(api: Api) -> None:
    """Each takes a look at what its mirrors decided, and somebody who asks has enough of twenty."""
    needy = a_package("needy", "1.0", depends=[f"absent-{number}" for number in range(30)])
    await a_world(api, needy)

    assert len((await why(api, "needy"))["missing"]) == 20
