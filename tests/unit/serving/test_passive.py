"""Pull-through: files that come in when they are first asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.adapters.memory.upstream import MemoryDownload, MemoryUpstream
from libs.common.domain.digest import Digest, Expected, listed_digest, sha256_of
from libs.common.domain.errors import (
    ContentMismatch,
    SourceNotAllowed,
    StoreUnavailable,
    TainError,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from libs.common.ports.blobs import BlobStore, read_all
from services.api.serving.origin import Wanted
from services.api.serving.passive import Passages, PassiveLimits
from tests.support.advisories import Bookkeeping
from tests.support.packages import a_package
from tests.unit.serving.fakes import FakeLeases
from tests.unit.serving.world import HOLD_BACK, some_bytes

_URL = "https://source.example/forge/noarch/a-1-0.conda"
_DATA = some_bytes(10_000)
_LIMITS = PassiveLimits(hold_back_bytes=HOLD_BACK, resume_pause_s=0, lease_look_s=0, unknown_max_bytes=20_000)


class _Site:
    """A source with one file, a store, and processes that serve from them."""

    def __init__(self, data: bytes = _DATA, *, upstream: MemoryUpstream | None = None) -> None:
        self.upstream = upstream or MemoryUpstream()
        self.upstream.files[_URL] = data
        self.blobs: BlobStore = MemoryBlobStore()
        self.leases = FakeLeases()

    def process(self, name: str = "one", *, limits: PassiveLimits = _LIMITS) -> Passages:
        """Return one process's passages."""
        return Passages(blobs=self.blobs, upstream=self.upstream, leases=self.leases, holder=name, limits=limits)

    def gate(self) -> asyncio.Event:
        """Let the file stop halfway until the event is set."""
        self.upstream.gates[_URL] = asyncio.Event()
        return self.upstream.gates[_URL]


def _wanted(data: bytes = _DATA, *, url: str = _URL, size_bytes: int | None = len(_DATA)) -> Wanted:
    expected = Expected(digest=Digest("sha256", sha256_of(data)), size_bytes=size_bytes)
    return Wanted(channel="main", ckey="noarch/a-1-0.conda", expected=expected, url=url, proxy="http://proxy:1")


async def _read(passages: Passages, wanted: Wanted, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in passages.pieces(wanted, start, stop)])


async def _read_until_error(passages: Passages, wanted: Wanted) -> tuple[bytes, TainError]:
    got = b""
    try:
        async for piece in passages.pieces(wanted, 0, wanted.expected.size_bytes):
            got += piece
    except TainError as exc:
        return got, exc
    raise AssertionError("the file came through")


async def test_however_many_ask_the_file_is_fetched_once() -> None:
    """All get the same bytes, and the store has them."""
    site = _Site()
    passages = site.process()

    answers = await asyncio.gather(*(_read(passages, _wanted(), 0, len(_DATA)) for _ in range(50)))

    assert set(answers) == {_DATA}
    assert site.upstream.requests == [(_URL, 0)]
    assert site.upstream.proxies == ["http://proxy:1"]
    assert await read_all(site.blobs, sha256_of(_DATA)) == _DATA
    assert passages.count == 0
    assert site.leases.holders == {}


async def test_bytes_are_passed_on_while_they_come_in() -> None:
    """But for the last ones, which wait for the digest."""
    site = _Site()
    gate = site.gate()
    pieces = site.process().pieces(_wanted(), 0, len(_DATA))

    early = await anext(pieces)
    is_stored = await site.blobs.find(Digest("sha256", sha256_of(_DATA)))
    gate.set()
    rest = b"".join([piece async for piece in pieces])

    assert is_stored is None
    assert len(early) == len(_DATA) // 2 - HOLD_BACK
    assert early + rest == _DATA


