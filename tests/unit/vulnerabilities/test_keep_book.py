"""Keeping the book: imports, updates, and what people say."""

import asyncio
import io
from typing import Any

import msgspec
import pytest

from libs.common.contracts.policy_messages import AdvisoriesChanged
from libs.common.domain.advisory import Confidence, CveStatus
from libs.common.domain.cve import Cve
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.ports.blobs import put_bytes
from libs.common.vulnerabilities.conda_names import encode_conda_names
from libs.common.vulnerabilities.keep_book import (
    Changes,
    NewRecords,
    keep_conda_names,
    keep_records,
    keep_words,
    say_changed,
)
from libs.common.vulnerabilities.read_archive import Archive
from libs.common.vulnerabilities.sort_records import ArchiveReading, sort_records
from tests.support.advisories import Bookkeeping
from tests.support.callers import ANN, BOB
from tests.support.osv import all_zip, an_osv, zipped


def read(*records: dict[str, Any]) -> ArchiveReading:
    """Read an archive of these records."""
    return sort_records(Archive(io.BytesIO(all_zip(*records))))


async def take_in(keeping: Bookkeeping, *records: dict[str, Any]) -> Changes:
    """Import an archive of these records."""
    return await keep_records(read(*records).new, cause="import", by=ANN, ports=keeping.ports)


DJANGO = an_osv("GHSA-1")
FLASK = an_osv("GHSA-2", "flask", aliases=["CVE-2026-2000"])
READXL = an_osv("RSEC-1", "readxl", ecosystem="CRAN", aliases=["CVE-2026-3000"])


async def test_an_import_makes_book_and_cves_and_says_so() -> None:
    """Who hears of it decides anew."""
    keeping = Bookkeeping()
    changes = await take_in(keeping, DJANGO, FLASK, READXL)

    assert (changes.added, changes.updated, changes.removed) == (3, 0, 0)
    assert await keeping.cves() == ["CVE-2026-3000", "CVE-2026-2000", "CVE-2026-1000"]
    assert [one.id for one in (await keeping.book()).of("cran", "readxl")] == ["CVE-2026-3000"]
    head = await keeping.head()
    assert keeping.said() == [
        AdvisoriesChanged(
            digest=head.book, advisory_count=3, changed=3, cause="import", by="ann", by_address=ANN.address
        )
    ]
    assert head.is_said
    assert {ecosystem: state.count for ecosystem, state in head.osv.items()} == {"cran": 1, "python": 2}


async def test_the_same_import_again_changes_nothing() -> None:
    """A message that comes twice is heard as one."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO, FLASK)
    before = await keeping.head()
    changes = await take_in(keeping, FLASK, DJANGO)

    assert changes.count == 0
    assert (await keeping.head()).book == before.book
    assert len(keeping.said()) == 1


async def test_an_import_replaces_its_ecosystem_and_no_other() -> None:
    """A dump without a record has withdrawn it, or lost it: it goes; those of R stay."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO, FLASK)
    await take_in(keeping, READXL)
    changes = await take_in(keeping, an_osv("GHSA-1", fixed="3.0"))

    assert (changes.added, changes.updated, changes.removed) == (0, 1, 1)
    assert await keeping.cves() == ["CVE-2026-3000", "CVE-2026-1000"]


async def test_a_record_of_two_ecosystems_does_not_replace_the_other() -> None:
    """The dump of Python has one that speaks of R, too; R's other records stay."""
    keeping = Bookkeeping()
    await take_in(keeping, READXL)
    both = an_osv("GHSA-9", aliases=["CVE-2026-9000"])
    both["affected"].append({"package": {"ecosystem": "CRAN", "name": "Dj"}, "versions": ["1"]})
    await take_in(keeping, DJANGO, both)

    assert await keeping.cves() == ["CVE-2026-9000", "CVE-2026-3000", "CVE-2026-1000"]


async def test_an_update_lays_changed_records_over_the_stored_ones() -> None:
    """A withdrawn one takes back what it said."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO, FLASK)
    numpy = an_osv("GHSA-3", "numpy", aliases=["CVE-2026-7000"])
    changed = read(an_osv("GHSA-1", withdrawn="2026-05-09T00:00:00Z"), numpy)
    update = NewRecords(records=changed.new["python"].records, is_whole=False, modified="2026-05-09T00:00:00Z")
    await keep_records({"python": update}, cause="update", by=None, ports=keeping.ports)

    assert await keeping.cves() == ["CVE-2026-7000", "CVE-2026-2000"]
    assert (await keeping.head()).osv["python"].modified == "2026-05-09T00:00:00Z"
    assert keeping.said()[-1].cause == "update"


async def test_what_people_say_comes_into_the_book() -> None:
    """Without reading any record again; once."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO, READXL)
    await keeping.say()
    await keep_words(by=BOB, ports=keeping.ports)
    await keep_words(by=BOB, ports=keeping.ports)
    book = await keeping.book()

    assert [(one.id, one.status, one.score) for one in book.curations_of("python", "django")] == [
        ("CVE-2026-1000", CveStatus.CLEARED, 9.8)
    ]
    assert [one.id for one in book.of("cran", "readxl")] == ["CVE-2026-3000"]
    assert [(one.cause, one.by) for one in keeping.said()] == [("import", "ann"), ("curation", "bob")]


