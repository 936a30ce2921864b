"""Copying, moving and deleting many files: what is refused at once, and what jobs do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.contracts.artifact_messages import ArtifactRegistered, ArtifactRemoved
from libs.common.domain.access.roles import ADMIN, AUTHOR
from libs.common.domain.bulk_job import BulkAction
from libs.common.domain.channel import ChannelKey, IndexingBehavior
from libs.common.domain.digest import Digest, Sha256, sha256_of
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.ecosystems.registry import ecosystem
from services.api.artifacts.ask_bulk import UnknownArtifact, ask_bulk
from services.api.artifacts.schemas import BulkWish, BulkWishItem
from services.api.artifacts.work_bulk_jobs import work_once
from tests.support.identities import an_identity
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld
from tests.support.records import NOON, a_channel
from tests.unit.api.harness import Api
from tests.unit.api.test_artifacts import ALPHA, BETA, NEWER, OURS, a_world, get, upload

MAIN = "/api/channels/main/artifacts"
BULK = f"{MAIN}/bulk"
OTHER_OURS = a_package("ours", "3.0", license_name="BSD-3-Clause")


def an_item(name: str = "alpha", ckey: str | None = None) -> dict[str, Any]:
    """Return one of what is asked for."""
    return {"name": name, "family": "conda"} | ({"ckey": ckey} if ckey else {})


async def ask(api: Api, action: str, *items: dict[str, Any], status: int = 202, target: str | None = "stage") -> Any:
    """Ask for a job."""
    body: dict[str, Any] = {"action": action, "items": [*items]}
    if target is not None and action != "delete":
        body |= {"target_channel": "main", "target_subchannel": target}
    answer = await api.ask("PUT", BULK, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def done(api: Api, action: str, *items: dict[str, Any]) -> Any:
    """Ask for a job, work at it, and return what became of it."""
    job = await ask(api, action, *items)
    assert job["status"] == "accepted"
    assert (await get(api, f"{BULK}/{job['job_id']}"))["status"] == "waiting"
    assert await work_once(api.ports, owner="worker")
    assert not await work_once(api.ports, owner="worker")
    return await get(api, f"{BULK}/{job['job_id']}")


async def staged(api: Api) -> dict[str, str]:
    """Return the files of the subchannel, and how they came."""
    return {it.ckey: it.came.value for it in await api.records.uploads.list("id-of-main/stage")}


async def two_channels(api: Api, *packages: Any, mode: MirrorMode = MirrorMode.PASSIVE) -> Any:
    """Return a world whose channel has a subchannel to copy to."""
    world = await a_world(api, *(packages or (ALPHA, NEWER, BETA)), mode=mode)
    await world.records.channels.add(a_channel("main/stage"))
    return world


@pytest.mark.parametrize("mode", [MirrorMode.PASSIVE, MirrorMode.ACTIVE])
async def test_a_file_of_a_mirror_is_copied(api: Api, mode: MirrorMode) -> None:
    """One that was never fetched comes in first."""
    await two_channels(api, mode=mode)

    job = await done(api, "copy", an_item(ckey=ALPHA.path))

    assert (job["status"], job["done"], job["total"], job["failures"]) == ("done", 1, 1, [])
    assert await staged(api) == {ALPHA.path: "copied"}
    assert await api.blobs.find(Digest("sha256", ALPHA.sha256)) is not None
    (said,) = api.said(ArtifactRegistered)
    assert isinstance(said, ArtifactRegistered)
    assert (said.channel, said.source_channel, said.how, said.by) == ("main/stage", "main", "copied", "admin")
    assert not api.said(ArtifactRemoved)


async def test_a_whole_package_is_copied(api: Api) -> None:
    """All of its files; again changes nothing."""
    await two_channels(api)

    await done(api, "copy", an_item())
    again = await done(api, "copy", an_item())

    assert again["status"] == "done"
    assert await staged(api) == {ALPHA.path: "copied", NEWER.path: "copied"}
    assert len(api.said(ArtifactRegistered)) == 2


async def test_a_copy_is_what_the_source_shows(api: Api) -> None:
    """It is published as a mirror's file would be."""
    world = await two_channels(api)
    await done(api, "copy", an_item(ckey=ALPHA.path))

    upload_ = (await api.records.uploads.list("id-of-main/stage"))[0]
    payload = (await world.records.shards.get([upload_.shard]))[upload_.shard]

    assert ALPHA.sha256.encode() in payload
    assert NEWER.sha256.encode() not in payload


