"""The pages of a simple index, rendered from files of projects as a source would.

Essential reading (in order): the specification "Simple repository API" (PEP 503, 691, 700, 714, 740, 792).
Written apart from our own renderer, so that the two can't share a mistake.
"""

import hashlib
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from tests.support.python_packages import PythonFile

API_VERSION = "1.4"


class PageForm(StrEnum):
    """A media type of pages."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "application/vnd.pypi.simple.v1+html"
    PLAIN = "text/html"


BOTH = (PageForm.JSON, PageForm.HTML, PageForm.PLAIN)


class Metadata(StrEnum):
    """What an index tells of core metadata beside its wheels (PEP 658)."""

    DIGEST = "served, with its digest"
    TRUE = "served"
    ABSENT = "not served"


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What an index does beyond PEP 503.

    `has_pep_700` adds `size`, `upload-time` and `versions`. `digest` None names no digest of files.
    `files_root` is where file URLs lead to, relative to a project's page or absolute.
    """

    metadata: Metadata = Metadata.DIGEST
    has_pep_700: bool = True
    digest: str | None = "sha256"
    files_root: str = "../../files"
    has_serials: bool = False


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What an index says of a project (PEP 792)."""

    status: str
    reason: str | None = None


def render_list(projects: Iterable[str], *, form: PageForm, serials: Mapping[str, int]) -> bytes:
    """Return the list of projects, by their names as written; `serials` empty where there are none."""
    names = sorted(projects)
    if form is PageForm.JSON:
        rows = [{"name": name} | ({"_last-serial": serials[name]} if serials else {}) for name in names]
        meta: dict[str, object] = {"api-version": API_VERSION}
        return _json({"meta": meta | ({"_last-serial": max(serials.values())} if serials else {}), "projects": rows})
    rows_html = [f'<a href="{name}/">{name}</a><br>' for name in names]
    return _html("Simple index", rows_html)


def render_page(
    project: str,
    files: Sequence[PythonFile],
    *,
    form: PageForm,
    habits: Habits,
    status: Status | None = None,
    serial: int = 0,
) -> bytes:
    """Return the page of a project."""
    if form is PageForm.JSON:
        page: dict[str, Any] = {"meta": {"api-version": API_VERSION}, "name": project}
        if habits.has_serials:
            page["meta"]["_last-serial"] = serial
        page["files"] = [_record(file, habits) for file in files]
        if habits.has_pep_700:
            page["versions"] = sorted({file.version for file in files})
        if status is not None:
            page["project-status"] = {"status": status.status} | ({"reason": status.reason} if status.reason else {})
        return _json(page)
    metas = [] if status is None else [("project-status", status.status)]
    metas += [("project-status-reason", status.reason)] if status is not None and status.reason else []
    return _html(f"Links for {project}", [_anchor(file, habits) for file in files], metas=metas)


def _record(file: PythonFile, habits: Habits) -> dict[str, object]:
    record: dict[str, object] = {
        "filename": file.filename,
        "url": f"{habits.files_root}/{file.filename}",
        "hashes": {habits.digest: _digest(file.data, habits.digest)} if habits.digest else {},
        "yanked": file.yanked,
    }
    if file.requires_python is not None:
        record["requires-python"] = file.requires_python
    if habits.has_pep_700:
        record |= {"size": len(file.data), "upload-time": file.uploaded_at}
    if file.is_wheel and habits.metadata is not Metadata.ABSENT:
        told = {"sha256": _digest(file.metadata, "sha256")} if habits.metadata is Metadata.DIGEST else True
        record |= {"core-metadata": told, "data-dist-info-metadata": told}
    if file.provenance is not None:
        record["provenance"] = f"{habits.files_root}/{file.filename}.provenance"
    return record


def _anchor(file: PythonFile, habits: Habits) -> str:
    fragment = f"#{habits.digest}={_digest(file.data, habits.digest)}" if habits.digest else ""
    attributes = {"href": f"{habits.files_root}/{file.filename}{fragment}"}
    if file.requires_python is not None:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked is not False:
        attributes["data-yanked"] = file.yanked if isinstance(file.yanked, str) else ""
    if file.is_wheel and habits.metadata is not Metadata.ABSENT:
        is_told = habits.metadata is Metadata.DIGEST
        told = f"sha256={_digest(file.metadata, 'sha256')}" if is_told else "true"
        attributes |= {"data-core-metadata": told, "data-dist-info-metadata": told}
    if file.provenance is not None:
        attributes["data-provenance"] = f"{habits.files_root}/{file.filename}.provenance"
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{file.filename}</a><br>"


def _html(title: str, rows: Sequence[str], *, metas: Sequence[tuple[str, str]] = ()) -> bytes:
    all_metas = [("repository-version", API_VERSION), *metas]
    head = [f'<meta name="pypi:{name}" content="{html.escape(content)}">' for name, content in all_metas]
    lines = ["<!DOCTYPE html>", "<html><head>", *head, f"<title>{title}</title>", "</head><body>", f"<h1>{title}</h1>"]
    return "\n".join([*lines, *rows, "</body></html>", ""]).encode()


def _digest(data: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
