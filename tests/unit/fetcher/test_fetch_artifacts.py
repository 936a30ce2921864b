"""artifact.fetch -> artifact.fetched: what a fetcher does with a batch."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.blobs.spool import MemorySpool
from libs.common.adapters.memory.flags import MemoryStopFlags
from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.adapters.seal import JweSeal
from libs.common.contracts.messages import ArtifactFetch, CveWord, FailedFile, FileToFetch, Origin, StoredFile
from libs.common.domain.digest import Blob, Digest, Expected, listed_digest, sha256_of
from libs.common.domain.errors import StoreUnavailable, UpstreamRefused, UpstreamUnavailable
from libs.common.ports.blobs import Spool, put_bytes, read_all
from services.fetcher.fetch_artifacts import FetchArtifacts
from services.fetcher.received import ReceivedBytes
from services.fetcher.room import FileRoom
from services.fetcher.stop_watch import StopWatch
from services.fetcher.store_file import RESUMED_FROM_BYTES, FileStore, Retries
from tests.support.packages import a_package

BASE = "https://host/t/TOPSECRET/main/noarch"
A, B, C = b"package a" * 100, b"package b" * 200, b"package c" * 300
LARGE = b"large package" * (RESUMED_FROM_BYTES // 13 + 1)
KEY = bytes(32)
NO_WAIT = Retries(attempts=3, wait_first_s=0, wait_longest_s=0, jitter_s=0, retry_after_longest_s=0)


class FullStore(MemoryBlobStore):
    """A store whose disk is full."""

    async def commit(self, spool: Spool, *, expected: Expected | None = None) -> Blob:
        """Refuse everything."""
        spool.close()
        raise StoreUnavailable(f"the disk is full; {expected} does not fit")


class CountingStore(MemoryBlobStore):
    """A store that knows its open spools."""

    def __init__(self) -> None:
        super().__init__()
        self.spools: list[MemorySpool] = []

    def spool(self) -> MemorySpool:
        """Begin a new file."""
        self.spools.append(super().spool())
        return self.spools[-1]


class Fetcher(msgspec.Struct, kw_only=True):
    """A fetcher on memory adapters."""

    upstream: MemoryUpstream
    blobs: MemoryBlobStore
    flags: MemoryStopFlags
    stops: StopWatch
    use_case: FetchArtifacts


def a_fetcher(
    *,
    files: dict[str, bytes] | None = None,
    blobs: MemoryBlobStore | None = None,
    files_at_once: int = 4,
    unknown_max_bytes: int = 2**40,
) -> Fetcher:
    """Return a fetcher whose source has `files` by name."""
    upstream = MemoryUpstream({f"{BASE}/{name}": data for name, data in (files or {}).items()})
    blobs = blobs or MemoryBlobStore()
    flags = MemoryStopFlags()
    stops = StopWatch(flags)
    slots = asyncio.Semaphore(files_at_once)
    store = FileStore(upstream=upstream, blobs=blobs, slots=slots, retries=NO_WAIT, unknown_max_bytes=unknown_max_bytes)
    room = FileRoom(files_at_once=files_at_once)
    use_case = FetchArtifacts(
        files=store, seal=JweSeal(KEY), stops=stops, room=room, received=ReceivedBytes(fetcher="one")
    )
    return Fetcher(upstream=upstream, blobs=blobs, flags=flags, stops=stops, use_case=use_case)


def a_file(name: str, data: bytes, *, url: str | None = None, digest: str | None = None) -> FileToFetch:
    """Return a file as its record describes it."""
    return FileToFetch(
        ckey=f"noarch/{name}", url=url or name, digest=digest or f"sha256:{sha256_of(data)}", size_bytes=len(data)
    )


def a_batch(
    *files: FileToFetch, run_id: str = "run", key: bytes = KEY, proxy: str | None = None, home: str | None = None
) -> ArtifactFetch:
    """Return a batch of files."""
    origin = msgspec.json.encode(Origin(base_url=BASE, proxy=proxy, home=home)).decode()
    return ArtifactFetch(
        run_id=run_id, mirror_id="mirror", attempt=2, batch=7, origin=JweSeal(key).seal(origin), files=files
    )


def stored(name: str, data: bytes, *, fetched: int | None = None) -> StoredFile:
    """Return what is said of a stored file."""
    size = len(data)
    return StoredFile(f"noarch/{name}", sha256_of(data), size, size if fetched is None else fetched)


@pytest.fixture
async def watching() -> AsyncIterator[set[asyncio.Task[None]]]:
    """Keep tasks that are ended after the test."""
    tasks: set[asyncio.Task[None]] = set()
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_files_are_fetched_and_stored() -> None:
    """The common case; the answer belongs to its run, attempt and batch."""
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B})

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A), a_file("b.conda", B)))

    assert (result.run_id, result.mirror_id, result.attempt, result.batch) == ("run", "mirror", 2, 7)
    assert set(result.stored) == {stored("a.conda", A), stored("b.conda", B)}
    assert (result.failed, result.not_tried, result.is_stopped) == ((), (), False)
    assert await read_all(fetcher.blobs, sha256_of(A)) == A


async def test_what_is_stored_is_not_fetched_again() -> None:
    """A restarted run downloads nothing twice."""
    fetcher = a_fetcher(files={"a.conda": A})
    await put_bytes(fetcher.blobs, A)

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.stored == (stored("a.conda", A, fetched=0),)
    assert fetcher.upstream.requests == []


async def test_the_same_digest_is_fetched_once() -> None:
    """Two subdirs, or two batches at the same moment, may want the same bytes."""
    fetcher = a_fetcher(files={"a.conda": A})
    batch = a_batch(a_file("a.conda", A))

    first, second = await asyncio.gather(fetcher.use_case.fetch(batch), fetcher.use_case.fetch(batch))

    assert len(fetcher.upstream.requests) == 1
    assert {first.stored[0].fetched_bytes, second.stored[0].fetched_bytes} == {0, len(A)}


async def test_an_old_record_with_an_md5_works() -> None:
    """md5 is verified, sha256 is what the file is stored and reported by."""
    fetcher = a_fetcher(files={"a.tar.bz2": A})
    md5 = f"md5:{hashlib.md5(A, usedforsecurity=False).hexdigest()}"
    batch = a_batch(a_file("a.tar.bz2", A, digest=md5))

    first = await fetcher.use_case.fetch(batch)
    second = await fetcher.use_case.fetch(batch)

    assert first.stored == (stored("a.tar.bz2", A),)
    assert second.stored == (stored("a.tar.bz2", A, fetched=0),)


async def test_a_record_without_a_size_works() -> None:
    """Python and R indexes may leave sizes out."""
    fetcher = a_fetcher(files={"a.whl": A})

    result = await fetcher.use_case.fetch(a_batch(FileToFetch("a.whl", "a.whl", f"sha256:{sha256_of(A)}")))

    assert result.stored[0].size_bytes == len(A)


async def test_an_empty_file_is_stored() -> None:
    """There is nothing to transfer, and it is stored all the same."""
    fetcher = a_fetcher(files={"empty": b""})

    result = await fetcher.use_case.fetch(a_batch(a_file("empty", b"")))

    assert result.stored == (stored("empty", b""),)


async def test_the_mirrors_proxy_is_used() -> None:
    """The proxy travels sealed with the origin."""
    fetcher = a_fetcher(files={"a.conda": A})

    await fetcher.use_case.fetch(a_batch(a_file("a.conda", A), proxy="http://proxy:3128"))

    assert fetcher.upstream.proxies == ["http://proxy:3128"]


@pytest.mark.parametrize(
    ("name", "record", "code"),
    [
        ("missing.conda", a_file("missing.conda", A), "upstream_missing"),
        ("wrong.conda", a_file("wrong.conda", A, digest=f"sha256:{'0' * 64}"), "content_mismatch"),
        ("short.conda", a_file("short.conda", A + b"more"), "content_mismatch"),
        ("long.conda", a_file("long.conda", A[:-4]), "content_mismatch"),
        ("a.conda", a_file("a.conda", A, digest="crc32:12"), "invalid_input"),
        ("a.conda", a_file("a.conda", A, url="file:///etc/passwd"), "source_not_allowed"),
    ],
)
async def test_a_bad_file_is_reported_and_the_others_are_stored(name: str, record: FileToFetch, code: str) -> None:
    """One bad file never fails a batch; nothing of it is stored, and it is asked for once."""
    fetcher = a_fetcher(files={"wrong.conda": A, "short.conda": A, "long.conda": A, "a.conda": A, "b.conda": B})

    result = await fetcher.use_case.fetch(a_batch(record, a_file("b.conda", B)))

    assert result.stored == (stored("b.conda", B),)
    assert [(file.ckey, file.code) for file in result.failed] == [(f"noarch/{name}", code)]
    assert await fetcher.blobs.find(Digest("sha256", sha256_of(A))) is None
    assert len([url for url, _ in fetcher.upstream.requests if url.endswith(name)]) <= 1


async def test_a_stored_blob_of_another_size_than_its_record_is_reported() -> None:
    """A record that contradicts itself is not listed."""
    fetcher = a_fetcher()
    await put_bytes(fetcher.blobs, A)

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A + b"x", digest=f"sha256:{sha256_of(A)}")))

    assert [file.code for file in result.failed] == ["content_mismatch"]


async def test_reasons_are_for_people_and_hold_no_secret() -> None:
    """What stands in an event is read by many."""
    fetcher = a_fetcher(files={})
    refusal = UpstreamRefused("https://host/t/****/main/noarch/a.conda may not be read (403)")
    fetcher.upstream.errors[f"{BASE}/a.conda"] = [refusal]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.failed == (FailedFile("noarch/a.conda", "upstream_refused", refusal.message),)
    assert "TOPSECRET" not in msgspec.json.encode(result).decode()


async def test_a_passing_outage_is_sat_out() -> None:
    """A file that is answered with 503 at first is stored in the end."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.errors[f"{BASE}/a.conda"] = [
        UpstreamUnavailable("503"),
        UpstreamUnavailable("429", retry_after_s=30),
    ]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.stored == (stored("a.conda", A),)
    assert len(fetcher.upstream.requests) == 3