async def test_a_wheel_is_copied_with_its_metadata(api: Api) -> None:
    """Nobody can ask the source of a copy for it."""
    wheel = a_wheel("alpha", "1.0")
    world = PythonWorld((wheel,))
    await world.run()
    await world.publish()
    await world.records.channels.add(a_channel("main/stage"))
    api.stands_on(world)

    await done(api, "copy", {"name": "alpha", "family": "python", "ckey": wheel.ckey})

    assert await staged(api) == {wheel.ckey: "copied"}
    for data in (wheel.data, wheel.metadata):
        assert await api.blobs.find(Digest("sha256", sha256_of(data))) is not None


async def test_a_copy_promises_nothing_that_nobody_can_give(api: Api) -> None:
    """Whoever installs it would ask for what the source lost."""
    wheel = a_wheel("alpha", "1.0", has_provenance=True)
    world = PythonWorld((wheel,))
    await world.run()
    await world.publish()
    await world.records.channels.add(a_channel("main/stage"))
    api.stands_on(world)
    for path in [it for it in world.upstream.files if it.endswith((".metadata", ".provenance"))]:
        del world.upstream.files[path]

    await done(api, "copy", {"name": "alpha", "family": "python", "ckey": wheel.ckey})

    (copy,) = await api.records.uploads.list("id-of-main/stage")
    payload = (await world.records.shards.get([copy.shard]))[copy.shard]
    assert copy.sha256 == wheel.sha256
    assert ecosystem(MirrorType.PYTHON_SIMPLE).companions(payload, partition=copy.partition) == ()


async def test_what_is_copied_outlives_a_sweep_that_goes_on(api: Api) -> None:
    """It is old where it comes from, which may go meanwhile."""
    await two_channels(api)
    await done(api, "copy", an_item())
    since = datetime.now(UTC)

    await api.ask("DELETE", "/api/channels/main/subchannels/stage")
    await api.records.channels.add(a_channel("main/stage"))
    await done(api, "copy", an_item(ckey=ALPHA.path))

    assert not await api.blobs.sweep(Sha256(ALPHA.sha256), older_than=since)
    assert await api.blobs.sweep(Sha256(NEWER.sha256), older_than=since)


async def test_an_upload_is_copied_before_it_shows(api: Api) -> None:
    """Who names its file knows that it is there."""
    await two_channels(api)
    await upload(api, OURS.filename, OURS.data)

    job = await done(api, "copy", an_item("ours", OURS.path))

    assert job["failures"] == []
    assert await staged(api) == {OURS.path: "copied"}


@pytest.mark.parametrize("ckey", [None, OURS.path])
async def test_what_does_not_show_is_copied_by_nobody_else(api: Api, ckey: str | None) -> None:
    """A policy may leave it out: else all who can read would take it past that."""
    await two_channels(api)
    await upload(api, OURS.filename, OURS.data)
    main = await api.records.channels.get(ChannelKey("main"))
    assert main is not None
    await api.records.channels.add(a_channel("hers", owners=("ann",)))
    wish = BulkWish(
        action=BulkAction.COPY, items=(BulkWishItem(name="ours", family="conda", ckey=ckey),), target_channel="hers"
    )

    with pytest.raises(UnknownArtifact):
        await ask_bulk(main, wish, identity=an_identity("ann", AUTHOR), ports=api.ports)
    job = await ask_bulk(main, wish, identity=an_identity("root", ADMIN), ports=api.ports)
    assert job.status == "accepted"


