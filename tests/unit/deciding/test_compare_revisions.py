"""Revisions compared file by file: what is read, how far a page goes, and what can't be told."""

import hashlib

import pytest

from libs.common.adapters.memory.records import MemoryRecords
from libs.common.deciding.compare_catalogues import Amount
from libs.common.deciding.compare_revisions import FileWord, PackageWish, RevisionComparison
from libs.common.domain.compare_contents import ChangedPackage, ListedName, NameChange, PackageChange
from libs.common.domain.errors import InvalidInput, NotKept
from libs.common.domain.manifest import ShardDigest
from libs.common.domain.mirror import MirrorType
from tests.support.python_records import a_wheel, payload_of
from tests.support.stocked import a_known_file

ALL = PackageWish()


def a_payload(name: str, *versions: str) -> bytes:
    """Return the records of a project with a wheel a version, of ten bytes each."""
    files = (a_known_file(a_wheel(name, version), size=10) for version in versions)
    return payload_of(*files, project=name)


def listed(*payloads: bytes, files: int = 1, is_unread: bool = False) -> ListedName:
    """Return what is listed of a name of which there are these records, the first wins."""
    shards = tuple(ShardDigest(hashlib.sha256(payload).digest()) for payload in payloads)
    return ListedName(shards, is_unread, files, 10 * files)


def changed(name: str, old: ListedName | None, new: ListedName | None) -> ChangedPackage:
    """Return a project that both list."""
    return ChangedPackage(MirrorType.PYTHON_SIMPLE, name, PackageChange.CHANGED, (NameChange("simple", old, new),))


async def comparison(*packages: ChangedPackage, kept: tuple[bytes, ...] = ()) -> RevisionComparison:
    """Return a comparison of packages whose records are kept."""
    records = MemoryRecords()
    await records.shards.put({hashlib.sha256(payload).digest(): payload for payload in kept})
    return RevisionComparison(packages, shards=records.shards)


async def test_the_records_of_several_mirrors_are_laid_over_each_other() -> None:
    """As they were when they were published: of two files of one name the first one's is seen."""
    ours, theirs, both = a_payload("demo", "1.0"), a_payload("demo", "2.0"), a_payload("demo", "1.0", "2.0")
    compared = await comparison(
        changed("demo", listed(ours, theirs, files=2), listed(both, files=2)), kept=(ours, theirs, both)
    )

    page = await compared.page(ALL, after=None, limit=100)
    sums = await compared.sum_up()

    assert [package.files for package in page.packages] == [()]
    assert (sums.added, sums.removed, sums.replaced) == (Amount(), Amount(), Amount())


async def test_files_are_told_by_their_names_and_sums_by_their_counts() -> None:
    """Nothing is read of a name that one of both does not list."""
    old, new = a_payload("demo", "1.0", "1.1"), a_payload("demo", "1.1", "2.0")
    compared = await comparison(
        changed("demo", listed(old, files=2), listed(new, files=2)),
        changed("gone", listed(b"never read", files=3), None),
        changed("here", None, listed(b"never read", files=4)),
        kept=(old, new),
    )

    (demo,) = await compared.read(compared.packages[:1])
    sums = await compared.sum_up()

    assert [(file.version, file.change) for file in demo.files] == [("1.0", FileWord.REMOVED), ("2.0", FileWord.ADDED)]
    assert sums.added == Amount(files=5, size_bytes=50)
    assert sums.removed == Amount(files=4, size_bytes=40)


async def test_a_page_looks_into_a_bounded_number_of_records() -> None:
    """It may be short of what was asked for; the next one goes on."""
    payload = a_payload("demo", "1.0")
    names = [f"demo-{number:03d}" for number in range(60)]
    large = [changed(name, listed(payload, files=500), listed(payload, files=500)) for name in names]
    compared = await comparison(*large, kept=(payload,))

    first = await compared.page(ALL, after=None, limit=1000)
    second = await compared.page(ALL, after=first.next, limit=1000)

    assert [package.name for package in (*first.packages, *second.packages)] == names
    assert (len(first.packages), second.next) == (50, None)


async def test_records_that_are_gone_are_told() -> None:
    """An answer without them would be wrong."""
    compared = await comparison(changed("demo", listed(b"gone"), listed(b"gone, too")))

    with pytest.raises(NotKept, match="no longer kept"):
        await compared.page(ALL, after=None, limit=1)


async def test_a_name_that_nobody_read_asks_for_nothing() -> None:
    """Neither the source nor the database."""
    compared = await comparison(changed("demo", listed(files=0, is_unread=True), listed(files=0)))

    page = await compared.page(ALL, after=None, limit=1)

    assert [(package.is_unread, package.files) for package in page.packages] == [(True, ())]
    assert (await compared.sum_up()).unread == 1


@pytest.mark.parametrize("cursor", ["nowhere", "python_simple/", "npm/left-pad", "/"])
async def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    """It names the field."""
    compared = await comparison()

    with pytest.raises(InvalidInput) as refused:
        await compared.page(ALL, after=cursor, limit=1)
    assert refused.value.field == "cursor"
