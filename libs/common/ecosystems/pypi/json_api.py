"""The JSON API that tools ask for a project's or a release's metadata.

Essential reading: the documentation of the public index on its JSON API; the core metadata
specification, and its "transforming metadata to JSON" (PEP 566).

Rules of this file:
1. `info` is what the core metadata of one file says: of the version asked for, else of the newest
   that is no pre-release and not yanked. Without core metadata it says what the file name does.
2. URLs of files are relative to the page, as in the simple index.
3. Files of other kinds than wheels and sdists are not listed: no tool of today installs them.
4. What we do not know (downloads, vulnerabilities, signatures in full) is there and empty: tools
   read it without asking.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from packaging.metadata import RawMetadata, parse_email

from libs.common.ecosystems.file_tables import ABOUT, decode_tables
from libs.common.ecosystems.pypi.filenames import FileName, read_filename
from libs.common.ecosystems.pypi.records import (
    PARTITION,
    QUARANTINED,
    FileRecord,
    decode_about,
    served_url,
)
from libs.common.ecosystems.pypi.shard_files import shard_files
from libs.common.ecosystems.pypi.specs import in_order, read_version
from libs.common.ecosystems.pypi.wire import SERIAL

_TYPES = {"wheel": "bdist_wheel", "sdist": "sdist"}
_UNKNOWN_DOWNLOADS = {"last_day": -1, "last_week": -1, "last_month": -1}


class _File(NamedTuple):
    filename: str
    record: FileRecord
    said: FileName


class _Project(NamedTuple):
    name: str
    serial: int
    releases: Mapping[str, Sequence[_File]]
    """By version, oldest first."""


def described_file(payload: bytes, *, version: str | None) -> str | None:
    """Name the file whose core metadata describe a release: a wheel rather than an sdist."""
    project = _read(payload)
    release = _release(project, version)
    return _described(project.releases[release]).filename if release is not None else None


def render_api(payload: bytes, *, version: str | None, texts: Mapping[str, bytes]) -> bytes | None:
    """Render the page of a project, or of one of its releases; None where there is no such release."""
    project = _read(payload)
    release = _release(project, version)
    if release is None:
        return None
    files = project.releases[release]
    up = "../../" if version is None else "../../../"
    pages = {text: [_page_file(file, project.name, up) for file in some] for text, some in project.releases.items()}
    page: dict[str, Any] = {
        "info": _info(project.name, release, files, texts.get(_described(files).filename)),
        "last_serial": project.serial,
        **({"releases": pages} if version is None else {}),
        "urls": pages[release],
        "vulnerabilities": [],
    }
    return msgspec.json.encode(page)


def _read(payload: bytes) -> _Project:
    about = decode_about(decode_tables(payload)[ABOUT])
    releases: dict[str, list[_File]] = defaultdict(list)
    for file in shard_files(payload) if about.project_status.status != QUARANTINED else ():
        said = read_filename(file.filename, project=about.name)
        if said.version is not None:
            releases[said.version].append(_File(file.filename, file.record, said))
    serial = bytes(about.meta.get(SERIAL, b"0"))
    ordered = {version: releases[version] for version in in_order(releases)}
    return _Project(about.name, int(serial) if serial.isdigit() else 0, ordered)


def _release(project: _Project, version: str | None) -> str | None:
    """Choose the release that is asked for, or the newest one that people would install."""
    if version is not None:
        asked = read_version(version)
        same = (text for text in project.releases if text == version or (asked and read_version(text) == asked))
        return next(same, None)
    newest_first = list(reversed(tuple(project.releases)))
    whole = [text for text in newest_first if not all(file.record.yanked for file in project.releases[text])]
    stable = (text for text in whole if (read := read_version(text)) is not None and not read.is_prerelease)
    return next(stable, next(iter(whole or newest_first), None))


def _described(files: Sequence[_File]) -> _File:
    return min(files, key=lambda file: (not file.record.has_metadata, file.said.kind != "wheel", file.filename))


def _info(name: str, version: str, files: Sequence[_File], text: bytes | None) -> dict[str, Any]:
    raw, _ = parse_email(text) if text is not None else (RawMetadata(), {})
    yanked = [file.record.yanked for file in files]
    reasons = (reason for reason in yanked if isinstance(reason, str))
    requires = next((file.record.requires_python for file in files if file.record.requires_python), None)
    urls = raw.get("project_urls") or {}
    return {
        "author": raw.get("author"),
        "author_email": raw.get("author_email"),
        "bugtrack_url": None,
        "classifiers": raw.get("classifiers", []),
        "description": raw.get("description", ""),
        "description_content_type": raw.get("description_content_type"),
        "docs_url": None,
        "download_url": raw.get("download_url"),
        "downloads": _UNKNOWN_DOWNLOADS,
        "dynamic": raw.get("dynamic"),
        "home_page": raw.get("home_page"),
        "keywords": ",".join(raw.get("keywords", [])) or None,
        "license": raw.get("license"),
        "license_expression": raw.get("license_expression"),
        "license_files": raw.get("license_files"),
        "maintainer": raw.get("maintainer"),
        "maintainer_email": raw.get("maintainer_email"),
        "name": raw.get("name", name),
        "package_url": None,
        "platform": ",".join(raw.get("platforms", [])) or None,
        "project_url": None,
        "project_urls": urls or None,
        "provides_extra": raw.get("provides_extra"),
        "release_url": None,
        "requires_dist": raw.get("requires_dist"),
        "requires_python": raw.get("requires_python", requires),
        "summary": raw.get("summary"),
        "version": raw.get("version", version),
        "yanked": all(yanked),
        "yanked_reason": next(reasons, None) if all(yanked) else None,
    }


def _page_file(file: _File, name: str, up: str) -> dict[str, Any]:
    record = file.record
    digests = {key.replace("-", "_"): text for key, text in record.hashes.items()}
    uploaded = record.upload_time
    return {
        "comment_text": None,
        "core-metadata": record.metadata,
        "digests": digests,
        "downloads": -1,
        "filename": file.filename,
        "has_sig": record.gpg_sig is True,
        "md5_digest": digests.get("md5"),
        "packagetype": _TYPES[file.said.kind],
        "python_version": file.filename.split("-")[-3] if file.said.kind == "wheel" else "source",
        "requires_python": record.requires_python,
        "size": record.size,
        "upload_time": uploaded.partition(".")[0].removesuffix("Z") if uploaded is not None else None,
        "upload_time_iso_8601": uploaded,
        "url": f"{up}{PARTITION}/{name}/{served_url(file.filename)}",
        "yanked": bool(record.yanked),
        "yanked_reason": record.yanked if isinstance(record.yanked, str) and record.yanked else None,
    }
