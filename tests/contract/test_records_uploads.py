"""What people put into channels and took out of them: what every adapter of the ports keeps to."""

import asyncio
from datetime import timedelta

import msgspec

from libs.common.contracts.artifact_messages import ArtifactRegistered, ArtifactRemoved
from libs.common.contracts.message import Message
from libs.common.domain.bulk_job import KEPT_FAILURES, BulkAction, BulkFailure, BulkItem, BulkJob, BulkState
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Came
from libs.common.ports.outbox import Unsaid
from tests.contract.conftest import Records
from tests.support.records import NOON, minutes_on
from tests.support.upload_records import a_removal, an_attachment, an_upload

CONDA = MirrorType.CONDA


def word(event_id: str, message: Message | None = None, *, minute: int = 0) -> Unsaid:
    """Return something to say of a file."""
    said = message or ArtifactRegistered(
        channel="main", channel_id="id-of-main", ckey=event_id, artifact_family="conda"
    )
    return Unsaid(event_id=event_id, at=minutes_on(minute), message=said)


async def test_an_upload_comes_back_as_it_was(records: Records) -> None:
    """All fields survive."""
    upload = an_upload(came=Came.COPIED, by="ann")

    assert await records.uploads.put(upload) is None

    assert await records.uploads.get(upload.channel_id, upload.ckey) == upload
    assert await records.uploads.get("id-of-other", upload.ckey) is None
    assert await records.uploads.get(upload.channel_id, "noarch/other-1-0.conda") is None


async def test_the_same_bytes_again_change_and_say_nothing(records: Records) -> None:
    """Whoever sends a file twice, or was killed before it was answered, gets the answer of the first time."""
    first = an_upload(by="ann")
    await records.uploads.put(first, unsaid=[word("first")])
    await records.uploads.said(first.id, ["first"])

    assert await records.uploads.put(an_upload(by="bob", at=minutes_on(1)), unsaid=[word("again")]) is None
    assert (
        await records.uploads.put(an_upload(by="bob", at=minutes_on(1)), replace=True, unsaid=[word("again")]) is None
    )

    assert await records.uploads.get(first.channel_id, first.ckey) == first
    assert list(await records.uploads.unsaid(first.id)) == []


async def test_other_bytes_need_leave_to_replace(records: Records) -> None:
    """What people installed must not change under its name unless somebody means it."""
    first = an_upload(content=b"first")
    second = an_upload(content=b"second", at=minutes_on(1))
    await records.uploads.put(first)

    assert await records.uploads.put(second, unsaid=[word("refused")]) == first
    assert await records.uploads.get(first.channel_id, first.ckey) == first
    assert list(await records.uploads.unsaid(first.id)) == []

    assert await records.uploads.put(second, replace=True, unsaid=[word("replaced")]) is None
    assert await records.uploads.get(first.channel_id, first.ckey) == second
    assert [it.event_id for it in await records.uploads.unsaid(first.id)] == ["replaced"]


async def test_the_same_bytes_that_are_read_otherwise_replace_where_that_is_meant(records: Records) -> None:
    """A newer version may read more of a file."""
    first = an_upload()
    better = msgspec.structs.replace(first, shard=b"s" * 32)
    await records.uploads.put(first)

    assert await records.uploads.put(better) is None
    assert await records.uploads.get(first.channel_id, first.ckey) == first
    assert await records.uploads.put(better, replace=True) is None
    assert await records.uploads.get(first.channel_id, first.ckey) == better


async def test_of_many_at_once_one_is_stored(records: Records) -> None:
    """Two people build the same version."""
    different = [an_upload(content=b"%d" % place) for place in range(8)]

    answers = await asyncio.gather(
        *(records.uploads.put(it, unsaid=[word(f"event-{place}")]) for place, it in enumerate(different))
    )

    assert answers.count(None) == 1
    assert {it for it in answers if it is not None} == {different[answers.index(None)]}
    assert [it.event_id for it in await records.uploads.unsaid(different[0].id)] == [f"event-{answers.index(None)}"]


