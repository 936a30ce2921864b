"""Asking a source for its files."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """What a source said of a file's state, to be sent back to it (RFC 9110 section 13)."""

    etag: str | None = None
    last_modified: str | None = None


class NotModified(msgspec.Struct, frozen=True):
    """The file is as it was."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A file's bytes, the URL that they came from in the end, its validators and media type.

    `content_type` is as the source wrote it, with its parameters; None where it does not say.
    """

    data: bytes
    url: str
    validators: Validators
    content_type: str | None = None


class Download(Protocol):
    """A file that is coming in.

    `offset` is where the bytes begin: 0 unless the source followed the wish for a range.
    `size_bytes` is the size of the whole file, None where the source does not say.
    """

    offset: int
    size_bytes: int | None

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come.

        Raises:
            UpstreamUnavailable: when the connection breaks or stalls.
        """


class Upstream(Protocol):
    """Sources over http, https and, below the folders that the operator allows, file.

    `home` is the root of the source as the operator entered it, None where that is `url`
    itself: its host may be any. What an index, a page or a redirect leads to elsewhere is
    asked only where it is public, or where the operator trusts it.
    Secrets of a URL never stand in an error's message.
    """

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
        """Return a whole file; transient failures are retried with growing pauses first.

        `accept` is the header that the source may choose by, where it offers several forms; `hops` as in `open`.

        Raises:
            UpstreamMissing: for 404 and 410.
            UpstreamRefused: for other 4xx.
            UpstreamUnavailable: for 5xx, 429, time-outs and broken connections.
            UnreadableIndex: for more than `limit_bytes`.
            SourceNotAllowed: for a file outside of the allowed folders, and a host inside of
                the operator's networks that the operator did not name.
        """

    def open(
        self, url: str, *, proxy: str | None = None, home: str | None = None, hops: int = 0, offset: int = 0
    ) -> AbstractAsyncContextManager[Download]:
        """Begin a download, from `offset` where the source allows it; not retried.

        `hops` says how many Tains the wish for the file has come through, for a source that is one.

        Raises:
            as `get`, but for `UnreadableIndex`.
        """
