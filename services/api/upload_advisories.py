"""POST of an archive -> a blob, advisories.update.

The body is the file itself, or multipart/form-data (RFC 7578) with the file in any part
that has a file name. Either way it goes to the blob store as it comes in.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from libs.common.contracts.policy_messages import AdvisoriesUpdate
from libs.common.domain.access.identity import Caller
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.ports.blobs import BlobStore, Spool
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Ids
from services.api.problems import TooLarge

_MULTIPART = b"multipart/form-data"
_LONGEST_HEADER = 8_192


async def upload_advisories(
    body: AsyncIterator[bytes],
    *,
    content_type: str,
    limit_bytes: int,
    by: Caller,
    blobs: BlobStore,
    bus: Bus,
    ids: Ids,
) -> str:
    """Store an archive, ask for its import, and return the id of the report to come.

    Raises:
        TooLarge: for more than `limit_bytes`; nothing is stored.
        InvalidInput: when there is no file, or the multipart body is damaged.
        StoreUnavailable: when a store does not answer.
    """
    blob = await _store(body, content_type=content_type, limit_bytes=limit_bytes, blobs=blobs)
    return await ask_update(blob=blob, by=by, bus=bus, ids=ids)


async def ask_update(*, blob: Sha256 | None = None, by: Caller, bus: Bus, ids: Ids) -> str:
    """Ask for the import of a blob, or an update from the configured source; return the id of the report to come.

    Raises:
        StoreUnavailable: when NATS does not confirm.
    """
    report_id = ids.new()
    await bus.say(
        AdvisoriesUpdate(report_id=report_id, blob=blob, requested_by=by.name, by_address=by.address),
        event_id=report_id,
    )
    return report_id


async def _store(body: AsyncIterator[bytes], *, content_type: str, limit_bytes: int, blobs: BlobStore) -> Sha256:
    spool = blobs.spool()
    try:
        write = _reader(content_type, spool)
        async for piece in body:
            await asyncio.to_thread(write, piece)
            if spool.size_bytes > limit_bytes:
                raise TooLarge(f"the file is larger than the {limit_bytes // 1024**2} MiB that an import may have")
        if not spool.size_bytes:
            raise InvalidInput("send the archive (all.zip) as the body, or as a file of a form", field="file")
        return (await blobs.commit(spool)).sha256
    finally:
        spool.close()


def _reader(content_type: str, spool: Spool) -> Callable[[bytes], object]:
    kind, options = parse_options_header(content_type)
    if kind != _MULTIPART:
        return spool.write
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidInput("the form has no boundary in its Content-Type", field="file")
    return _Form(boundary, spool).write


class _Form:
    """Writes the first file of a form, and passes over all else."""

    def __init__(self, boundary: bytes, spool: Spool) -> None:
        self._spool = spool
        self._name = bytearray()
        self._value = bytearray()
        self._is_file = False
        self._has_file = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_name,
                "on_header_value": self._add_value,
                "on_header_end": self._end_header,
                "on_part_data": self._add_data,
                "on_part_end": self._end,
            },
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece of the body.

        Raises:
            InvalidInput: when it is no form.
        """
        try:
            self._parser.write(piece)
        except MultipartParseError as exc:
            raise InvalidInput("the form can't be read", field="file") from exc

    def _begin(self) -> None:
        self._is_file = False

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._name, data[start:end])

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._value, data[start:end])

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._is_file = b"filename" in options and not self._has_file
        self._name.clear()
        self._value.clear()

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._spool.write(data[start:end])

    def _end(self) -> None:
        self._has_file = self._has_file or self._is_file

    def _grow(self, header: bytearray, data: bytes) -> None:
        header += data
        if len(header) > _LONGEST_HEADER:
            raise InvalidInput("the form has a header that is too long", field="file")
