"""Reading the page of one project, JSON or HTML, into its shard.

Essential reading (in order): PEP 691 (JSON), PEP 503 (HTML), PEP 700, PEP 792 (status).

Rules of this file:
1. `versions` is what the files are of: it is computed again of those that are kept.
2. A page of another project is unreadable as a whole; so is one that is older than the list
   says (`_last-serial`): a cache on the way has not heard of the news yet.
3. HTML without files is a page only if it says so: a source that wants a login may answer with a form.
4. Metas of HTML are keys of JSON: `pypi:<key>`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.protocol import SourceShard, Told
from libs.common.ecosystems.pypi.filenames import is_package_filename, project_name
from libs.common.ecosystems.pypi.locations import page_place
from libs.common.ecosystems.pypi.make_shard import MOST_FILES, SaidFile, make_shard
from libs.common.ecosystems.pypi.read_html import Anchor, HtmlPage, read_html
from libs.common.ecosystems.pypi.record_attributes import from_attributes, hashes_of
from libs.common.ecosystems.pypi.wire import (
    META_PREFIX,
    SERIAL,
    STATUS,
    STATUS_REASON,
    UNREADABLE,
    VERSION_META,
    check_amount,
    check_version,
    decode_raw,
    decode_raws,
    is_json,
    read_json,
    shown,
    without_bom,
)

_COMPUTED = frozenset({"meta", "name", "files", "versions"})


_MOST_VALUES = 20 * MOST_FILES


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it was read: `about` is all but the files; `base` is what URLs are relative to, where it says."""

    about: dict[str, Any]
    files: Iterator[SaidFile]
    base: str | None = None


def read_page(data: bytes, *, name: str, tag: bytes | None, told: Told) -> SourceShard:
    """Read a project's page; `tag` is what the list says of its state.

    Raises:
        UnreadableIndex: when the page is not what it should be.
    """
    what = f"the page of {name}"
    page = _read_json(data, what) if is_json(data, told.content_type, what=what) else _read_html(data, told)
    said = page.about.pop("name", None)
    if said is not None and (not isinstance(said, str) or project_name(said) != name):
        raise UnreadableIndex(f"{what} says that it is of {shown(str(said))!r}")
    _check_serial(page.about.get("meta", {}).get(SERIAL), tag, what=what)
    place = page_place(name, moved_to=told.moved_to, base=page.base)
    return make_shard(name, page.files, about=page.about, place=place, source=told.source)


def _read_json(data: bytes, what: str) -> _Page:
    check_amount(data, most_values=_MOST_VALUES, what=what)
    try:
        top = decode_raw(without_bom(data))
        meta = decode_raw(top.get("meta", b"{}"))
        files = decode_raws(top.get("files", b"[]"))
        check_version(read_json(meta["api-version"]) if "api-version" in meta else None, what=what)
        name = read_json(top["name"]) if "name" in top else None
    except UNREADABLE as exc:
        raise UnreadableIndex(f"{what} is not what it should be: {exc}") from exc
    if "files" not in top:
        raise UnreadableIndex(f"{what} is JSON without files; check that source_root is a simple index")
    if len(files) > MOST_FILES:
        raise UnreadableIndex(f"{what} lists more than {MOST_FILES:,} files")
    about = _readable({key: raw for key, raw in top.items() if key not in _COMPUTED})
    others = _readable({key: raw for key, raw in meta.items() if key != "api-version"})
    if STATUS not in about and STATUS in others:
        about[STATUS] = others.pop(STATUS)
    if not _is_status(about.get(STATUS)):
        about.pop(STATUS, None)
    return _Page(about={**about, **({"meta": others} if others else {}), "name": name}, files=map(_said, files))


def _said(raw: msgspec.Raw) -> SaidFile:
    try:
        record = read_json(raw)
    except (*UNREADABLE, OverflowError) as exc:
        return SaidFile("", None, f"the record can't be read: {exc}")
    if not isinstance(record, dict):
        return SaidFile("", None, "the record is no JSON object")
    return SaidFile(str(record.get("filename", ""))[:400], record)


def _readable(raws: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    """Return what can be served again."""
    found: dict[str, Any] = {}
    for key, raw in raws.items():
        try:
            found[key] = read_json(raw)
        except (*UNREADABLE, OverflowError):
            continue
    return found


def _is_status(status: object) -> bool:
    return (
        isinstance(status, dict)
        and isinstance(status.get("status"), str)
        and isinstance(status.get("reason"), str | None)
    )


def _read_html(data: bytes, told: Told) -> _Page:
    html = read_html(data, told.content_type, most_tags=MOST_FILES)
    check_version(html.metas.get(VERSION_META), what="the page")
    files = [file for anchor in html.anchors if (file := _file_of(anchor)) is not None]
    if not files and not html.says_index:
        raise UnreadableIndex("the page is HTML without files, and none of an index; is it a page to log in on?")
    return _Page(about=_about_of(html), files=iter(files), base=html.base)


def _file_of(anchor: Anchor) -> SaidFile | None:
    """Return the file that a link leads to, by the end of its URL, as installers do; None for other links."""
    url, _, fragment = anchor.attributes.get("href", "").partition("#")
    last = unquote(url.partition("?")[0].rpartition("/")[2])
    filename = next((text for text in (last, anchor.text) if is_package_filename(text)), None)
    if filename is None:
        return None
    record = {
        **from_attributes(anchor.attributes),
        "filename": filename,
        "url": url,
        "hashes": hashes_of(fragment),
    }
    return SaidFile(filename, record)


def _about_of(html: HtmlPage) -> dict[str, Any]:
    said = {
        name.removeprefix(META_PREFIX): text
        for name, text in html.metas.items()
        if name.startswith(META_PREFIX) and name != VERSION_META
    }
    status, reason = said.pop(STATUS, None), said.pop(STATUS_REASON, None)
    about: dict[str, Any] = {key: text for key, text in said.items() if key not in _COMPUTED}
    if status is not None:
        about[STATUS] = {"status": status, **({"reason": reason} if reason is not None else {})}
    if html.serial is not None:
        about["meta"] = {SERIAL: html.serial}
    return about


def _check_serial(said: object, tag: bytes | None, *, what: str) -> None:
    if tag is not None and tag.isdigit() and isinstance(said, int) and said < int(tag):
        raise UnreadableIndex(f"{what} is older than the list of projects says; the next run asks for it again")