async def test_uploads_are_listed_by_type_and_name(records: Records) -> None:
    """Of one channel, by ckey."""
    numpy = an_upload("noarch/numpy-2-0.conda")
    scipy = an_upload("linux-64/scipy-1-0.conda", at=minutes_on(3))
    wheel = an_upload("numpy-1.whl", type=MirrorType.PYTHON_SIMPLE, partition="simple", name="numpy")
    elsewhere = an_upload("noarch/numpy-2-0.conda", channel="stage")
    for upload in (numpy, wheel, scipy, elsewhere):
        await records.uploads.put(upload)

    assert await records.uploads.list("id-of-main") == [scipy, numpy, wheel]
    assert await records.uploads.list("id-of-main", type_=CONDA) == [scipy, numpy]
    assert await records.uploads.list("id-of-main", type_=CONDA, name="numpy") == [numpy]
    assert await records.uploads.list("id-of-other") == []
    assert sorted(file.filename for file in await records.uploads.files("id-of-main", CONDA)) == [
        numpy.filename,
        scipy.filename,
    ]
    file = next(it for it in await records.uploads.files("id-of-main", CONDA) if it.name == "scipy")
    assert (file.partition, file.shard, file.size_bytes, file.at) == (
        "linux-64",
        scipy.shard,
        scipy.size_bytes,
        minutes_on(3),
    )
    assert await records.uploads.places() == [
        ("id-of-main", CONDA),
        ("id-of-main", MirrorType.PYTHON_SIMPLE),
        ("id-of-stage", CONDA),
    ]
    assert {it.id for it in await records.uploads.all()} == {it.id for it in (numpy, wheel, scipy, elsewhere)}


async def test_a_deleted_upload_is_gone_for_all_and_has_its_last_words(records: Records) -> None:
    """Whoever asks finds none, and what is said later is still told."""
    upload = an_upload()
    await records.uploads.put(upload, unsaid=[word("put")])
    removed = ArtifactRemoved(channel="main", channel_id="id-of-main", ckey=upload.ckey, artifact_family="conda")

    assert await records.uploads.delete(upload.channel_id, upload.ckey, unsaid=[word("deleted", removed)]) == upload
    assert await records.uploads.delete(upload.channel_id, upload.ckey, unsaid=[word("again", removed)]) is None

    assert await records.uploads.get(upload.channel_id, upload.ckey) is None
    assert await records.uploads.list(upload.channel_id) == []
    assert list(await records.uploads.files(upload.channel_id, CONDA)) == []
    assert await records.uploads.places() == []
    assert await records.uploads.all() == []
    assert [it.event_id for it in await records.uploads.unsaid(upload.id)] == ["put", "deleted"]
    assert await records.uploads.waiting(before=minutes_on(1)) == [upload.id]
    await records.uploads.said(upload.id, ["put", "deleted"])
    assert await records.uploads.waiting(before=minutes_on(1)) == []


async def test_an_upload_comes_again_before_its_last_words_are_said(records: Records) -> None:
    """Other bytes now, for there is none whose name they would take; everything is told in its turn."""
    first, second = an_upload(content=b"first"), an_upload(content=b"second")
    await records.uploads.put(first, unsaid=[word("put")])
    await records.uploads.delete(first.channel_id, first.ckey, unsaid=[word("deleted")])

    assert await records.uploads.put(second, unsaid=[word("put again")]) is None

    assert await records.uploads.get(first.channel_id, first.ckey) == second
    assert [it.event_id for it in await records.uploads.unsaid(first.id)] == ["put", "deleted", "put again"]
    await records.uploads.said(first.id, ["put", "deleted", "put again"])
    assert await records.uploads.get(first.channel_id, first.ckey) == second


async def test_the_uploads_of_a_channel_go_with_it(records: Records) -> None:
    """Those of others stay; what was to be said before is said yet."""
    for upload in (an_upload(), an_upload("noarch/scipy-1-0.conda"), an_upload(channel="stage")):
        await records.uploads.put(upload)
    told = an_upload("noarch/told-1-0.conda")
    await records.uploads.put(told, unsaid=[word("told")])

    assert await records.uploads.delete_of_channel("id-of-main") == 3
    assert await records.uploads.delete_of_channel("id-of-main") == 0

    assert await records.uploads.places() == [("id-of-stage", CONDA)]
    assert await records.uploads.waiting(before=minutes_on(1)) == [told.id]
    await records.uploads.said(told.id, ["told"])
    assert await records.uploads.waiting(before=minutes_on(1)) == []