async def test_a_wrong_file_never_comes_whole() -> None:
    """It breaks off before the last bytes, is not stored, and is counted."""
    wrong = _DATA[:-1] + bytes([_DATA[-1] ^ 1])
    site = _Site(wrong)
    passages = site.process()

    got, error = await _read_until_error(passages, _wanted())

    assert isinstance(error, ContentMismatch)
    assert got == wrong[: len(got)]
    assert len(got) <= len(_DATA) - HOLD_BACK
    assert await site.blobs.find(Digest("sha256", sha256_of(wrong))) is None
    assert passages.rejected == 1


@pytest.mark.parametrize("size_bytes", [1, HOLD_BACK - 1, HOLD_BACK])
async def test_a_small_wrong_file_does_not_come_at_all(size_bytes: int) -> None:
    """It is verified before the first byte."""
    right, wrong = some_bytes(size_bytes), some_bytes(size_bytes, seed=2)
    site = _Site(wrong)

    got, error = await _read_until_error(site.process(), _wanted(right, size_bytes=size_bytes))

    assert (got, type(error)) == (b"", ContentMismatch)


@pytest.mark.parametrize("data", [_DATA[:-1], _DATA + b"x", b""], ids=["short", "long", "empty"])
async def test_a_file_of_another_size_is_refused_before_the_first_byte(data: bytes) -> None:
    """Where the source says its size at the start."""
    site = _Site(data)

    got, error = await _read_until_error(site.process(), _wanted())

    assert (got, type(error)) == (b"", ContentMismatch)


class _SilentUpstream(MemoryUpstream):
    """Does not say how large files are."""

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[MemoryDownload]:
        """Begin a download; see the port."""
        async with super().open(url, proxy=proxy, home=home, hops=hops, offset=offset) as download:
            download.size_bytes = None
            yield download


@pytest.mark.parametrize("data", [_DATA[:-1], _DATA + b"x", b""], ids=["short", "long", "empty"])
async def test_a_file_of_another_size_never_comes_whole(data: bytes) -> None:
    """Also where the source does not say its size."""
    site = _Site(data, upstream=_SilentUpstream())

    got, error = await _read_until_error(site.process(), _wanted())

    assert isinstance(error, ContentMismatch)
    assert len(got) <= len(_DATA) - HOLD_BACK


async def test_a_broken_connection_is_taken_up_where_it_broke() -> None:
    """Readers do not notice."""
    site = _Site()
    site.upstream.breaks[_URL] = [3000, 7000]

    assert await _read(site.process(), _wanted(), 0, len(_DATA)) == _DATA
    assert site.upstream.requests == [(_URL, 0), (_URL, 3000), (_URL, 7000)]


async def test_a_source_without_ranges_sends_again_what_is_here() -> None:
    """Which is passed over."""
    site = _Site(upstream=MemoryUpstream(gives_ranges=False))
    site.upstream.breaks[_URL] = [3000, 2000, 7000]

    assert await _read(site.process(), _wanted(), 0, len(_DATA)) == _DATA


async def test_a_connection_that_breaks_at_the_very_end_is_no_loss() -> None:
    """All bytes are here."""
    site = _Site()
    site.upstream.breaks[_URL] = [len(_DATA)]

    assert await _read(site.process(), _wanted(), 0, len(_DATA)) == _DATA
    assert len(site.upstream.requests) == 1


async def test_a_file_without_a_digest_is_never_put_together_from_parts() -> None:
    """Nothing would tell that the source changed it in between; the next client has it fetched anew."""
    site = _Site()
    site.upstream.breaks[_URL] = [3000]
    expected = Expected(digest=listed_digest("source", "a"), size_bytes=len(_DATA))
    listed = msgspec.structs.replace(_wanted(), expected=expected)

    _, error = await _read_until_error(site.process(), listed)

    assert isinstance(error, UpstreamUnavailable)
    assert await site.blobs.find(expected.digest) is None
    assert await _read(site.process(), listed, 0, len(_DATA)) == _DATA
    assert site.upstream.requests == [(_URL, 0), (_URL, 0)]


async def test_a_connection_that_breaks_again_and_again_is_given_up() -> None:
    """After a few attempts that brought nothing."""
    site = _Site()
    site.upstream.breaks[_URL] = [5000] * 20

    got, error = await _read_until_error(site.process(), _wanted())

    assert isinstance(error, UpstreamUnavailable)
    assert got == _DATA[: 5000 - HOLD_BACK]
    assert len(site.upstream.requests) == 1 + _LIMITS.resumes