async def test_a_lasting_outage_is_reported() -> None:
    """After a few attempts the run goes on without the file; the next run tries again."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.errors[f"{BASE}/a.conda"] = [UpstreamUnavailable("down") for _ in range(9)]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.failed == (FailedFile("noarch/a.conda", "upstream_unavailable", "down"),)
    assert len(fetcher.upstream.requests) == 3


async def test_a_broken_download_goes_on_where_it_broke() -> None:
    """Bytes that came are not asked for again."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.breaks[f"{BASE}/a.conda"] = [100, 250]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.stored == (stored("a.conda", A),)
    assert [offset for _, offset in fetcher.upstream.requests] == [0, 100, 250]


async def test_a_download_that_broke_after_its_last_byte_is_whole() -> None:
    """There is nothing left to ask for."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.breaks[f"{BASE}/a.conda"] = [len(A)]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.stored == (stored("a.conda", A),)
    assert len(fetcher.upstream.requests) == 1


async def test_a_source_without_ranges_is_asked_for_the_whole_again() -> None:
    """The bytes that are sent a second time are not appended."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.gives_ranges = False
    fetcher.upstream.breaks[f"{BASE}/a.conda"] = [100]

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    assert result.stored == (stored("a.conda", A, fetched=len(A) + 100),)
    assert (result.fetcher, result.received_bytes) == ("one", len(A) + 100)


