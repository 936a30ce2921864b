"""Python's files as rules see them."""

from collections.abc import Collection, Mapping
from functools import cached_property

import msgspec
from packaging.tags import Tag

from libs.common.domain.advisory import AdvisoryBook, Finding, findings
from libs.common.domain.file_view import LicenseTexts
from libs.common.ecosystems.file_tables import ABOUT, FILES, decode_tables
from libs.common.ecosystems.licenses.classifiers import SEPARATOR, license_classifiers
from libs.common.ecosystems.pypi.filenames import FileName, read_filename
from libs.common.ecosystems.pypi.records import METADATA, CoreMetadata, FileRecord, decode_about, decode_records
from libs.common.ecosystems.pypi.tags import PythonVersion, platforms_of, pythons_of

_decode_metadata = msgspec.json.Decoder(dict[str, CoreMetadata]).decode

_NOTHING_SAID = CoreMetadata()


class ProjectView:
    """A project that is decided on; core metadata is only read when asked for."""

    def __init__(self, payload: bytes, *, partition: str, book: AdvisoryBook) -> None:
        self._tables = decode_tables(payload)
        self.partition = partition
        self.book = book
        self.name = decode_about(self._tables[ABOUT]).name

    def files(self) -> list["PythonFile"]:
        """List the files of the project."""
        return [
            PythonFile(filename, record, project=self)
            for filename, record in decode_records(self._tables.get(FILES, b"{}")).items()
        ]

    def metadata_of(self, filename: str, version: str) -> CoreMetadata:
        """Return a file's metadata, else that of another file of its version; wheels have it first."""
        own = self._metadata.get(filename)
        return own if own is not None else self._by_version.get(version, _NOTHING_SAID)

    @cached_property
    def _metadata(self) -> Mapping[str, CoreMetadata]:
        return _decode_metadata(self._tables.get(METADATA, b"{}"))

    @cached_property
    def _by_version(self) -> Mapping[str, CoreMetadata]:
        found: dict[str, CoreMetadata] = {}
        for filename in sorted(self._metadata, key=lambda name: (not name.endswith(".whl"), name)):
            version = read_filename(filename, project=self.name).version
            if version is not None:
                found.setdefault(version, self._metadata[filename])
        return found


class PythonFile:
    """One file; a `FileView`."""

    is_legacy = False

    def __init__(self, filename: str, record: FileRecord, *, project: ProjectView) -> None:
        self.filename = filename
        self.record = record
        self.project = project
        self._said: FileName = read_filename(filename, project=project.name)

    @property
    def ckey(self) -> str:
        """Its path below the channel."""
        return f"{self.project.partition}/{self.project.name}/{self.filename}"

    @property
    def version(self) -> str:
        """Its version as its name has it; empty where that can't be read."""
        return self._said.version or ""

    @property
    def kind(self) -> str:
        """`wheel`, `sdist` or `other`."""
        return self._said.kind

    @property
    def tags(self) -> frozenset[Tag]:
        """Its wheel tags; none for what is no wheel."""
        return self._said.tags

    @property
    def platforms(self) -> Collection[str]:
        """Its platform tags, `any` for a pure wheel, `source` for what is no wheel."""
        return platforms_of(self.kind, self.tags)

    @property
    def pythons(self) -> frozenset[PythonVersion]:
        """The Python versions that it can be used with."""
        return pythons_of(self.tags, self.record.requires_python or self.metadata.requires_python)

    @property
    def size_bytes(self) -> int | None:
        """Its size; None where the record does not say."""
        return self.record.size

    @property
    def created_ms(self) -> int | None:
        """When it was uploaded, since 1970 UTC; None where the record does not say."""
        return self.record.uploaded_ms

    @property
    def metadata(self) -> CoreMetadata:
        """Its core metadata; empty where none is known."""
        return self.project.metadata_of(self.filename, self.version)

    @property
    def license(self) -> LicenseTexts:
        """`License-Expression`, else `License` and the license classifiers."""
        metadata = self.metadata
        if metadata.license_expression is not None:
            return (metadata.license_expression, None)
        return (metadata.license, SEPARATOR.join(license_classifiers(metadata.classifiers)) or None)

    @property
    def is_signed(self) -> bool:
        """Whether the source has an attestation (PEP 740) or a signature of it."""
        return bool(self.record.provenance) or self.record.gpg_sig is True

    @property
    def is_yanked(self) -> bool:
        """Whether the source withdrew it (PEP 592), mostly with a reason."""
        return bool(self.record.yanked)

    @property
    def build(self) -> str:
        """Its file name: no file of Python replaces one of another kind."""
        return self.filename

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Its vulnerabilities."""
        book = self.project.book
        matches = book.matches("python", self.project.name)
        return findings(book, matches, version=self.version, filename=self.filename)


def read_files(payload: bytes, *, partition: str, book: AdvisoryBook) -> list[PythonFile]:
    """List the files of a shard."""
    return ProjectView(payload, partition=partition, book=book).files()
