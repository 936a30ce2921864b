"""What servers of Python packages keep of what an index says: Tain, and peers in the same run.

Every server stands in front of the same index, which tells all that the simple repository API has, and
is asked for the page of one project as pip asks, and for what that leads to.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.benchmarks.measure import Row
from tests.benchmarks.python_peers import PEERS, Environment, NoPeer
from tests.support.mirrored_python import index_of, mirror_python
from tests.support.python_index import PageForm, Status
from tests.support.python_packages import PythonFile, a_wheel, an_sdist
from tests.support.python_source import PythonSource
from tests.support.stack import running_stack

_BENCHMARK = "pass-through"
_PROJECT = "ore"
_WHEEL = a_wheel(
    _PROJECT, "1.0", requires_python=">=3.8", uploaded_at="2019-05-06T07:08:09.123456Z", has_provenance=True
)
_YANKED = a_wheel(_PROJECT, "2.0", requires_python=">=3.8", yanked="it eats files")
_SDIST = an_sdist(_PROJECT, "1.0", requires_python=">=3.8")
_FILES = (_WHEEL, _YANKED, _SDIST)
_STATUS = Status(status="deprecated", reason="use gold")
_ACCEPT = f"{PageForm.JSON}, {PageForm.HTML}; q=0.1, {PageForm.PLAIN}; q=0.01"
_KEPT, _LOST = "kept", "lost"
_KEYS = ("upload-time", "size", "requires-python", "yanked")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says, whichever form it came in; `files` by file name, with the keys of JSON."""

    url: httpx.URL
    api_version: str | None
    versions: tuple[str, ...]
    status: object
    files: Mapping[str, Mapping[str, Any]]


def measure(*, quick: bool) -> list[Row]:
    """Ask Tain, active and passive, and every peer that can be had; `quick` leaves the peers out."""
    with (
        tempfile.TemporaryDirectory(prefix="tain-bench-") as name,
        closing(PythonSource(_FILES, statuses={_PROJECT: _STATUS})) as source,
    ):
        folder = Path(name)
        rows = [*_tain(source, folder / "tain")]
        if not quick:
            rows += _peers(source, folder)
        return rows


def _tain(source: PythonSource, folder: Path) -> Iterator[Row]:
    folder.mkdir()
    with running_stack(folder) as stack:
        for mode in ("active", "passive"):
            mirrored = mirror_python(stack, mode, source.root, mode=mode)
            yield from _rows(f"Tain, {mode}", index_of(mirrored))


def _peers(source: PythonSource, folder: Path) -> Iterator[Row]:
    environment = Environment(folder / "environment")
    for project, run in PEERS.items():
        own = folder / project
        own.mkdir()
        try:
            version = environment.install(project)
            with run(environment, source.root, own) as index:
                yield from _rows(f"{project} {version}", index)
        except NoPeer as exc:
            print(f"{project} is left out: {exc}", file=sys.stderr)


def _rows(who: str, index: str) -> Iterator[Row]:
    for column, verdict in _verdicts(index).items():
        yield Row(benchmark=_BENCHMARK, who=who, step=column, seconds=0, note=verdict)


def _verdicts(index: str) -> dict[str, str]:
    with httpx.Client(follow_redirects=True, timeout=60, trust_env=False) as http:
        page = _read(http.get(f"{index}/{_PROJECT}/", headers={"Accept": _ACCEPT}))
        verdicts = {"api version": page.api_version or "none"}
        verdicts |= {key: _of_files(page, key) for key in _KEYS}
        verdicts["versions"] = _KEPT if sorted(page.versions) == ["1.0", "2.0"] else _LOST
        verdicts["hashes"] = _of_files(page, "hashes")
        verdicts["core-metadata"] = _metadata(http, page)
        verdicts["provenance"] = _provenance(http, page, index)
        verdicts["status"] = _status(page)
        return verdicts


