"""Sources in folders of this machine, for networks without the Internet.

Only files below the folders that the operator named are read: links are resolved
first, then the place is compared, and what was compared is what is opened.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.utils import formatdate
from mimetypes import MimeTypes
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from libs.common.domain.errors import (
    SourceNotAllowed,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from libs.common.ports.upstream import Fetched, NotModified, Validators

_PIECE_BYTES = 1024 * 1024
_TYPES = MimeTypes()


class FileDownload:
    """Implements `ports.upstream.Download`."""

    def __init__(self, file: BinaryIO, *, url: str, offset: int, size_bytes: int) -> None:
        self.offset = offset
        self.size_bytes: int | None = size_bytes
        self._file = file
        self._url = url

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the file's bytes; see the port."""
        place = self.offset
        with _translated(self._url):
            while piece := await asyncio.to_thread(os.pread, self._file.fileno(), _PIECE_BYTES, place):
                place += len(piece)
                yield piece


class FileUpstream:
    """Implements `ports.upstream.Upstream` for file URLs below `folders`; none are allowed by default."""

    def __init__(self, *, folders: tuple[Path, ...] = ()) -> None:
        self._folders = folders

    async def get(
        self,
        url: str,
        *,
        proxy: str | None = None,
        home: str | None = None,
        hops: int = 0,
        accept: str | None = None,
        validators: Validators | None = None,
        limit_bytes: int,
    ) -> Fetched | NotModified:
        """Return a whole file; see the port."""
        del proxy, home, hops, accept
        return await asyncio.to_thread(self._get, url, validators, limit_bytes)

    @asynccontextmanager
    async def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AsyncIterator[FileDownload]:
        """Begin to read a file; see the port."""
        del proxy, home, hops
        file, status = await asyncio.to_thread(self._open, url)
        try:
            start = offset if offset < status.st_size else 0
            yield FileDownload(file, url=url, offset=start, size_bytes=status.st_size)
        finally:
            file.close()

    def _get(self, url: str, validators: Validators | None, limit_bytes: int) -> Fetched | NotModified:
        file, status = self._open(url)
        with file, _translated(url):
            current = _validators(status)
            if validators is not None and _is_same(validators, current):
                return NotModified()
            data = file.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise UnreadableIndex(f"{url} is larger than the {limit_bytes} bytes that are allowed for it")
        return Fetched(data=data, url=url, validators=current, content_type=_content_type(url))

    def _open(self, url: str) -> tuple[BinaryIO, os.stat_result]:
        path = self._allowed(url)
        with _translated(url):
            # Neither does a pipe hold us up, nor does a link that came since lead elsewhere.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
            file = os.fdopen(descriptor, "rb") if _is_file(descriptor) else None
            if file is None:
                os.close(descriptor)
                raise UpstreamMissing(f"{url} is not a file")
            return file, os.fstat(descriptor)

    def _allowed(self, url: str) -> Path:
        parts = urlsplit(url)
        name = unquote(parts.path)
        if parts.netloc not in ("", "localhost") or not name.startswith("/") or "\0" in name:
            raise UpstreamRefused("a file source is written file:///absolute/folder")
        with _translated(url):
            path = Path(name).resolve()
            if any(path.is_relative_to(folder.resolve()) for folder in self._folders):
                return path
        raise SourceNotAllowed(
            f"{url} does not lie below a folder that file sources are allowed in; the operator names these "
            "in TAIN_FILE_SOURCES"
        )


def _is_file(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _validators(status: os.stat_result) -> Validators:
    return Validators(
        etag=f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        last_modified=formatdate(status.st_mtime, usegmt=True),
    )


def _content_type(url: str) -> str | None:
    media_type, encoding = _TYPES.guess_type(urlsplit(url).path)
    return None if encoding else media_type


def _is_same(known: Validators, current: Validators) -> bool:
    if known.etag is not None:
        return known.etag == current.etag
    return known.last_modified is not None and known.last_modified == current.last_modified


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
        raise UpstreamMissing(f"{url} is not there") from exc
    except PermissionError as exc:
        raise UpstreamRefused(f"{url} may not be read by this service's user") from exc
    except (OSError, RuntimeError) as exc:
        # `Path.resolve` says RuntimeError for links that go round in circles.
        raise UpstreamUnavailable(f"{url} can't be read: {type(exc).__name__}") from exc