async def test_deleting_a_mirrors_file_keeps_it_out(api: Api) -> None:
    """And it can be let in again."""
    await two_channels(api)

    await done(api, "delete", an_item(ckey=ALPHA.path))
    await done(api, "delete", an_item("beta"))

    removals = await get(api, "/api/channels/main/removals")
    assert [(it["name"], it["ckey"], it["by"]) for it in removals["items"]] == [
        ("alpha", ALPHA.path, "admin"),
        ("beta", None, "admin"),
    ]
    said = [it for it in api.said(ArtifactRemoved) if isinstance(it, ArtifactRemoved)]
    assert [it.ckey for it in said] == [ALPHA.path, None]
    path = f"/api/channels/main/removals/{removals['items'][0]['id']}"
    assert (await api.ask("DELETE", path)).status_code == 204
    assert (await api.ask("DELETE", path)).status_code == 404
    assert (await get(api, "/api/channels/main/removals"))["total_count"] == 1
    said = [it for it in api.said(ArtifactRemoved) if isinstance(it, ArtifactRemoved)]
    assert [it.is_restored for it in said] == [False, False, True]


async def test_deleting_an_upload_leaves_nothing(api: Api) -> None:
    """It is no mirror's, so nothing needs to be kept out; its SBOM goes with it."""
    world = await two_channels(api)
    await upload(api, OURS.filename, OURS.data)
    await upload(api, "s.json", b'{"bomFormat": "CycloneDX"}', filetype="sbom", ckey=OURS.path)
    await world.uploads_watch().look()
    await world.publish()

    await done(api, "delete", an_item("ours"))

    assert await api.records.uploads.list("id-of-main") == []
    assert await api.records.removals.list("id-of-main") == []
    assert await api.records.attachments.list("id-of-main") == []


async def test_an_upload_over_a_mirrors_file_goes_with_it(api: Api) -> None:
    """Or the mirror's would come up in its place."""
    world = await two_channels(api, OURS)
    await upload(api, OTHER_OURS.filename, OTHER_OURS.data)
    await world.uploads_watch().look()
    await world.publish()

    await done(api, "delete", an_item("ours", OURS.path))

    assert await api.records.uploads.list("id-of-main") == []
    assert [it.ckey for it in await api.records.removals.list("id-of-main")] == [OURS.path]


@pytest.mark.parametrize("ckey", [None, OURS.path])
async def test_moving_is_copying_and_then_deleting(api: Api, ckey: str | None) -> None:
    """With what belongs to the file."""
    await two_channels(api)
    await upload(api, OURS.filename, OURS.data)
    await upload(api, "s.json", b'{"bomFormat": "CycloneDX"}', filetype="sbom", ckey=OURS.path)

    job = await done(api, "move", an_item("ours", ckey))

    assert job["failures"] == []
    assert await staged(api) == {OURS.path: "moved"}
    assert await api.records.uploads.list("id-of-main") == []
    assert await api.records.attachments.of("id-of-main/stage", OURS.path) is not None
    assert await api.records.attachments.of("id-of-main", OURS.path) is None


async def test_what_cannot_be_copied_stays_and_is_told(api: Api) -> None:
    """The others go on."""
    world = await two_channels(api)
    world.upstream.files = {}

    job = await done(api, "move", an_item(ckey=ALPHA.path), an_item("beta"))

    assert (job["status"], job["done"], job["failed"]) == ("done", 2, 2)
    assert [failure["ckey"] for failure in job["failures"]] == [ALPHA.path, BETA.path]
    assert all(failure["reason"] for failure in job["failures"])
    assert await staged(api) == {}
    assert await api.records.removals.list("id-of-main") == []


async def test_other_bytes_at_the_target_are_in_the_way(api: Api) -> None:
    """Copying never replaces."""
    await two_channels(api)
    await upload(api, OURS.filename, OURS.data)
    path = "/api/channels/main/stage/artifacts"
    files = {"content": (OTHER_OURS.filename, OTHER_OURS.data)}
    assert (await api.client.post(path, files=files, headers={"X-Auth": "a-token-for-tests-only"})).status_code == 201

    job = await done(api, "copy", an_item("ours"))

    assert "already has another" in job["failures"][0]["reason"]
    assert await staged(api) == {OURS.path: "uploaded"}