async def test_what_came_in_in_vain_is_counted_too() -> None:
    """Of a file that is not what its record says, beside one that is; the sum goes on in the run's next batch."""
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B, "c.conda": C})
    wrong = a_file("b.conda", B, digest=f"sha256:{sha256_of(b'other')}")

    first = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A), wrong))
    second = await fetcher.use_case.fetch(a_batch(a_file("c.conda", C)))

    assert [file.ckey for file in first.failed] == ["noarch/b.conda"]
    assert (first.received_bytes, second.received_bytes) == (len(A) + len(B), len(A) + len(B) + len(C))


async def test_a_file_that_changed_between_two_parts_is_fetched_whole() -> None:
    """Parts of two versions never match; the next attempt begins at the start."""
    fetcher = a_fetcher(files={"a.conda": b"x" * len(A)})
    url = f"{BASE}/a.conda"
    fetcher.upstream.breaks[url] = [100]
    fetcher.upstream.errors[url] = []
    batch = a_batch(a_file("a.conda", A))
    gate = fetcher.upstream.gates[url] = asyncio.Event()

    task = asyncio.create_task(fetcher.use_case.fetch(batch))
    await fetcher.upstream.at_gate.wait()
    fetcher.upstream.files[url] = A
    gate.set()
    result = await task

    assert [file.ckey for file in result.stored] == ["noarch/a.conda"]
    assert [offset for _, offset in fetcher.upstream.requests] == [0, 100, 0]


