"""conda's files as rules see them: of each record only what many rules ask for is read at once."""

from collections.abc import Collection, Container, Mapping
from functools import cached_property

import msgspec
from rattler import PackageRecord

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook, Finding, findings
from libs.common.domain.file_view import LicenseTexts
from libs.common.ecosystems.conda.names import filename_of, is_later
from libs.common.ecosystems.conda.package_record import package_record
from libs.common.ecosystems.conda.payload import SIGNATURES, Sections, is_legacy, raw_records, record_sections
from libs.common.ecosystems.conda.timestamp import timestamp_ms
from libs.common.ecosystems.conda.versions import VERSION_ORDERS
from libs.common.ecosystems.conda.wire import UNREADABLE, RawRecords, Size

_PURL = b'"purl'
"""Both keys begin so: `purls` of py-rattler and pixi, `purl` of older tools."""


class _Record(msgspec.Struct, frozen=True, gc=False):
    version: str
    size: Size | None = None
    license: str | None = None
    license_family: str | None = None
    timestamp: int | float | None = None


class _Identified(msgspec.Struct, frozen=True, gc=False):
    purls: tuple[str, ...] | None = None
    purl: str | None = None


_decode_records = msgspec.json.Decoder(dict[str, _Record]).decode
_decode_identified = msgspec.json.Decoder(_Identified).decode


class ShardView:
    """A shard that is decided on; what few rules need is only made when asked for."""

    def __init__(self, sections: Sections, *, subdir: str, name: str, book: AdvisoryBook = EMPTY_BOOK) -> None:
        self.subdir = subdir
        self.name = name
        self.book = book
        self._sections = sections

    def files(self) -> list["CondaFile"]:
        """List the files of the shard."""
        found: list[CondaFile] = []
        for section in record_sections(self._sections):
            records = _decode_records(b"{%b}" % self._sections[section])
            kind = "tar.bz2" if is_legacy(section) else "conda"
            for key, record in records.items():
                filename = filename_of(section, key) if is_later(section) else key
                found.append(CondaFile(filename, record, kind, section, self))
        return found

    @cached_property
    def signed(self) -> Container[str]:
        """The files that the source signed."""
        return raw_records(self._sections.get(SIGNATURES, b""))

    @cached_property
    def raws(self) -> Mapping[str, RawRecords]:
        """The whole records, by section and key."""
        return {section: raw_records(self._sections[section]) for section in record_sections(self._sections)}


class CondaFile:
    """One file, a `FileView`; `kind` is `conda` or `tar.bz2`."""

    __slots__ = ("_findings", "_is_held", "_package_record", "_record", "_section", "filename", "kind", "shard")
    is_yanked = False
    """Whoever runs a conda channel takes a broken file out of it."""

    def __init__(self, filename: str, record: _Record, kind: str, section: str, shard: ShardView) -> None:
        self.filename = filename
        self.kind = kind
        self.shard = shard
        self._record = record
        self._section = section
        self._is_held = False
        self._findings: tuple[Finding, ...] | None = None

    @property
    def raw(self) -> msgspec.Raw:
        """The whole record."""
        key = self.build if is_later(self._section) else self.filename
        return self.shard.raws[self._section][key]

    @property
    def package_record(self) -> PackageRecord | None:
        """The record as py-rattler holds it; None for an old one that it can't hold."""
        if not self._is_held:
            self._package_record: PackageRecord | None = package_record(self.raw, subdir=self.shard.subdir)
            self._is_held = True
        return self._package_record

    @property
    def ckey(self) -> str:
        """Its path below the channel."""
        return f"{self.shard.subdir}/{self.filename}"

    @property
    def version(self) -> str:
        """Its version as the record has it."""
        return self._record.version

    @property
    def platforms(self) -> Collection[str]:
        """Its subdir."""
        return (self.shard.subdir,)

    @property
    def size_bytes(self) -> int | None:
        """Its size; None where the record does not say."""
        return self._record.size

    @property
    def created_ms(self) -> int | None:
        """When it was built, since 1970 UTC; None where the record does not say."""
        return timestamp_ms(self._record.timestamp)

    @property
    def license(self) -> LicenseTexts:
        """Its license and the family that conda-build gave it."""
        return (self._record.license, self._record.license_family)

    @property
    def is_signed(self) -> bool:
        """Whether the source signed it."""
        return self.filename in self.shard.signed

    @property
    def is_legacy(self) -> bool:
        """Whether it is a `.tar.bz2`."""
        return self.kind == "tar.bz2"

    @property
    def build(self) -> str:
        """Its file name without the extension."""
        return self.filename.removesuffix(f".{self.kind}")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Its vulnerabilities, also those of the packages of other ecosystems that it is made of."""
        if self._findings is None:
            book, name = self.shard.book, self.shard.name
            matches = book.matches("conda", name, purls=_purls(self.raw))
            found = findings(book, matches, version=self.version, filename=self.filename, orders=VERSION_ORDERS)
            self._findings = found
        return self._findings


def may_have_purls(payload: bytes) -> bool:
    """Tell whether records of a shard may say what other ecosystems call the package."""
    return _PURL in payload


def _purls(raw: msgspec.Raw) -> tuple[str, ...] | None:
    """Read what other ecosystems call the package; None where the record does not say, or nothing readable."""
    if _PURL not in bytes(raw):
        return None
    try:
        found = _decode_identified(raw)
    except UNREADABLE:
        return None
    return (found.purl,) if found.purls is None and found.purl is not None else found.purls
