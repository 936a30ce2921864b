"""A multipart form with one large file -> its fields, and the file in a spool with its digests.

Essential reading (in order): RFC 7578 (multipart/form-data), the upload API of the public Python
index (which fields clients send).

The file goes to the disk as it comes in; nothing of it is held in memory. Other fields are bounded,
and those that nobody asked for, such as a README of a megabyte, are passed over.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Mapping

import msgspec
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.ports.blobs import Spool
from services.api.problems import TooLarge

CONTENT = "content"
"""The field that has the file."""

_MULTIPART = b"multipart/form-data"
_LONGEST_HEADER = 8_192
_LONGEST_VALUE = 4_096
_LONGEST_NAME = 255
_MOST_PARTS = 10_000
_MOST_BESIDES_BYTES = 32 * 1024 * 1024
"""Of all that is not the file; twine sends the README and all classifiers with each file."""


class ReceivedForm(msgspec.Struct, frozen=True, kw_only=True):
    """What came: the fields that were asked for, and the file's name, size and digests; its bytes are in the spool."""

    fields: Mapping[str, str]
    filename: str
    size_bytes: int
    sha256: Sha256
    md5: str


async def receive_form(
    body: AsyncIterator[bytes], *, content_type: str, wanted: Collection[str], spool: Spool, limit_bytes: int
) -> ReceivedForm:
    """Read a form to its end, and write its file into the spool.

    Raises:
        TooLarge: when the file is larger than the limit; it is not read to its end.
        InvalidInput: when there is no form or no file, or the form is damaged.
        StoreUnavailable: when the disk takes no more.
    """
    form = _Form(_boundary(content_type), wanted=wanted, spool=spool, limit_bytes=limit_bytes)
    async for piece in body:
        await asyncio.to_thread(form.write, piece)
    return form.finish()


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != _MULTIPART or not boundary:
        raise InvalidInput(
            f"send the file as multipart/form-data, in a field named {CONTENT!r} that has a file name", field=CONTENT
        )
    return boundary


class _Form:
    """Parses a form piece by piece."""

    def __init__(self, boundary: bytes, *, wanted: Collection[str], spool: Spool, limit_bytes: int) -> None:
        self._wanted = frozenset(wanted)
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._fields: dict[str, str] = {}
        self._filename: str | None = None
        self._parts = 0
        self._besides = 0
        self._is_over = False
        self._header = bytearray()
        self._header_value = bytearray()
        self._name = ""
        self._file: str | None = None
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_header,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end,
                "on_end": self._end_all,
            },
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece of the body.

        Raises:
            InvalidInput, TooLarge, StoreUnavailable: as `receive_form`.
        """
        try:
            self._parser.write(piece)
        except MultipartParseError as exc:
            raise InvalidInput("the form can't be read", field=CONTENT) from exc

    def finish(self) -> ReceivedForm:
        """Return what came.

        Raises:
            InvalidInput: when the form broke off, or has no file.
        """
        if not self._is_over:
            raise InvalidInput("the form broke off before its end; send it again", field=CONTENT)
        if self._filename is None:
            raise InvalidInput(f"the form has no file; send it in a field named {CONTENT!r}", field=CONTENT)
        return ReceivedForm(
            fields=self._fields,
            filename=self._filename,
            size_bytes=self._spool.size_bytes,
            sha256=Sha256(self._sha256.hexdigest()),
            md5=self._md5.hexdigest(),
        )

    @property
    def _is_content(self) -> bool:
        return self._name == CONTENT and self._file is not None

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise InvalidInput(f"the form has more than {_MOST_PARTS} fields", field=CONTENT)
        self._name, self._file = "", None
        self._value.clear()

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header, data[start:end])

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header_value, data[start:end])

    def _end_header(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            file = options.get(b"filename")
            self._file = file.decode("utf-8", "replace") if file is not None else None
        self._header.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        if not self._is_content:
            return
        if self._filename is not None:
            raise InvalidInput("the form has several files; send them one by one", field=CONTENT)
        self._filename = _checked(self._file or "")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._is_content:
            if self._spool.size_bytes + len(piece) > self._limit_bytes:
                raise TooLarge(f"the file is larger than the {self._limit_bytes // 1024**2} MiB that are taken here")
            self._spool.write(piece)
            self._sha256.update(piece)
            self._md5.update(piece)
            return
        self._besides += len(piece)
        if self._besides > _MOST_BESIDES_BYTES:
            raise TooLarge(f"the form has more than {_MOST_BESIDES_BYTES // 1024**2} MiB besides its file")
        if self._name in self._wanted:
            if len(self._value) + len(piece) > _LONGEST_VALUE:
                raise InvalidInput(
                    f"{self._name} has more than {_LONGEST_VALUE} bytes; is the file in the field {CONTENT!r}, "
                    "with a file name?",
                    field=self._name,
                )
            self._value += piece

    def _end(self) -> None:
        if self._name in self._wanted and not self._is_content:
            # Of a field that comes several times (classifiers) the first counts; none of ours does.
            self._fields.setdefault(self._name, self._value.decode("utf-8", "replace"))

    def _end_all(self) -> None:
        self._is_over = True

    def _grow(self, header: bytearray, data: bytes) -> None:
        header += data
        if len(header) > _LONGEST_HEADER:
            raise InvalidInput("the form has a header that is too long", field=CONTENT)


def _checked(filename: str) -> str:
    """Return a file's name without the folders that some clients put before it.

    Raises:
        InvalidInput: for what is no name.
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    if not name or name in (".", "..") or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("the file has no name that can be used; give it one in the form", field=CONTENT)
    return name