async def test_a_source_that_gives_a_little_each_time_is_given_up() -> None:
    """It would hold the place of others for as long as it likes."""
    site = _Site()
    site.upstream.breaks[_URL] = list(range(1000, 10_000, 1000))

    _, error = await _read_until_error(site.process(), _wanted())

    assert isinstance(error, UpstreamUnavailable)
    assert len(site.upstream.requests) == 1 + _LIMITS.resumes


async def test_a_source_that_breaks_off_now_and_then_is_not_given_up() -> None:
    """As long as each part is worth asking for."""
    site = _Site()
    site.upstream.breaks[_URL] = list(range(1000, 10_000, 1000))
    patient = msgspec.structs.replace(_LIMITS, worth_bytes=1000)

    assert await _read(site.process(limits=patient), _wanted(), 0, len(_DATA)) == _DATA


async def test_a_hiccup_at_the_start_is_no_failure() -> None:
    """One 503 among many files is common."""
    site = _Site()
    site.upstream.errors[_URL] = [UpstreamUnavailable("busy")]

    assert await _read(site.process(), _wanted()) == _DATA


async def test_a_source_that_asks_to_wait_is_not_asked_again_at_once() -> None:
    """Its wish is passed on to the client."""
    site = _Site()
    site.upstream.errors[_URL] = [UpstreamUnavailable("busy", retry_after_s=30)]

    _, error = await _read_until_error(site.process(), _wanted())

    assert isinstance(error, UpstreamUnavailable)
    assert error.retry_after_s == 30
    assert len(site.upstream.requests) == 1


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (UpstreamMissing(f"{_URL} is not there"), UpstreamMissing),
        (UpstreamRefused(f"{_URL} may not be read"), UpstreamRefused),
        (SourceNotAllowed(f"{_URL} is not allowed"), UpstreamRefused),
        (UpstreamUnavailable(f"{_URL} is down", retry_after_s=1), UpstreamUnavailable),
    ],
)
async def test_a_failure_is_told_without_the_sources_address_and_not_remembered(
    error: TainError, seen: type[TainError]
) -> None:
    """Clients need not know where packages come from; the next one tries anew."""
    site = _Site()
    passages = site.process()
    site.upstream.errors[_URL] = [error]

    got, told = await _read_until_error(passages, _wanted())

    assert (got, type(told)) == (b"", seen)
    assert "source.example" not in told.message
    assert await _read(passages, _wanted()) == _DATA


async def test_all_who_wait_are_told_of_a_failure() -> None:
    """Each by an error of its own."""
    site = _Site()
    passages = site.process()
    site.upstream.errors[_URL] = [UpstreamMissing("gone")]

    results = await asyncio.gather(*(_read(passages, _wanted()) for _ in range(3)), return_exceptions=True)

    assert [type(result) for result in results] == [UpstreamMissing] * 3
    assert len({id(result) for result in results}) == 3


async def test_the_download_goes_on_when_the_client_leaves() -> None:
    """The next one finds the file."""
    site = _Site()
    gate = site.gate()
    passages = site.process()
    reader = asyncio.create_task(_read(passages, _wanted(), 0, len(_DATA)))
    await site.upstream.at_gate.wait()

    reader.cancel()
    await asyncio.wait((reader,))
    gate.set()

    assert await passages.fetch(_wanted()) == await site.blobs.find(Digest("sha256", sha256_of(_DATA)))
    assert len(site.upstream.requests) == 1


async def test_a_range_waits_until_it_is_there() -> None:
    """And the file is fetched whole, for the next one."""
    site = _Site()
    gate = site.gate()
    passages = site.process()

    early = await _read(passages, _wanted(), 100, 200)
    late = asyncio.create_task(_read(passages, _wanted(), 9990, 10_000))
    await site.upstream.at_gate.wait()
    is_late_done = late.done()
    gate.set()

    assert early == _DATA[100:200]
    assert not is_late_done
    assert await late == _DATA[9990:]