async def test_a_file_without_a_digest_is_what_came_in_first() -> None:
    """Its source lists it and says no more; what comes later in its place is refused."""
    fetcher = a_fetcher(files={"a.tar.gz": A})
    listed = a_file("a.tar.gz", A, digest=str(listed_digest("source", "a.tar.gz")))

    first = await fetcher.use_case.fetch(a_batch(listed))
    again = await fetcher.use_case.fetch(a_batch(listed))

    assert first.stored == (stored("a.tar.gz", A),)
    assert again.stored == (stored("a.tar.gz", A, fetched=0),)
    await fetcher.blobs.remove(sha256_of(A))
    fetcher.upstream.files[f"{BASE}/a.tar.gz"] = A[::-1]
    (failure,) = (await fetcher.use_case.fetch(a_batch(listed))).failed
    assert (failure.code, "came in first" in failure.reason) == ("content_mismatch", True)


async def test_a_file_without_a_digest_is_never_put_together_from_parts() -> None:
    """Nothing would tell that the source changed it in between."""
    fetcher = a_fetcher(files={"a.tar.gz": LARGE})
    url = f"{BASE}/a.tar.gz"
    fetcher.upstream.breaks[url] = [1000]
    listed = a_file("a.tar.gz", LARGE, digest=str(listed_digest("source", "a.tar.gz")))

    result = await fetcher.use_case.fetch(a_batch(listed))

    assert result.stored == (stored("a.tar.gz", LARGE, fetched=len(LARGE) + 1000),)
    assert fetcher.upstream.requests == [(url, 0), (url, 0)]


async def test_a_file_without_a_size_does_not_fill_the_disk() -> None:
    """A source may send for ever."""
    fetcher = a_fetcher(files={"a.whl": A}, unknown_max_bytes=len(A) - 1)
    endless = msgspec.structs.replace(a_file("a.whl", A), size_bytes=None)

    (failure,) = (await fetcher.use_case.fetch(a_batch(endless))).failed

    assert (failure.code, "says no size" in failure.reason) == ("content_mismatch", True)


async def test_the_source_is_named_with_each_request() -> None:
    """So that an index can't lead a fetcher to other hosts of the operator's networks."""
    fetcher = a_fetcher(files={"a.whl": A})
    home = "https://host/t/TOPSECRET/main"

    await fetcher.use_case.fetch(a_batch(a_file("a.whl", A), home=home))
    await fetcher.use_case.fetch(a_batch(a_file("b.whl", B)))

    assert fetcher.upstream.homes == [home, BASE]


