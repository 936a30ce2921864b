"""What is special about sources in folders: nothing outside of the allowed ones is read."""

import os
from pathlib import Path

import pytest

from libs.common.adapters.upstream.files import FileUpstream
from libs.common.adapters.upstream.open import open_upstream
from libs.common.adapters.upstream.routing import RoutingUpstream
from libs.common.adapters.upstream.settings import UpstreamSettings
from libs.common.domain.errors import SourceNotAllowed, UpstreamMissing, UpstreamRefused, UpstreamUnavailable
from libs.common.ports.upstream import Fetched, NotModified, Upstream, Validators

DATA = b"index"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """Return the allowed folder; beside it lies a file that is not."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "index.json").write_bytes(DATA)
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


@pytest.fixture
def upstream(allowed: Path) -> FileUpstream:
    """Return an upstream for that folder."""
    return FileUpstream(folders=(allowed,))


async def _get(upstream: Upstream, url: str) -> bytes:
    answer = await upstream.get(url, limit_bytes=100)
    return answer.data if isinstance(answer, Fetched) else b""


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/link", "/folder-link/secret", "/../sources-too/x", "/../nothing-there"]
)
async def test_nothing_outside_is_read(upstream: FileUpstream, allowed: Path, path: str) -> None:
    """Dots, escapes and links are resolved first; what lies outside is not even said to exist."""
    (allowed / "link").symlink_to(allowed.parent / "secret")
    (allowed / "folder-link").symlink_to(allowed.parent)
    (allowed.parent / "sources-too").mkdir()
    (allowed.parent / "sources-too" / "x").write_bytes(b"")

    with pytest.raises(SourceNotAllowed, match="TAIN_FILE_SOURCES"):
        await _get(upstream, f"file://{allowed}{path}")
    with pytest.raises(SourceNotAllowed):
        async with upstream.open(f"file://{allowed}{path}"):
            pass


async def test_no_folder_is_allowed_by_default(allowed: Path) -> None:
    """File sources are the operator's choice."""
    with pytest.raises(SourceNotAllowed):
        await _get(FileUpstream(), f"file://{allowed}/index.json")


async def test_links_inside_are_followed(upstream: FileUpstream, allowed: Path) -> None:
    """Mirrors on disk are often made of links."""
    (allowed / "again.json").symlink_to(allowed / "index.json")

    assert await _get(upstream, f"file://{allowed}/again.json") == DATA
    assert await _get(upstream, f"file://localhost{allowed}/again.json") == DATA


async def test_escaped_names_are_read(upstream: FileUpstream, allowed: Path) -> None:
    """A URL escapes what a file name may have."""
    (allowed / "a b%c.json").write_bytes(b"odd name")

    assert await _get(upstream, f"file://{allowed}/a%20b%25c.json") == b"odd name"


async def test_a_folder_or_pipe_is_no_file(upstream: FileUpstream, allowed: Path) -> None:
    """Neither is read, and a pipe does not hold the run up."""
    (allowed / "folder").mkdir()
    os.mkfifo(allowed / "pipe")

    for name in ("folder", "pipe", "index.json/below"):
        with pytest.raises(UpstreamMissing):
            await _get(upstream, f"file://{allowed}/{name}")


@pytest.mark.parametrize("url", ["file://host/x", "file:relative", "file:///x%00y"])
async def test_a_url_that_names_no_file_is_refused(upstream: FileUpstream, url: str) -> None:
    """Other machines and relative names have no meaning here."""
    with pytest.raises(UpstreamRefused):
        await _get(upstream, url)


async def test_what_can_not_be_opened_is_unavailable(upstream: FileUpstream, allowed: Path) -> None:
    """The system's own words stay out of the message."""
    with pytest.raises(UpstreamUnavailable, match="can't be read"):
        await _get(upstream, f"file://{allowed}/{'x' * 300}")


async def test_the_time_of_change_alone_is_a_validator(upstream: FileUpstream, allowed: Path) -> None:
    """A manifest that only kept Last-Modified still saves the reading."""
    url = f"file://{allowed}/index.json"
    first = await upstream.get(url, limit_bytes=100)
    assert isinstance(first, Fetched)

    only_time = Validators(last_modified=first.validators.last_modified)

    assert isinstance(await upstream.get(url, validators=only_time, limit_bytes=100), NotModified)
    assert isinstance(await upstream.get(url, validators=Validators(), limit_bytes=100), Fetched)


async def test_the_scheme_chooses_the_upstream(allowed: Path) -> None:
    """One upstream reads all kinds of sources, and no others."""
    async with open_upstream(UpstreamSettings(file_sources=(str(allowed),))) as upstream:
        assert isinstance(upstream, RoutingUpstream)
        assert await _get(upstream, f"FILE://{allowed}/index.json") == DATA
        async with upstream.open(f"file://{allowed}/index.json") as download:
            assert download.size_bytes == len(DATA)
        with pytest.raises(SourceNotAllowed, match="a file of this server"):
            await upstream.get(f"file://{allowed}/index.json", home="http://source.invalid/", limit_bytes=100)
        with pytest.raises(SourceNotAllowed, match="http, https and file"):
            await _get(upstream, "ftp://host/index.json")
