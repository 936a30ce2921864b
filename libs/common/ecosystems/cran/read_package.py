"""An uploaded R package, of source or binary -> its shard.

Essential reading (in order): R-exts 1.1 (package structure, DESCRIPTION); `tools::write_PACKAGES`.

Rules of this file:
1. The record has the fields that write_PACKAGES keeps, in the texts of DESCRIPTION, and the MD5sum. A
   License that R's own list does not know it leaves out; here it stays, for rules ask for it.
2. A binary package says in Built what it is for; a source package has no such field.
3. The file is known by its sha256, and as old as its upload.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives.read_tar import read_tar
from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.told import check_same, check_told
from libs.common.ecosystems.archives.unpack import unpack
from libs.common.ecosystems.cran.built import contrib_folder
from libs.common.ecosystems.cran.check_record import Usable, check_record
from libs.common.ecosystems.cran.dcf import STANDARD_FIELDS, DcfRecord, read_dcf
from libs.common.ecosystems.cran.file_view import ROOT
from libs.common.ecosystems.cran.metadata import FILE_TYPES, file_type
from libs.common.ecosystems.cran.names import MAX_FILENAME_LENGTH
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.records import Listed, Stanza, shard_of
from libs.common.ecosystems.cran.versions import is_package_version
from libs.common.ecosystems.protocol import PackageRead, ReadAt

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9.]*)_([0-9][0-9.-]*)(\.tar\.gz|\.zip|\.tgz)")
_LARGEST_DESCRIPTION = 1024 * 1024
"""The longest of CRAN has 30 kB; every client reads what becomes of it."""


class _FileName(NamedTuple):
    package: str
    version: str
    ending: str


def takes_file(filename: str) -> bool:
    """Tell by its name alone whether a file can be an R package."""
    return _read_name(filename) is not None


def read_package(
    filename: str, size_bytes: int, read_at: ReadAt, *, sha256: Sha256, md5: str, at: datetime, told: Mapping[str, str]
) -> PackageRead:
    """Read a package file.

    Raises:
        InvalidInput: in plain words.
    """
    named = _read_name(filename)
    if named is None:
        refuse(f"{shown(filename)} is no name of an R package; it is NAME_VERSION.tar.gz, .zip or .tgz")
    file = StoredFile(size_bytes, read_at)
    check_told(told, file, sha256=sha256, md5=md5)
    description = _description(file, named, filename)
    package, version = description.get("Package", ""), description.get("Version", "")
    if (package, version) != (named.package, named.version):
        refuse(f"DESCRIPTION says that {filename} is {shown(package)} {shown(version)}; its name says otherwise")
    check_same(told, name=package, version=version)
    partition = _partition(description, named, told)
    _check_filetype(told, partition)
    stanza = _stanza(description, partition=partition, md5=md5)
    usable = check_record(DcfRecord(stanza, None), partition=partition)
    if not isinstance(usable, Usable):  # pragma: no cover - all that it looks at was looked at; this bars a mistake
        refuse(f"{filename} can't be served: {usable.reason}")
    listed = Listed(size_bytes=size_bytes, sha256=sha256, modified_ms=int(at.timestamp() * 1000))
    return PackageRead(
        partition=partition,
        name=package,
        version=version,
        filename=filename,
        ckey=f"{ROOT}/{partition}/{filename}",
        payload=shard_of([stanza], partition=partition, listed={filename: listed}),
        file_type=file_type(partition),
        metadata=description,
    )


def _read_name(filename: str) -> _FileName | None:
    found = _NAME.fullmatch(filename) if len(filename) <= MAX_FILENAME_LENGTH else None
    named = _FileName(*found.groups()) if found is not None else None
    return named if named is not None and is_package_version(named.version) else None


def _description(file: StoredFile, named: _FileName, filename: str) -> Stanza:
    """Read DESCRIPTION in the folder of the package's name."""
    path = f"{named.package}/DESCRIPTION"
    if named.ending == ".zip":
        archive = ZipArchive(file)
        found = {path: archive.read(path)} if path in archive.paths else {}
    else:
        unpacked = unpack(file.pieces(), format="gzip", packed_bytes=file.size_bytes)
        found = dict(read_tar(unpacked, is_wanted=path.__eq__))
    if path not in found:
        refuse(f"{filename} has no {path}; build it by R CMD build, or R CMD INSTALL --build")
    if len(found[path]) > _LARGEST_DESCRIPTION:
        refuse(f"DESCRIPTION of {filename} is larger than {_LARGEST_DESCRIPTION:,} bytes")
    records = list(read_dcf(found[path]))
    if len(records) != 1:
        refuse(f"DESCRIPTION of {filename} has {len(records)} records; it has one")
    if records[0].fault is not None:
        refuse(f"DESCRIPTION of {filename} can't be read: {records[0].fault}")
    return records[0].fields


def _partition(description: Stanza, named: _FileName, told: Mapping[str, str]) -> str:
    built = description.get("Built")
    if built is not None:
        return contrib_folder(built, ending=named.ending, told=told)
    if named.ending != ".tar.gz":
        refuse(f"a package that ends with {named.ending} is a binary one, and this has no Built in its DESCRIPTION")
    return SOURCE


def _check_filetype(told: Mapping[str, str], partition: str) -> None:
    said, is_built = told.get("filetype", ""), partition != SOURCE
    if said in FILE_TYPES and said != file_type(partition):
        raise InvalidInput(
            f"the upload says that it is a {said}, but DESCRIPTION has {'a' if is_built else 'no'} Built",
            field="filetype",
        )


def _stanza(description: Stanza, *, partition: str, md5: str) -> Stanza:
    """Return the record, in the order of PACKAGES; R tells of compiling only for sources."""
    told = {**description, "MD5sum": md5}
    left_out = () if partition == SOURCE else ("NeedsCompilation",)
    return {field: told[field] for field in STANDARD_FIELDS if told.get(field) and field not in left_out}