async def test_a_file_of_unknown_size_comes_whole() -> None:
    """Its record has a digest only."""
    site = _Site()

    assert await _read(site.process(), _wanted(size_bytes=None)) == _DATA


async def test_a_file_of_unknown_size_has_a_limit() -> None:
    """No source may fill the disk."""
    site = _Site(some_bytes(30_000))

    _, error = await _read_until_error(site.process(), _wanted(size_bytes=None))

    assert isinstance(error, ContentMismatch)


async def test_an_md5_is_enough_to_verify() -> None:
    """Old records have nothing else; the file is then found by it."""
    digest = Digest("md5", "781e5e245d69b566979b86e28d23f2c7")
    site = _Site(b"0123456789")
    wanted = Wanted(channel="main", ckey="a", expected=Expected(digest=digest, size_bytes=10), url=_URL)

    assert await _read(site.process(), wanted) == b"0123456789"
    assert await site.blobs.find(digest) is not None


async def test_an_empty_file_is_a_file() -> None:
    """It is verified as any other."""
    site = _Site(b"")

    assert await _read(site.process(), _wanted(b"", size_bytes=0), 0, 0) == b""
    assert await site.blobs.find(Digest("sha256", sha256_of(b""))) is not None


async def test_several_processes_fetch_a_file_once() -> None:
    """Who comes second waits for the file to appear."""
    site = _Site()
    gate = site.gate()
    first = asyncio.create_task(_read(site.process("one"), _wanted()))
    await site.upstream.at_gate.wait()
    others = [asyncio.create_task(_read(site.process(name), _wanted(), 5, 5005)) for name in ("two", "three")]
    await asyncio.sleep(0)

    gate.set()

    assert await first == _DATA
    assert await asyncio.gather(*others) == [_DATA[5:5005]] * 2
    assert len(site.upstream.requests) == 1


async def test_a_process_takes_over_when_the_lease_runs_out() -> None:
    """The one that held it was killed."""
    site = _Site()
    key = f"file.sha256.{sha256_of(_DATA)}"
    site.leases.holders[key] = "killed"
    reader = asyncio.create_task(_read(site.process(), _wanted()))
    await site.leases.was_refused.wait()
    asked_before = len(site.upstream.requests)

    del site.leases.holders[key]

    assert await reader == _DATA
    assert asked_before == 0


async def test_a_process_tries_itself_when_another_failed() -> None:
    """Its clients are told of what happened to them, not to others."""
    site = _Site()
    gate = site.gate()
    site.upstream.breaks[_URL] = [5000] * (2 + _LIMITS.resumes)
    first = asyncio.create_task(_read(site.process("one"), _wanted()))
    await site.upstream.at_gate.wait()
    second = asyncio.create_task(_read(site.process("two"), _wanted()))
    await site.leases.was_refused.wait()

    gate.set()

    with pytest.raises(UpstreamUnavailable):
        await first
    assert await second == _DATA


async def test_files_are_served_without_nats() -> None:
    """At worst two processes fetch the same file, which does no harm."""
    site = _Site()
    site.leases.is_down = True

    assert await _read(site.process(), _wanted()) == _DATA


async def test_another_channels_source_may_have_what_the_first_one_lacks() -> None:
    """The same file, asked for at the same time through two mirrors."""
    site = _Site()
    passages = site.process()
    broken = "https://broken.example/a-1-0.conda"

    first, second = await asyncio.gather(
        _read(passages, _wanted(url=broken)), _read(passages, _wanted()), return_exceptions=True
    )

    assert isinstance(first, UpstreamMissing)
    assert second == _DATA


async def test_a_record_with_a_wrong_size_is_found_out_by_the_stored_file() -> None:
    """Another channel stored it, by a record that is right."""
    site = _Site()
    await _read(site.process(), _wanted())

    _, error = await _read_until_error(site.process(), _wanted(size_bytes=9))

    assert isinstance(error, ContentMismatch)