@pytest.mark.parametrize(
    ("action", "items", "target", "status", "code"),
    [
        ("copy", [an_item("nothing")], "stage", 409, "unknown_artifact"),
        ("delete", [an_item("alpha", "noarch/alpha-9.9-h0_0.conda")], None, 409, "unknown_artifact"),
        ("delete", [an_item("alpha", BETA.path)], None, 409, "unknown_artifact"),
        ("copy", [an_item()], "nowhere", 409, "conflict"),
        ("copy", [an_item()], None, 400, "invalid_input"),
        ("move", [an_item()], None, 400, "invalid_input"),
        ("copy", [{"name": "alpha", "family": "what"}], "stage", 400, "invalid_input"),
        ("erase", [an_item()], None, 400, "bad_request"),
        ("copy", [], "stage", 400, "bad_request"),
    ],
)
async def test_what_cannot_be_done_is_refused_at_once(
    api: Api, *, action: str, items: list[dict[str, Any]], target: str | None, status: int, code: str
) -> None:
    """Nothing of it is begun; 404 would make the incumbent's client ask for a password."""
    await two_channels(api)

    problem = await ask(api, action, *items, status=status, target=target)

    assert problem["code"] == code
    assert problem["message"]
    assert not await work_once(api.ports, owner="worker")


@pytest.mark.parametrize("frozen", ["main", "main/stage"])
async def test_frozen_channels_are_left_alone(api: Api, frozen: str) -> None:
    """Neither out of them nor into them, as the incumbent does it: 400."""
    world = await two_channels(api)
    await world.records.channels.update(frozen, {"indexing_behavior": IndexingBehavior.FROZEN})

    problem = await ask(api, "copy", an_item(), status=400)

    assert "frozen" in problem["message"]


async def test_a_job_of_a_channel_that_went_fails(api: Api) -> None:
    """With the reason."""
    await two_channels(api)
    job = await ask(api, "copy", an_item())
    await api.records.channels.delete("main/stage")  # type: ignore[arg-type] # a key is a str

    await work_once(api.ports, owner="worker")

    shown = await get(api, f"{BULK}/{job['job_id']}")
    assert (shown["status"], shown["reason"]) == ("failed", "channel main/stage was deleted")


async def test_another_one_goes_on_where_a_killed_one_was(api: Api) -> None:
    """By what the job says it has done."""
    await two_channels(api)
    job = await ask(api, "copy", an_item(ckey=ALPHA.path), an_item("beta"))
    jobs = api.records.bulk_jobs
    assert await jobs.claim(owner="dead", at=NOON.replace(year=2020), unseen_since=NOON) is not None
    assert await jobs.report(job["job_id"], owner="dead", at=NOON.replace(year=2020), done=1, failed=0, failures=())

    assert await work_once(api.ports, owner="worker")

    assert (await get(api, f"{BULK}/{job['job_id']}"))["done"] == 2
    assert await staged(api) == {BETA.path: "copied"}


async def test_another_channels_job_is_not_shown(api: Api) -> None:
    """Who may see one channel need not know what happens in another."""
    await two_channels(api)
    job = await ask(api, "copy", an_item())

    answer = await api.ask("GET", f"/api/channels/main/subchannels/stage/artifacts/bulk/{job['job_id']}")

    assert answer.status_code == 404


async def test_what_is_no_package_is_moved_at_once(api: Api) -> None:
    """It is one small document."""
    await two_channels(api)
    await upload(api, "a.bin", b"one", filetype="gra")

    await done(api, "move", {"name": "a.bin", "family": "gra"})

    assert [it.filename for it in await api.records.attachments.list("id-of-main/stage")] == ["a.bin"]
    assert await api.records.attachments.list("id-of-main") == []
    registered = [it for it in api.said(ArtifactRegistered) if isinstance(it, ArtifactRegistered)]
    assert [(it.channel, it.how, it.source_channel) for it in registered] == [
        ("main", "uploaded", None),
        ("main/stage", "moved", "main"),
    ]