async def test_a_removal_is_stored_once_and_taken_back(records: Records) -> None:
    """Whoever removes it again changes nothing, also not who did it."""
    removal = a_removal(ckey="noarch/numpy-2-0.conda", by="ann")
    package = a_removal(name="scipy")
    elsewhere = a_removal(channel="stage")

    assert await records.removals.put(removal, unsaid=[word("removed")])
    assert not await records.removals.put(msgspec.structs.replace(removal, by="bob"), unsaid=[word("again")])
    assert await records.removals.put(package)
    assert await records.removals.put(elsewhere)

    assert await records.removals.list("id-of-main") == sorted([removal, package], key=lambda it: it.id)
    assert await records.removals.all() == sorted([removal, package, elsewhere], key=lambda it: (it.channel_id, it.id))
    assert [it.event_id for it in await records.removals.unsaid(removal.id)] == ["removed"]
    assert await records.removals.delete(removal.id, unsaid=[word("restored")]) == removal
    assert await records.removals.delete(removal.id, unsaid=[word("again")]) is None
    assert await records.removals.list("id-of-main") == [package]
    assert await records.removals.put(removal, unsaid=[word("once more")])
    assert await records.removals.list("id-of-main") == sorted([removal, package], key=lambda it: it.id)
    assert [it.event_id for it in await records.removals.unsaid(removal.id)] == ["removed", "restored", "once more"]


async def test_the_removals_of_a_channel_go_with_it(records: Records) -> None:
    """Those of others stay."""
    for removal in (a_removal(), a_removal(name="scipy"), a_removal(channel="stage")):
        await records.removals.put(removal)

    assert await records.removals.delete_of_channel("id-of-main") == 2

    assert await records.removals.all() == [a_removal(channel="stage")]


async def test_an_attachment_is_replaced_by_one_of_its_name(records: Records) -> None:
    """A notebook is worked on."""
    first = an_attachment("notebook", "a.ipynb")
    second = an_attachment("notebook", "a.ipynb", content=b"more", by="bob")
    other = an_attachment("env", "a.ipynb")
    for attachment in (first, other, second, an_attachment("notebook", "a.ipynb", channel="stage")):
        await records.attachments.put(attachment)

    assert await records.attachments.get("id-of-main", "notebook", "a.ipynb") == second
    assert await records.attachments.get("id-of-main", "notebook", "b.ipynb") is None
    assert await records.attachments.list("id-of-main") == [other, second]
    assert len(await records.attachments.all()) == 3
    assert await records.attachments.delete(second.id) == second
    assert await records.attachments.delete(second.id) is None
    assert await records.attachments.delete_of_channel("id-of-main") == 1
    assert [it.channel_id for it in await records.attachments.all()] == ["id-of-stage"]


async def test_the_bill_of_materials_of_a_file_is_found(records: Records) -> None:
    """The newest, where several were put in."""
    ckey = "noarch/numpy-2-0.conda"
    old = an_attachment("sbom", "b.spdx.json", of=ckey)
    new = an_attachment("sbom", "a.cdx.json", of=ckey, at=minutes_on(1))
    for attachment in (old, new, an_attachment("sbom", "other.json", of="noarch/other-1-0.conda")):
        await records.attachments.put(attachment)

    assert await records.attachments.of("id-of-main", ckey) == new
    assert await records.attachments.of("id-of-main", "noarch/none-1-0.conda") is None
    assert await records.attachments.of("id-of-stage", ckey) is None


ITEMS = (
    BulkItem(type=CONDA, name="numpy", ckey="noarch/numpy-2-0.conda"),
    BulkItem(type=MirrorType.CRAN, name="ggplot2"),
)


def a_job(job_id: str = "job", *, minute: int = 0) -> BulkJob:
    """Return a job that waits."""
    return BulkJob(
        id=job_id,
        action=BulkAction.MOVE,
        channel=ChannelKey("main"),
        channel_id="id-of-main",
        target=ChannelKey("main/stage"),
        target_id="id-of-main/stage",
        total=len(ITEMS),
        at=minutes_on(minute),
        by="ann",
        by_address="192.0.2.7",
    )