async def test_a_stopped_large_file_goes_on_in_the_next_run(watching: set[asyncio.Task[None]]) -> None:
    """What came in of it is not fetched again, also by another fetcher on the same store."""
    fetcher = a_fetcher(files={"large.conda": LARGE})
    fetcher.upstream.gates[f"{BASE}/large.conda"] = asyncio.Event()
    watching.add(asyncio.create_task(fetcher.stops.watch()))
    task = asyncio.create_task(fetcher.use_case.fetch(a_batch(a_file("large.conda", LARGE))))
    await fetcher.upstream.at_gate.wait()
    await fetcher.flags.raise_flag("run", reason="stopped")
    answer = await task
    assert (answer.is_stopped, answer.received_bytes) == (True, len(LARGE) // 2)

    another = a_fetcher(files={"large.conda": LARGE}, blobs=fetcher.blobs)
    result = await another.use_case.fetch(a_batch(a_file("large.conda", LARGE), run_id="next"))

    half = len(LARGE) // 2
    assert result.stored == (stored("large.conda", LARGE, fetched=len(LARGE) - half),)
    assert another.upstream.requests == [(f"{BASE}/large.conda", half)]


async def test_a_source_that_fails_for_long_does_not_cost_what_came_in() -> None:
    """The next run asks for the rest."""
    fetcher = a_fetcher(files={"large.conda": LARGE})
    fetcher.upstream.breaks[f"{BASE}/large.conda"] = [1000, 2000, 3000]
    batch = a_batch(a_file("large.conda", LARGE))
    assert (await fetcher.use_case.fetch(batch)).failed

    result = await fetcher.use_case.fetch(batch)

    assert result.stored == (stored("large.conda", LARGE, fetched=len(LARGE) - 3000),)


@pytest.mark.parametrize("left", [b"not what it should be", bytes(len(LARGE)), bytes(len(LARGE) + 1)])
async def test_a_wrong_part_is_thrown_away_and_the_file_fetched_whole(left: bytes) -> None:
    """In the same attempt: nothing is wrong with the source."""
    fetcher = a_fetcher(files={"large.conda": LARGE})
    spool = await fetcher.blobs.resume(Digest("sha256", sha256_of(LARGE)))
    spool.write(left)
    spool.keep()

    result = await fetcher.use_case.fetch(a_batch(a_file("large.conda", LARGE)))

    assert [file.ckey for file in result.stored] == ["noarch/large.conda"]
    assert fetcher.upstream.requests[-1] == (f"{BASE}/large.conda", 0)
    assert await read_all(fetcher.blobs, sha256_of(LARGE)) == LARGE


async def test_a_large_file_that_is_wrong_is_fetched_once_and_not_kept() -> None:
    """A source's mistake is reported, and leaves nothing to go on with."""
    fetcher = a_fetcher(files={"large.conda": LARGE})
    wrong = f"sha256:{'0' * 64}"

    result = await fetcher.use_case.fetch(a_batch(a_file("large.conda", LARGE, digest=wrong)))

    assert [file.code for file in result.failed] == ["content_mismatch"]
    assert len(fetcher.upstream.requests) == 1
    assert (await fetcher.blobs.resume(Digest.parse(wrong))).size_bytes == 0


async def test_only_so_many_files_come_in_at_once() -> None:
    """The bound is the process's, over all its batches."""
    names = [f"{number}.conda" for number in range(12)]
    fetcher = a_fetcher(files={name: name.encode() for name in names}, files_at_once=3)
    files = [a_file(name, name.encode()) for name in names]

    await asyncio.gather(fetcher.use_case.fetch(a_batch(*files[:6])), fetcher.use_case.fetch(a_batch(*files[6:])))

    assert fetcher.upstream.most_open <= 3
    assert len(fetcher.upstream.requests) == 12


async def test_a_full_disk_puts_the_batch_back() -> None:
    """Nothing is wrong with the files: the message is tried again when there is room."""
    blobs = FullStore()
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B}, blobs=blobs)

    with pytest.raises(StoreUnavailable, match="disk is full"):
        await fetcher.use_case.fetch(a_batch(a_file("a.conda", A), a_file("b.conda", B)))


async def test_another_secret_key_is_reported_for_every_file() -> None:
    """A fetcher that can't read the address says so, and the run does not wait for ever."""
    fetcher = a_fetcher(files={"a.conda": A})

    result = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A), a_file("b.conda", B), key=bytes([1] * 32)))

    assert [file.code for file in result.failed] == ["invalid_input", "invalid_input"]
    assert "another secret key" in result.failed[0].reason


