"""Reading the list of projects, JSON or HTML.

Essential reading: PEP 691 and 503 on the project list.

Rules of this file:
1. A project's page is at its normalised name below the root (PEP 503), whatever the list links to.
2. The number of its last change (`_last-serial`) is a project's tag, and so is what another Tain
   says of its page (`_digest`); without either its page is asked for with conditions.
3. A link of HTML is a project's if it says its name, too; HTML without projects is a list only if
   it says so: a source that wants a login may answer with a form.
4. A name that no project can have is passed over.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.domain.mirror import Filters
from libs.common.ecosystems.protocol import IndexCount, IndexForm, ShardedIndex, ShardRef, Told
from libs.common.ecosystems.pypi.filenames import name_pattern, project_name
from libs.common.ecosystems.pypi.read_html import Anchor, read_html
from libs.common.ecosystems.pypi.wire import (
    ACCEPT,
    UNREADABLE,
    VERSION_META,
    check_amount,
    check_version,
    is_json,
    without_bom,
)

_LIST = "the list of projects"
_FILES = ("index.v1_json", "index.json", "index.html")
"""Names of pages in folders: as bandersnatch and as others write them."""

_MOST_PROJECTS = 2_000_000
"""The largest index has a third of it."""
_MOST_VALUES = 3 * _MOST_PROJECTS

INDEX_FORMS = (
    IndexForm(form="list", path="", accept=ACCEPT),
    *(IndexForm(form=file, path=file) for file in _FILES),
)


class _Project(msgspec.Struct, frozen=True, gc=False):
    name: str
    serial: Any = msgspec.field(name="_last-serial", default=None)
    digest: Any = msgspec.field(name="_digest", default=None)


class _Meta(msgspec.Struct, frozen=True):
    version: Any = msgspec.field(name="api-version", default=None)


class _List(msgspec.Struct, frozen=True):
    projects: list[_Project]
    meta: _Meta = _Meta()


_decode = msgspec.json.Decoder(_List).decode


def read_list(data: bytes, *, form: IndexForm, told: Told) -> ShardedIndex:
    """Read the list of projects.

    Raises:
        UnreadableIndex: when it is not what it should be.
    """
    names = _json_names(data) if is_json(data, told.content_type, what=_LIST) else _html_names(data, told)
    tags: dict[str, bytes | None] = {}
    for text, tag in names:
        name = project_name(text)
        if name is not None:
            tags[name] = tag
    file = "" if form.form == "list" else form.path
    accept = ACCEPT if form.form == "list" else None
    return ShardedIndex(
        files_url="",
        refs=tuple(
            ShardRef(name=name, tag=tag, url=f"{name}/{file}", accept=accept) for name, tag in sorted(tags.items())
        ),
    )


def count_list(data: bytes, *, form: IndexForm, told: Told) -> IndexCount:
    """Count the projects of the list, and say whether it tells when each last changed.

    Raises:
        UnreadableIndex: when it is not what it should be.
    """
    refs = read_list(data, form=form, told=told).refs
    return IndexCount(
        names=frozenset(ref.name for ref in refs),
        is_tagged=bool(refs) and all(ref.tag is not None for ref in refs),
        is_json=is_json(data, told.content_type, what=_LIST),
    )


def named_projects(filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
    """Return where the pages of exactly named projects are; None where the filters have other words, or none."""
    if not filters.projects or any("*" in text for text in filters.projects):
        return None
    names = sorted({name for text in filters.projects if (name := project_name(text.strip())) is not None})
    is_folder = source_root.startswith("file:")
    return tuple(
        ShardRef(
            name=name,
            tag=None,
            url=f"{name}/index.html" if is_folder else f"{name}/",
            accept=None if is_folder else ACCEPT,
        )
        for name in names
    )


def _json_names(data: bytes) -> Iterable[tuple[str, bytes | None]]:
    check_amount(data, most_values=_MOST_VALUES, what=_LIST)
    try:
        read = _decode(without_bom(data))
    except UNREADABLE as exc:
        raise UnreadableIndex(f"{_LIST} is not what it should be: {exc}") from exc
    check_version(read.meta.version, what=_LIST)
    return ((project.name, _tag(project)) for project in read.projects)


def _tag(project: _Project) -> bytes | None:
    if isinstance(project.digest, str) and project.digest:
        return f"digest {project.digest[:200]}".encode()
    return str(project.serial).encode() if isinstance(project.serial, int) else None


def _html_names(data: bytes, told: Told) -> Iterable[tuple[str, bytes | None]]:
    html = read_html(data, told.content_type, most_tags=_MOST_PROJECTS)
    check_version(html.metas.get(VERSION_META), what=_LIST)
    names = [name for anchor in html.anchors if (name := _name_in(anchor)) is not None]
    if not names and not html.says_index:
        raise UnreadableIndex(f"{_LIST} is HTML without projects, and no index; is it a page to log in on?")
    return ((name, None) for name in names)


def _name_in(anchor: Anchor) -> str | None:
    """Return the name that a link ends with and says, as `../simple/demo/`; None for other links."""
    path = anchor.attributes.get("href", "").partition("#")[0].partition("?")[0]
    name = unquote(path.removesuffix("index.html").rstrip("/").rpartition("/")[2])
    said = anchor.text.rstrip("/")
    if said == name or name_pattern(said) == name_pattern(name):
        return name
    # Folder listings of web servers cut long names.
    cut = said.removesuffix("..>")
    return name if cut != said and name.startswith(cut) else None