async def test_what_people_say_stays_over_imports() -> None:
    """And comes into the book with them, should nobody have put it there."""
    keeping = Bookkeeping()
    await keeping.say()
    await take_in(keeping, DJANGO)
    assert (await keeping.book()).curations_of("python", "django")

    await take_in(keeping, FLASK)

    assert (await keeping.book()).curations_of("python", "django")
    assert await keeping.ports.advisories.get("CVE-2026-1000") == Cve(id="CVE-2026-1000")


async def test_people_may_speak_before_the_first_import() -> None:
    """Of CVEs that no advisory of ours has."""
    keeping = Bookkeeping()
    assert await keep_words(by=None, ports=keeping.ports) is None
    await keeping.say("CVE-2022-1", ecosystem="conda", package="openssl", score=7.5)
    await keep_words(by=None, ports=keeping.ports)

    assert (await keeping.book()).curations_of("conda", "openssl")[0].score == 7.5


async def test_a_map_of_names_is_in_the_book_and_stays() -> None:
    """Over imports and words; none can be had again, too."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO)
    names = await put_bytes(keeping.ports.blobs, encode_conda_names({"py-django": "django", "django": None}))
    await keep_conda_names(names.sha256, by=ANN, ports=keeping.ports)
    await take_in(keeping, DJANGO, FLASK)
    await keeping.say()
    await keep_words(by=None, ports=keeping.ports)
    book = await keeping.book()

    assert [one.confidence for one in book.matches("conda", "py-django")] == [Confidence.CURATED]
    assert book.matches("conda", "django") == ()
    assert (await keeping.head()).blobs() >= {names.sha256}
    await keep_conda_names(None, by=ANN, ports=keeping.ports)
    assert (await keeping.book()).matches("conda", "py-django") == ()


async def test_two_at_once_lose_nothing() -> None:
    """Who comes second begins again from what is there then."""
    keeping = Bookkeeping()
    await keeping.say()
    await asyncio.gather(
        take_in(keeping, DJANGO),
        take_in(keeping, READXL),
        keep_words(by=None, ports=keeping.ports),
        take_in(keeping, READXL),
    )
    book = await keeping.book()

    assert book.of("python", "django")
    assert book.of("cran", "readxl")
    assert book.curations_of("python", "django")
    assert await keeping.cves() == ["CVE-2026-3000", "CVE-2026-1000"]


async def test_an_import_does_not_go_on_without_lost_records() -> None:
    """That would clear what they say; an archive with all ecosystems mends it."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO)
    await take_in(keeping, READXL)
    await keeping.ports.blobs.remove((await keeping.head()).osv["cran"].records)
    with pytest.raises(NotFound, match="CRAN are lost; import one archive with the records of PyPI, CRAN"):
        await take_in(keeping, DJANGO, FLASK)
    assert await keeping.cves() == ["CVE-2026-3000", "CVE-2026-1000"]
    await take_in(keeping, DJANGO, FLASK, READXL)

    assert await keeping.cves() == ["CVE-2026-3000", "CVE-2026-2000", "CVE-2026-1000"]


async def test_what_could_not_be_said_is_said_later() -> None:
    """The head knows it."""
    keeping = Bookkeeping()
    await take_in(keeping, DJANGO)
    head = msgspec.structs.replace(await keeping.head(), number=2, is_said=False)
    await keeping.ports.books.move(head)
    await say_changed(head, ports=keeping.ports)
    await say_changed(await keeping.head(), ports=keeping.ports)

    assert len(keeping.said()) == 2
    assert (await keeping.head()).is_said


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (all_zip(an_osv(ecosystem="npm")), "no advisories of PyPI, CRAN, conda packages"),
        (all_zip(an_osv(withdrawn="2026-05-05T00:00:00Z", affected=[])), "no advisories"),
        (zipped({"a": b"{", "b": b"{", "c": all_zip()}), "no advisories"),
    ],
    ids=["other ecosystems", "only withdrawn", "only broken"],
)
def test_an_archive_that_says_nothing_replaces_nothing(archive: bytes, words: str) -> None:
    """A wrong file must not clear all findings."""
    with pytest.raises(InvalidInput, match=words):
        sort_records(Archive(io.BytesIO(archive)))


def test_an_archive_that_is_more_broken_than_whole_is_refused() -> None:
    """It would clear what it lost."""
    data = msgspec.json.encode(DJANGO)

    with pytest.raises(InvalidInput, match="2 entries of the archive can't be used, more than the 1 that can"):
        sort_records(Archive(io.BytesIO(zipped({"a": b"{", "b": b"{", "c": data}))))
    assert sort_records(Archive(io.BytesIO(zipped({"a": b"{", "c": data})))).broken == {"it is no JSON": 1}


def test_of_a_record_that_is_there_twice_the_newest_counts() -> None:
    """Whatever the order."""
    old, new = an_osv("GHSA-1", modified="2026-05-01T00:00:00Z"), an_osv("GHSA-1", modified="2026-05-02T00:00:00Z")
    for records in ((old, new), (new, old)):
        entries = {str(place): msgspec.json.encode(one) for place, one in enumerate(records)}
        reading = sort_records(Archive(io.BytesIO(zipped(entries))))

        assert reading.new["python"].records["GHSA-1"].modified == "2026-05-02T00:00:00Z"
