"""What packages say of CVEs in themselves: read while they are stored, kept as curations of theirs.

They count less than any word of a person (libs/common/domain/advisory.py). They come into
the book with the scheduler's next look, so that a run of many files makes one new book.
"""

import asyncio
import io
from collections.abc import Mapping

from libs.common.contracts.messages import CveWord
from libs.common.domain.advisory import CveStatus
from libs.common.domain.cve import CurationEntry, Cve
from libs.common.ecosystems.conda.names import parse_filename
from libs.common.ecosystems.conda.package_security import ZIP_MAGIC, read_security
from libs.common.ports.blobs import Spool
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.read_osv import is_record_id

_SMALL_BYTES = 256 * 1024
_STATUSES = frozenset(map(str, CveStatus))
_MOST_OF_A_BATCH = 1_000
"""A message of NATS must stay below 1 MB, whatever packages say."""


async def read_words(spool: Spool, *, ckey: str) -> tuple[CveWord, ...]:
    """Return what a file that is about to be stored says; nothing where it says nothing, or can't be read."""
    if not ckey.endswith(".conda") or spool.read_at(0, len(ZIP_MAGIC)) != ZIP_MAGIC:
        return ()
    file = io.BufferedReader(_SpoolFile(spool))
    # A small one takes less time (40 µs) than the way to a thread and back.
    said = read_security(file) if spool.size_bytes <= _SMALL_BYTES else await asyncio.to_thread(read_security, file)
    return tuple(CveWord(one.cve, one.status, one.comment) for one in said if is_record_id(one.cve))


def bounded(words: Mapping[str, tuple[CveWord, ...]]) -> dict[str, tuple[CveWord, ...]]:
    """Return as many files' words as a message has room for."""
    kept: dict[str, tuple[CveWord, ...]] = {}
    left = _MOST_OF_A_BATCH
    for ckey, said in sorted(words.items()):
        if len(said) <= left:
            kept[ckey] = said
            left -= len(said)
    return kept


async def keep_package_words(words: Mapping[str, tuple[CveWord, ...]], *, keeping: AdvisoryPorts) -> None:
    """Keep what files say, by ckey; the same again changes nothing, and what can't be meant is passed over.

    Raises:
        StoreUnavailable: when the database does not answer.
    """
    for ckey, said in words.items():
        filename = ckey.rpartition("/")[2]
        package = parse_filename(filename)
        for word in said:
            if package is None or word.status not in _STATUSES or not is_record_id(word.cve):
                continue
            if await keeping.advisories.get(word.cve) is None:
                await keeping.advisories.put([Cve(id=word.cve)])
            await keeping.curations.add(
                CurationEntry(
                    cve=word.cve,
                    ecosystem="conda",
                    package=package.name,
                    files=filename,
                    source="package",
                    status=CveStatus(word.status),
                    note=word.comment,
                    at=keeping.clock.now(),
                )
            )


class _SpoolFile(io.RawIOBase):
    """A spool as a file that can be read and sought in."""

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self._spool = spool
        self._place = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._spool.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the file's beginning")
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        """Say where we are."""
        return self._place

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        """Read on."""
        data = self._spool.read_at(self._place, len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
