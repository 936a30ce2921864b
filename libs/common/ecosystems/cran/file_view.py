"""R's packages as rules see them."""

from collections.abc import Collection, Iterator
from functools import cached_property

import msgspec

from libs.common.domain.advisory import AdvisoryBook, Finding, findings
from libs.common.domain.file_view import LicenseTexts
from libs.common.ecosystems.cran.partitions import Contrib, read_partition
from libs.common.ecosystems.cran.r_releases import releases_of
from libs.common.ecosystems.cran.records import LISTED, NOT_LISTED, Listed, PackageRecord
from libs.common.ecosystems.cran.versions import RVersion
from libs.common.ecosystems.file_tables import FILES, Tables, decode_tables

ROOT = "cran"
"""The folder of R packages below a channel."""

_decode_records = msgspec.json.Decoder(dict[str, PackageRecord]).decode
_decode_listed = msgspec.json.Decoder(dict[str, Listed]).decode


class CranFile:
    """One file; a `FileView`."""

    is_signed = False
    """No CRAN-like repository signs its files."""
    is_yanked = False
    """CRAN takes a package out of the index instead."""
    is_legacy = False

    def __init__(
        self, filename: str, record: PackageRecord, *, listed: Listed, partition: str, book: AdvisoryBook
    ) -> None:
        self.filename = filename
        self.record = record
        self.listed = listed
        self._partition = partition
        self._book = book

    @property
    def contrib(self) -> Contrib:
        """What its folder is for."""
        return read_partition(self._partition)

    @property
    def ckey(self) -> str:
        """Its path below the channel."""
        return f"{ROOT}/{self._partition}/{self.path}"

    @property
    def path(self) -> str:
        """Its path below its contrib folder; `Path` of the record is a folder between."""
        return f"{self.record.path}/{self.filename}" if self.record.path else self.filename

    @property
    def version(self) -> str:
        """Its version as the record has it."""
        return self.record.version

    @property
    def kind(self) -> str:
        """`source` or `binary`."""
        return self.contrib.kind

    @property
    def platforms(self) -> Collection[str]:
        """Those of its folder."""
        return self.contrib.platforms

    @property
    def size_bytes(self) -> int | None:
        """Its size; None where no listing says."""
        return self.listed.size_bytes

    @property
    def created_ms(self) -> int | None:
        """When it was published, by its record or else by its date in the folder, since 1970 UTC."""
        dated_ms = self.record.dated_ms
        return dated_ms if dated_ms is not None else self.listed.modified_ms

    @property
    def license(self) -> LicenseTexts:
        """The License field."""
        return (self.record.license, None)

    @property
    def build(self) -> str:
        """Its file name: no file of R replaces one of another kind."""
        return self.filename

    @property
    def releases(self) -> frozenset[RVersion]:
        """The releases of R that it can be used with; none where only the Archive knows it, for nobody tells."""
        if self.listed.is_archived:
            return frozenset()
        return releases_of(self.record.depends, self.contrib.r)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Its vulnerabilities."""
        matches = self._book.matches("cran", self.record.package)
        return findings(self._book, matches, version=self.version, filename=self.filename)


def read_files(payload: bytes, *, partition: str, book: AdvisoryBook) -> list[CranFile]:
    """List the files of a shard."""
    return [
        CranFile(filename, record, listed=listed, partition=partition, book=book)
        for filename, record, listed in read_records(decode_tables(payload))
    ]


def read_records(tables: Tables) -> Iterator[tuple[str, PackageRecord, Listed]]:
    """Yield file name, record and what else is known of each file of a shard."""
    listed = _decode_listed(tables.get(LISTED, b"{}"))
    for filename, record in _decode_records(tables.get(FILES, b"{}")).items():
        yield filename, record, listed.get(filename, NOT_LISTED)
