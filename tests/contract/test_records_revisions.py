"""Revisions: what every adapter of the port keeps to."""

from libs.common.domain.digest import Sha256
from libs.common.domain.revision import IndexFile, PackagesChanged
from tests.contract.conftest import Records
from tests.support.records import a_revision, minutes_on


async def test_a_revision_comes_back_as_it_was(records: Records) -> None:
    """Paths with dots and dollars are keys like all others."""
    files = {
        "linux-64/repodata.json.zst": IndexFile(Sha256("1" * 64), 5_000_000_000),
        "$odd/..": IndexFile(Sha256("2" * 64), 0),
    }
    revision = a_revision(files=files, conflicts=("noarch/x.conda",), superseded_at=minutes_on(1))

    await records.revisions.add(revision)

    assert await records.revisions.get(revision.id) == revision
    assert await records.revisions.get("unknown") is None


async def test_a_stored_revision_is_left_alone(records: Records) -> None:
    """A revision is a value; its id names it for good."""
    await records.revisions.add(a_revision())

    await records.revisions.add(a_revision(artifact_count=99))

    assert await records.revisions.get(a_revision().id) == a_revision()


async def test_revisions_are_listed_newest_first(records: Records) -> None:
    """The newest few are what a channel keeps."""
    for number in (1, 10, 2):
        await records.revisions.add(a_revision(number))
    await records.revisions.add(a_revision(7, channel_id="other"))

    assert [it.number for it in await records.revisions.list("id-of-main")] == [10, 2, 1]
    assert [it.number for it in await records.revisions.list("id-of-main", limit=2)] == [10, 2]
    assert await records.revisions.list("id-of-main", limit=0) == []


async def test_older_revisions_are_superseded_once(records: Records) -> None:
    """The time since which clients may hold an old index is the first one."""
    for number in (1, 2, 3):
        await records.revisions.add(a_revision(number))
    await records.revisions.add(a_revision(1, channel_id="other"))

    await records.revisions.supersede("id-of-main", before=2, at=minutes_on(1))
    await records.revisions.supersede("id-of-main", before=3, at=minutes_on(2))

    assert {it.number: it.superseded_at for it in await records.revisions.list("id-of-main")} == {
        1: minutes_on(1),
        2: minutes_on(2),
        3: None,
    }
    assert await records.revisions.get("other-1") == a_revision(1, channel_id="other")


async def test_deleted_revisions_are_gone(records: Records) -> None:
    """Unknown ones are passed over, and no ids are no question."""
    for number in (1, 2, 3):
        await records.revisions.add(a_revision(number))

    await records.revisions.delete([a_revision(1).id, a_revision(3).id, "unknown"])
    await records.revisions.delete([])

    assert [it.number for it in await records.revisions.list("id-of-main")] == [2]


async def test_a_revision_tells_what_it_came_after_and_who_rolled_back(records: Records) -> None:
    """What an older version stored has none of it."""
    revision = a_revision(
        3,
        previous="id-of-main-2",
        rolled_back_to=1,
        by="ann",
        package_count=7,
        packages=PackagesChanged(added=1, removed=2, changed=3),
    )

    await records.revisions.add(revision)

    assert await records.revisions.get(revision.id) == revision
