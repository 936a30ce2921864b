"""What stands in a package file of a source, read by some of its bytes."""

import io
import zipfile

import pytest

from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.errors import ContentMismatch, UpstreamMissing, UpstreamUnavailable
from libs.common.ecosystems.protocol import ArtifactRef, ReadAt
from libs.common.runtime.extract_remote import extract_remote
from tests.support.python_packages import a_wheel
from tests.support.python_records import ECO

URL = "https://files.example/alpha.whl"
FILE = a_wheel("alpha")
PART = 64 * 1024


def a_ref(data: bytes, *, size_bytes: int | None = None) -> ArtifactRef:
    """Return a record of a wheel."""
    expected = Expected(digest=Digest("sha256", sha256_of(data)), size_bytes=size_bytes)
    return ArtifactRef(ckey=FILE.ckey, filename=FILE.filename, url=URL, expected=expected)


def a_large_wheel(*, metadata_first: bool) -> bytes:
    """Return a wheel of about 300 kB whose core metadata stand far from its directory, or near."""
    out, noise = io.BytesIO(), b"noise" * 60_000
    parts = [(FILE.filename.replace("-py3-none-any.whl", ".dist-info/METADATA"), FILE.metadata), ("noise", noise)]
    with zipfile.ZipFile(out, "w") as wheel:
        for name, data in parts if metadata_first else reversed(parts):
            wheel.writestr(name, data)
    return out.getvalue()


async def read(upstream: MemoryUpstream, data: bytes, *, size_bytes: int | None = None) -> bytes | None:
    """Return what stands in the wheel at URL."""
    return await extract_remote(a_ref(data, size_bytes=size_bytes), URL, ecosystem=ECO, upstream=upstream)


async def test_a_small_wheel_costs_one_request() -> None:
    """With or without a size in its record."""
    for size_bytes in (None, len(FILE.data)):
        upstream = MemoryUpstream({URL: FILE.data})
        assert await read(upstream, FILE.data, size_bytes=size_bytes) == FILE.metadata
        assert upstream.requests == [(URL, 0)]


@pytest.mark.parametrize(("metadata_first", "requests"), [(False, 1), (True, 2)])
async def test_of_a_large_wheel_its_end_is_read_and_what_that_leads_to(metadata_first: bool, requests: int) -> None:
    """Most builders write core metadata near the end."""
    data = a_large_wheel(metadata_first=metadata_first)
    upstream = MemoryUpstream({URL: data})

    assert await read(upstream, data, size_bytes=len(data)) == FILE.metadata
    assert [offset for _, offset in upstream.requests] == [len(data) - PART, 0][:requests]
    assert upstream.now_open == 0


async def test_a_source_without_ranges_gives_all_of_a_wheel() -> None:
    """At once: nothing is asked for twice."""
    data = a_large_wheel(metadata_first=True)
    upstream = MemoryUpstream({URL: data}, gives_ranges=False)

    assert await read(upstream, data, size_bytes=len(data)) == FILE.metadata
    assert len(upstream.requests) == 1


async def test_what_can_not_be_read_says_nothing() -> None:
    """It is no wheel."""
    assert await read(MemoryUpstream({URL: b"not a wheel"}), b"not a wheel") is None


async def test_a_file_of_another_size_is_not_the_one_that_was_listed() -> None:
    """Nor is anything believed of it."""
    with pytest.raises(ContentMismatch):
        await read(MemoryUpstream({URL: FILE.data}), FILE.data, size_bytes=len(FILE.data) + 1)


async def test_a_source_in_trouble_is_told_from_one_that_has_no_such_file() -> None:
    """The first is asked again by the next run."""
    with pytest.raises(UpstreamMissing):
        await read(MemoryUpstream(), FILE.data)
    upstream = MemoryUpstream({URL: FILE.data})
    upstream.breaks[URL].append(10)
    with pytest.raises(UpstreamUnavailable):
        await read(upstream, FILE.data)


async def test_a_file_that_leads_to_ever_more_places_is_left() -> None:
    """The number of requests for one wheel is bounded."""

    class Restless:
        """Reads here and there."""

        def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
            """Read on and on."""
            del filename
            for offset in range(0, size_bytes, 100_000):
                read_at(offset, 10)
            return b"never"

    data = bytes(2_000_000)
    upstream = MemoryUpstream({URL: data})
    with pytest.raises(ContentMismatch):
        await extract_remote(
            a_ref(data),
            URL,
            ecosystem=Restless(),  # type: ignore[arg-type]
            upstream=upstream,
        )
    assert len(upstream.requests) < 10