def _of_files(page: Page, key: str) -> str:
    """Compare a key of all files."""
    told = {file.filename: _read_key(page.files.get(file.filename, {}), key) for file in _FILES}
    expected = {file.filename: _read_key(_expected(file), key) for file in _FILES}
    if told == expected:
        return _KEPT
    return _LOST if not any(told.values()) else "changed"


def _read_key(record: Mapping[str, Any], key: str) -> object:
    """Return a key's value; of a time the moment, however it is written."""
    value = record.get(key)
    return datetime.fromisoformat(value) if value is not None and key == "upload-time" else value


def _expected(file: PythonFile) -> Mapping[str, Any]:
    return {
        "upload-time": file.uploaded_at,
        "size": len(file.data),
        "requires-python": file.requires_python,
        "yanked": file.yanked,
        "hashes": {"sha256": file.sha256},
    }


def _metadata(http: httpx.Client, page: Page) -> str:
    """Follow it: what is told must be served, and must be what it is told to be."""
    file = page.files.get(_WHEEL.filename, {})
    told = file.get("core-metadata")
    if not told:
        return _LOST
    served = http.get(f"{page.url.join(file['url'].partition('#')[0])}.metadata")
    if served.is_error or served.content != _WHEEL.metadata:
        return "told, not served"
    return _KEPT if told == {"sha256": hashlib.sha256(_WHEEL.metadata).hexdigest()} else "digest lost"


def _provenance(http: httpx.Client, page: Page, index: str) -> str:
    told = page.files.get(_WHEEL.filename, {}).get("provenance")
    if not told:
        return _LOST
    url = page.url.join(told)
    if url.port != httpx.URL(index).port:
        return "kept, points upstream"
    return _KEPT if http.get(url).content == _WHEEL.provenance else "told, not served"


def _status(page: Page) -> str:
    if page.status is None:
        return _LOST
    return _KEPT if page.status == {"status": _STATUS.status, "reason": _STATUS.reason} else "changed"


def _read(answer: httpx.Response) -> Page:
    answer.raise_for_status()
    if "json" not in answer.headers["content-type"]:
        return _read_html(answer)
    told = answer.json()
    files = {file["filename"]: _named(file) for file in told["files"]}
    return Page(
        url=answer.url,
        api_version=told["meta"].get("api-version"),
        versions=tuple(told.get("versions") or ()),
        status=told.get("project-status"),
        files=files,
    )


def _named(file: Mapping[str, Any]) -> dict[str, Any]:
    told = file.get("core-metadata", file.get("dist-info-metadata", file.get("data-dist-info-metadata")))
    return {**file, "yanked": file.get("yanked", False), "core-metadata": told}


def _read_html(answer: httpx.Response) -> Page:
    reader = _Anchors()
    reader.feed(answer.text)
    status = reader.metas.get("pypi:project-status")
    reason = reader.metas.get("pypi:project-status-reason")
    return Page(
        url=answer.url,
        api_version=reader.metas.get("pypi:repository-version"),
        versions=(),
        status=None if status is None else {"status": status, "reason": reason},
        files=reader.files,
    )


class _Anchors(HTMLParser):
    """Reads anchors as records."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, dict[str, Any]] = {}
        self.metas: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "meta" and "name" in told:
            self.metas[told["name"]] = told.get("content", "")
        if tag != "a" or "href" not in told:
            return
        path, _, fragment = told["href"].partition("#")
        algorithm, _, digest = fragment.partition("=")
        metadata = told.get("data-core-metadata", told.get("data-dist-info-metadata"))
        self.files[path.rpartition("/")[2]] = {
            "url": told["href"],
            "hashes": {algorithm: digest} if digest else {},
            "requires-python": told.get("data-requires-python"),
            "yanked": (told["data-yanked"] or True) if "data-yanked" in told else False,
            "core-metadata": dict([metadata.split("=")]) if metadata and "=" in metadata else metadata,
            "provenance": told.get("data-provenance"),
        }