async def test_a_job_comes_back_as_it_was(records: Records) -> None:
    """With what it is to do, in its order."""
    assert await records.bulk_jobs.add(a_job(), ITEMS)
    assert not await records.bulk_jobs.add(a_job(), ())

    assert await records.bulk_jobs.get("job") == a_job()
    assert tuple(await records.bulk_jobs.items("job")) == ITEMS
    assert await records.bulk_jobs.get("other") is None
    assert tuple(await records.bulk_jobs.items("other")) == ()


async def test_of_many_who_want_a_job_one_gets_it(records: Records) -> None:
    """The oldest first, each by one api."""
    await records.bulk_jobs.add(a_job("young", minute=2), ITEMS)
    await records.bulk_jobs.add(a_job("old", minute=1), ITEMS)

    claimed = await asyncio.gather(
        *(records.bulk_jobs.claim(owner=f"api-{it}", at=minutes_on(5), unseen_since=NOON) for it in range(6))
    )

    assert sorted(it.id for it in claimed if it is not None) == ["old", "young"]
    assert {it.state for it in claimed if it is not None} == {BulkState.RUNNING}


async def test_a_job_whose_owner_is_gone_goes_on_with_another(records: Records) -> None:
    """From where it was; the one that comes back late has lost it."""
    await records.bulk_jobs.add(a_job(), ITEMS)
    await records.bulk_jobs.claim(owner="first", at=minutes_on(1), unseen_since=NOON)
    failure = BulkFailure(ckey="noarch/numpy-2-0.conda", reason="it is gone")
    assert await records.bulk_jobs.report("job", owner="first", at=minutes_on(2), done=1, failed=1, failures=(failure,))

    assert await records.bulk_jobs.claim(owner="second", at=minutes_on(2), unseen_since=minutes_on(2)) is None
    taken = await records.bulk_jobs.claim(owner="second", at=minutes_on(9), unseen_since=minutes_on(8))

    assert taken is not None
    assert (taken.done, taken.failures, taken.owner) == (1, (failure,), "second")
    late = minutes_on(9) + timedelta(seconds=1)
    assert not await records.bulk_jobs.report("job", owner="first", at=late, done=2, failed=0, failures=())
    assert await records.bulk_jobs.finish("job", owner="first", at=late, state=BulkState.DONE) is None
    assert await records.bulk_jobs.claim(owner="second", at=late, unseen_since=NOON) is not None


async def test_an_ended_job_stays_as_it_is(records: Records) -> None:
    """People ask how it went."""
    await records.bulk_jobs.add(a_job(), ITEMS)
    await records.bulk_jobs.claim(owner="first", at=minutes_on(1), unseen_since=NOON)

    ended = await records.bulk_jobs.finish(
        "job", owner="first", at=minutes_on(3), state=BulkState.FAILED, reason="the channel is gone"
    )

    assert ended is not None
    assert (ended.state, ended.finished_at, ended.reason) == (BulkState.FAILED, minutes_on(3), "the channel is gone")
    assert await records.bulk_jobs.get("job") == ended
    assert await records.bulk_jobs.claim(owner="second", at=minutes_on(9), unseen_since=minutes_on(8)) is None
    assert await records.bulk_jobs.finish("job", owner="first", at=minutes_on(4), state=BulkState.DONE) is None


async def test_of_very_many_failures_the_first_are_told(records: Records) -> None:
    """The number is that of all."""
    await records.bulk_jobs.add(a_job(), ITEMS)
    await records.bulk_jobs.claim(owner="first", at=minutes_on(1), unseen_since=NOON)
    failures = [BulkFailure(ckey=f"noarch/a-{it}-0.conda", reason="no") for it in range(KEPT_FAILURES + 1)]

    await records.bulk_jobs.report(
        "job", owner="first", at=minutes_on(2), done=1, failed=len(failures), failures=failures
    )

    job = await records.bulk_jobs.get("job")
    assert job is not None
    assert (job.failed, job.failures) == (len(failures), tuple(failures[:KEPT_FAILURES]))