async def test_a_stop_flag_drops_the_transfers(watching: set[asyncio.Task[None]]) -> None:
    """What is stored is told, what was coming in is thrown away, the rest is not begun."""
    blobs = CountingStore()
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B, "c.conda": C}, blobs=blobs, files_at_once=1)
    fetcher.upstream.gates[f"{BASE}/b.conda"] = asyncio.Event()
    watching.add(asyncio.create_task(fetcher.stops.watch()))
    files = (a_file("a.conda", A), a_file("b.conda", B), a_file("c.conda", C))

    task = asyncio.create_task(fetcher.use_case.fetch(a_batch(*files)))
    await fetcher.upstream.at_gate.wait()
    await fetcher.flags.raise_flag("run", reason="stopped by a person")
    result = await task

    assert result.is_stopped
    assert result.stored == (stored("a.conda", A),)
    assert (result.failed, result.not_tried) == ((), ("noarch/b.conda", "noarch/c.conda"))
    assert fetcher.upstream.now_open == 0
    for spool in blobs.spools:
        with pytest.raises(ValueError, match="closed"):
            spool.read_at(0, 1)


async def test_a_flag_drops_only_its_own_run(watching: set[asyncio.Task[None]]) -> None:
    """Other runs of the same fetcher go on."""
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B})
    gates = {name: asyncio.Event() for name in ("a.conda", "b.conda")}
    fetcher.upstream.gates |= {f"{BASE}/{name}": gate for name, gate in gates.items()}
    watching.add(asyncio.create_task(fetcher.stops.watch()))

    dropped = asyncio.create_task(fetcher.use_case.fetch(a_batch(a_file("a.conda", A), run_id="dropped")))
    kept = asyncio.create_task(fetcher.use_case.fetch(a_batch(a_file("b.conda", B), run_id="kept")))
    await fetcher.upstream.at_gate.wait()
    await fetcher.flags.raise_flag("dropped", reason="stopped")
    assert (await dropped).is_stopped
    gates["b.conda"].set()

    assert (await kept).stored == (stored("b.conda", B),)


async def test_a_flag_that_was_there_before_is_seen(watching: set[asyncio.Task[None]]) -> None:
    """Work of a stopped run that was already on its way is not begun."""
    fetcher = a_fetcher(files={"a.conda": A, "b.conda": B})
    fetcher.upstream.gates[f"{BASE}/a.conda"] = asyncio.Event()
    await fetcher.flags.raise_flag("run", reason="stopped")
    watching.add(asyncio.create_task(fetcher.stops.watch()))
    first = await fetcher.use_case.fetch(a_batch(a_file("a.conda", A)))

    second = await fetcher.use_case.fetch(a_batch(a_file("b.conda", B)))

    assert first.is_stopped
    assert second.is_stopped
    assert second.not_tried == ("noarch/b.conda",)
    assert (f"{BASE}/b.conda", 0) not in fetcher.upstream.requests


async def test_the_end_of_the_process_is_not_taken_for_a_stop(watching: set[asyncio.Task[None]]) -> None:
    """A cancelled batch is not answered: another fetcher gets it again."""
    fetcher = a_fetcher(files={"a.conda": A})
    fetcher.upstream.gates[f"{BASE}/a.conda"] = asyncio.Event()
    watching.add(asyncio.create_task(fetcher.stops.watch()))

    for is_flagged_too in (False, True):
        fetcher.upstream.at_gate.clear()
        task = asyncio.create_task(fetcher.use_case.fetch(a_batch(a_file("a.conda", A))))
        await fetcher.upstream.at_gate.wait()
        if is_flagged_too:
            await fetcher.flags.raise_flag("run", reason="stopped")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_what_packages_say_of_cves_is_passed_on() -> None:
    """Read from the file while it is stored; of a file that is not what it should be nothing is."""
    security = {"vulns_mitigated": [{"id": "CVE-2026-1000", "comment": "patched"}]}
    good, bad = a_package("good", security=security), a_package("bad", security=security)
    fetcher = a_fetcher(files={good.filename: good.data, bad.filename: bad.data})
    wrong = a_file(bad.filename, bad.data, digest=f"sha256:{'0' * 64}")
    result = await fetcher.use_case.fetch(a_batch(a_file(good.filename, good.data), wrong))

    assert result.cves == {good.path: (CveWord("CVE-2026-1000", "Mitigated", "patched"),)}
    assert [file.ckey for file in result.failed] == [bad.path]
