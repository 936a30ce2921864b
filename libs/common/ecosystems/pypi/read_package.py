"""An uploaded wheel or sdist -> its shard, as a mirror would store it of an index that has just this file.

Essential reading (in order): the simple repository API specification (PEP 691, 700, 592); the core metadata
specification.

Rules of this file:
1. The shard comes out of the reader of a project's page.
2. No core metadata are promised beside a wheel: they stand in it, and `extract` takes them out (companions.py).
3. What rules and closures ask of core metadata is in the shard, as `with_extras` would have put it there.
4. Only what installers and rules go by is checked: name, version, Requires-Python, Requires-Dist.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.told import check_same, check_told
from libs.common.ecosystems.protocol import PackageRead, ReadAt, Told
from libs.common.ecosystems.pypi.extras import with_extras
from libs.common.ecosystems.pypi.filenames import is_package_filename, project_name, read_filename
from libs.common.ecosystems.pypi.metadata import FILE_TYPES, describe_core, file_metadata, file_type
from libs.common.ecosystems.pypi.read_page import read_page
from libs.common.ecosystems.pypi.records import PARTITION, served_url
from libs.common.ecosystems.pypi.sdist_file import check_sdist_name, is_sdist_name, read_sdist
from libs.common.ecosystems.pypi.wheel_file import check_wheel_name, read_wheel
from libs.common.ecosystems.pypi.wheel_metadata import extract_metadata
from libs.common.ecosystems.pypi.wire import API_VERSION, JSON

_LONGEST_TEXT = 4000
"""Of Requires-Python; a record with a longer one is not served (check_record.py)."""
_MOST_REQUIREMENTS = 10_000


def takes_file(filename: str) -> bool:
    """Tell by its name alone whether a file can be a wheel or sdist."""
    return is_package_filename(filename) and (filename.endswith(".whl") or is_sdist_name(filename))


def read_package(
    filename: str, size_bytes: int, read_at: ReadAt, *, sha256: Sha256, md5: str, at: datetime, told: Mapping[str, str]
) -> PackageRead:
    """Read a package file.

    Raises:
        InvalidInput: in plain words.
    """
    if not is_package_filename(filename):
        refuse(f"{shown(filename)} is no name of a Python package")
    _check_filetype(told, filename)
    file = StoredFile(size_bytes, read_at)
    check_told(told, file, sha256=sha256, md5=md5)
    if filename.endswith(".whl"):
        text = read_wheel(file, filename=filename, project=check_wheel_name(filename))
        companion = extract_metadata(filename, size_bytes, read_at)
        if companion != text:
            refuse(f"METADATA of {filename} is too large, or of another name; it could not be served beside the wheel")
    else:
        check_sdist_name(filename)
        text, companion = read_sdist(file, filename=filename), None
    raw, _ = parse_email(text)
    name, version = _identity(raw, filename)
    _check_told_identity(told, name=name, version=version)
    _check_for_installers(raw, filename)
    record = _record(filename, raw, sha256=sha256, size_bytes=size_bytes, at=at)
    payload = with_extras(_shard(name, record), {filename: text})
    return PackageRead(
        partition=PARTITION,
        name=name,
        version=version,
        filename=filename,
        ckey=f"{PARTITION}/{name}/{filename}",
        payload=payload,
        file_type=file_type(filename),
        metadata={**describe_core(raw), **file_metadata(payload)[filename]},
        companion=companion,
    )


def _check_filetype(told: Mapping[str, str], filename: str) -> None:
    said = told.get("filetype", "")
    if said in FILE_TYPES and said != file_type(filename):
        raise InvalidInput(f"the upload says that {filename} is a {said}; by its name it is none", field="filetype")


def _identity(raw: RawMetadata, filename: str) -> tuple[str, str]:
    """Return the normalised name and the version, which the name of the file must have too."""
    said_name, said_version = raw.get("name", ""), raw.get("version", "")
    name = project_name(said_name)
    if name is None:
        refuse(f"the metadata of {filename} have no Name, or more than one, or {shown(said_name)!r}, which is none")
    if "metadata_version" not in raw:
        refuse(f"the metadata of {filename} do not say of which version they are")
    read = read_filename(filename, project=name)
    try:
        version = Version(said_version)
        named = Version(read.version) if read.version is not None else None
        is_same = named == version
    except InvalidVersion as exc:
        refuse(f"the metadata of {filename} have a Version that is none: {shown(str(exc))}", cause=exc)
    if read.kind == "other" or not is_same:
        refuse(
            f"the metadata of {filename} say that it is {shown(said_name)} {shown(said_version)}; "
            "its name says otherwise. Build it anew rather than renaming it"
        )
    # Where 1 is called 1.0 in one of them: what clients see is the file's name.
    return name, str(named)


def _check_told_identity(told: Mapping[str, str], *, name: str, version: str) -> None:
    said = told.get("name", "")
    check_same(
        {"name": project_name(said) or said, "version": _plain_version(told.get("version", ""))},
        name=name,
        version=version,
    )


def _plain_version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        return text


def _check_for_installers(raw: RawMetadata, filename: str) -> None:
    """Refuse what no installer can read.

    Raises:
        InvalidInput: with the text at fault.
    """
    requires_python, requires = raw.get("requires_python", ""), raw.get("requires_dist", [])
    if len(requires_python) > _LONGEST_TEXT or len(requires) > _MOST_REQUIREMENTS:
        refuse(f"the metadata of {filename} require more than any: there are {len(requires)} requirements")
    try:
        SpecifierSet(requires_python)
    except InvalidSpecifier as exc:
        refuse(f"the metadata of {filename} have a Requires-Python that is none: {shown(str(exc))}", cause=exc)
    for text in requires:
        try:
            Requirement(text)
        except InvalidRequirement as exc:
            refuse(f"the metadata of {filename} have the Requires-Dist {shown(text)!r}, which is none", cause=exc)


def _record(filename: str, raw: RawMetadata, *, sha256: Sha256, size_bytes: int, at: datetime) -> Mapping[str, Any]:
    requires_python = raw.get("requires_python")
    return {
        "filename": filename,
        "url": served_url(filename),
        "hashes": {"sha256": sha256},
        "size": size_bytes,
        "upload-time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "yanked": False,
        **({"requires-python": requires_python} if requires_python else {}),
    }


def _shard(name: str, record: Mapping[str, Any]) -> bytes:
    """Return the shard that the reader makes of a page with this one file.

    Raises:
        InvalidInput: with what it says where it makes none.
    """
    page = {"meta": {"api-version": API_VERSION}, "name": name, "versions": [], "files": [record]}
    shard = read_page(msgspec.json.encode(page), name=name, tag=None, told=Told(content_type=JSON))
    if shard.problems:  # pragma: no cover - all that it looks at was looked at; this bars a mistake
        refuse(f"{record['filename']} can't be served: {shard.problems[0].reason}")
    return shard.payload