async def test_only_so_many_files_come_in_at_once() -> None:
    """The others wait for their turn."""
    site = _Site()
    limits = PassiveLimits(hold_back_bytes=HOLD_BACK, at_once=2)
    passages = site.process(limits=limits)
    files = {f"{_URL}{number}": some_bytes(5000, seed=number) for number in range(8)}
    site.upstream.files |= files

    got = await asyncio.gather(
        *(_read(passages, _wanted(data, url=url, size_bytes=5000)) for url, data in files.items())
    )

    assert got == list(files.values())
    assert site.upstream.most_open == 2


async def test_a_server_that_stops_lets_nobody_wait() -> None:
    """Readers are told, and nothing is begun any more."""
    site = _Site()
    site.gate()
    passages = site.process()
    reader = asyncio.create_task(_read_until_error(passages, _wanted()))
    await site.upstream.at_gate.wait()

    await passages.stop()

    _, error = await reader
    _, later = await _read_until_error(passages, _wanted())
    assert (type(error), type(later)) == (StoreUnavailable, StoreUnavailable)
    assert site.leases.holders == {}


class _FaultyUpstream(MemoryUpstream):
    """Fails in a way that nobody foresaw."""

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[MemoryDownload]:
        """Break."""
        async with super().open(url, proxy=proxy, home=home, hops=hops, offset=offset) as download:
            raise LookupError("a bug")
        yield download


async def test_a_bug_lets_nobody_wait() -> None:
    """Those who ask are told to try again."""
    site = _Site(upstream=_FaultyUpstream())

    _, error = await _read_until_error(site.process(), _wanted())

    assert isinstance(error, StoreUnavailable)


async def test_nothing_is_left_in_the_spool(tmp_path: Path) -> None:
    """Neither of a file that was stored nor of one that was refused."""
    site = _Site()
    site.blobs = FileBlobStore(tmp_path)
    passages = site.process()
    site.upstream.files["https://source.example/bad"] = b"bad"

    assert await _read(passages, _wanted(), 0, len(_DATA)) == _DATA
    await _read_until_error(passages, _wanted(b"dab", url="https://source.example/bad", size_bytes=3))

    assert list((tmp_path / "spool").iterdir()) == []


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(0, 400),
    breaks=st.lists(st.integers(0, 400), max_size=3),
    gives_ranges=st.booleans(),
    hold_back=st.integers(0, 500),
    bounds=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
async def test_any_slice_of_any_file_over_any_connection_is_right(
    size: int, breaks: list[int], gives_ranges: bool, hold_back: int, bounds: tuple[int, int]
) -> None:
    """Wherever it breaks, and whatever is held back."""
    data = some_bytes(size)
    site = _Site(data, upstream=MemoryUpstream(gives_ranges=gives_ranges))
    site.upstream.breaks[_URL] = [min(place, size) for place in breaks]
    start, stop = min(*bounds, size), min(max(bounds), size)
    passages = site.process(limits=PassiveLimits(hold_back_bytes=hold_back, resume_pause_s=0))

    assert await _read(passages, _wanted(data, size_bytes=size), start, stop) == data[start:stop]
    await passages.stop()


async def test_what_a_package_says_of_cves_is_kept() -> None:
    """As a curation of the package's own, and only when the file came in whole and right."""
    package = a_package(security={"vulns_cleared": [{"id": "CVE-2026-1000"}]})
    site, keeping = _Site(package.data), Bookkeeping()
    passages = Passages(
        blobs=site.blobs,
        upstream=site.upstream,
        leases=site.leases,
        holder="one",
        limits=_LIMITS,
        keeping=keeping.ports,
    )
    expected = Expected(digest=Digest("sha256", package.sha256), size_bytes=len(package.data))
    wanted = Wanted(channel="main", ckey=package.path, expected=expected, url=_URL)
    await passages.fetch(wanted)
    (entry,) = await keeping.ports.curations.of("CVE-2026-1000")

    assert (entry.source, entry.package, entry.files) == ("package", "alpha", package.filename)
