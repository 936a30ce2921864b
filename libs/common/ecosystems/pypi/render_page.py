"""Rendering the page of one project, JSON and HTML, from its shard.

Essential reading (in order): PEP 691 (JSON), PEP 503 (HTML), PEP 700 (versions), PEP 714
(core-metadata, and its older name for older installers), PEP 792 (status).

Rules of this file:
1. Both pages say the same, as far as HTML can (record_attributes.py).
2. `versions` has what the files are of, oldest first.
3. A project in quarantine offers no file.
4. What was taken out of wheels is told of as if the source served it.
5. A JSON page with a file whose size nobody knows says that it is of 1.0: later versions promise all sizes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.ecosystems.file_tables import ABOUT, FILES, Table, decode_tables, read_table
from libs.common.ecosystems.pypi.filenames import read_filename
from libs.common.ecosystems.pypi.record_attributes import fragment_of, to_attributes
from libs.common.ecosystems.pypi.records import QUARANTINED, About, decode_about
from libs.common.ecosystems.pypi.specs import in_order
from libs.common.ecosystems.pypi.wire import (
    API_VERSION,
    META_PREFIX,
    SERIAL,
    STATUS,
    STATUS_REASON,
    VERSION_META,
    decode_raw,
)

_SAID_HERE = frozenset({"meta", "name"})
_WITHOUT_SIZES = "1.0"
_SIZE = re.compile(rb'"size":[0-9]')
"""A key of the record: in a text its quotes would be escaped."""


def render_json(payload: bytes, *, extracted: Mapping[str, Sha256]) -> bytes:
    """Render the JSON page; records are spliced, not read."""
    tables = decode_tables(payload)
    about = decode_about(tables[ABOUT])
    files = _files(read_table(tables, FILES), about)
    records = [_with_metadata(raw, extracted[name]) if name in extracted else raw for name, raw in files.items()]
    others = {key: raw for key, raw in read_table(tables, ABOUT).items() if key not in _SAID_HERE}
    return msgspec.json.encode(
        {
            "meta": {"api-version": API_VERSION if _has_sizes(records) else _WITHOUT_SIZES, **about.meta},
            "name": about.name,
            "versions": versions_of(files, about.name),
            "files": records,
            **others,
        }
    )


def render_html(payload: bytes, *, extracted: Mapping[str, Sha256]) -> bytes:
    """Render the HTML page."""
    tables = decode_tables(payload)
    about = decode_about(tables[ABOUT])
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        _meta(VERSION_META, API_VERSION),
    ]
    lines += _metas(about, read_table(tables, ABOUT))
    lines += [f"<title>Links for {about.name}</title>", "</head>", "<body>", f"<h1>Links for {about.name}</h1>"]
    for name, raw in _files(read_table(tables, FILES), about).items():
        lines.append(_anchor(name, _with_metadata(raw, extracted[name]) if name in extracted else raw))
    lines += ["</body>", "</html>"]
    serial = about.meta.get(SERIAL)
    if serial is not None and bytes(serial).isdigit():
        lines.append(f"<!--SERIAL {bytes(serial).decode()}-->")
    return "\n".join([*lines, ""]).encode()


def versions_of(filenames: Mapping[str, object], name: str) -> list[str]:
    """Return the versions that files are of, oldest first."""
    found = {read_filename(filename, project=name).version for filename in filenames}
    return in_order(version for version in found if version is not None)


def _has_sizes(records: Iterable[msgspec.Raw]) -> bool:
    return all(_SIZE.search(bytes(raw)) for raw in records)


def _files(files: Table, about: About) -> Table:
    return files if about.project_status.status != QUARANTINED else {}


def _with_metadata(raw: msgspec.Raw, sha256: Sha256) -> msgspec.Raw:
    """Tell of core metadata; where the source tells of its own, that stays."""
    said = {"sha256": sha256}
    record = decode_raw(raw)
    if any(bytes(record.get(key, b"null")) not in (b"null", b"false") for key in _METADATA_KEYS):
        return raw
    return msgspec.Raw(msgspec.json.encode({**record, "core-metadata": said, "dist-info-metadata": said}))


_METADATA_KEYS = ("core-metadata", "dist-info-metadata")


def _metas(about: About, others: Table) -> Iterator[str]:
    if STATUS in others:
        yield _meta(f"{META_PREFIX}{STATUS}", about.project_status.status)
        if about.project_status.reason is not None:
            yield _meta(f"{META_PREFIX}{STATUS_REASON}", about.project_status.reason)
    for key, raw in others.items():
        if key not in _SAID_HERE and not key.startswith("_") and bytes(raw).startswith(b'"'):
            yield _meta(f"{META_PREFIX}{key}", msgspec.json.decode(raw, type=str))


def _meta(name: str, content: str) -> str:
    return f'<meta name="{escape(name)}" content="{escape(content)}">'


def _anchor(filename: str, raw: msgspec.Raw) -> str:
    record = msgspec.json.decode(raw)
    fragment = fragment_of(record["hashes"])
    href = f"{record['url']}#{fragment}" if fragment is not None else record["url"]
    said = "".join(f' {name}="{escape(value)}"' for name, value in to_attributes(record).items())
    return f'<a href="{escape(href)}"{said}>{escape(filename)}</a><br>'
