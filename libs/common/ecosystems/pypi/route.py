"""What a path below a channel asks for. Paths come from clients as they are; any text is answered.

Essential reading (in order): PEP 503 (addresses, normalised names), PEP 691 (choosing a form),
PEP 658 and 740 (companions); the JSON API of the public index.

    simple/                                          the list of projects
    simple/<name>/                                   the page of a project
    simple/<name>/<file>[.metadata|.provenance|.asc]
    integrity/<name>/<version>/<file>/provenance     the same provenance
    pypi/<name>/json, pypi/<name>/<version>/json

Where a name is not normalised, or a slash is missing, pages are moved; the new address is
relative, so that a token in the path survives.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from libs.common.ecosystems.pypi.companions import CONTENT_TYPES, PROVENANCE, split_companion
from libs.common.ecosystems.pypi.filenames import is_package_filename, project_name
from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.pypi.render_list import HTML_PATH, JSON_PATH
from libs.common.ecosystems.pypi.wire import HTML, JSON, PLAIN_HTML
from libs.common.ecosystems.served import (
    ArtifactPath,
    CompanionPath,
    IndexPath,
    MovedPath,
    NegotiatedPath,
    PagePath,
    Served,
)

JSON_PAGE = "json"
HTML_PAGE = "html"
API_PAGE = "api"

_FORMS = ((PLAIN_HTML, HTML_PAGE), (JSON, JSON_PAGE), (HTML, HTML_PAGE))
"""Media type and form, best first for those who say nothing: they are browsers and old tools."""
_LISTS: Mapping[str, str] = {JSON_PAGE: JSON_PATH, HTML_PAGE: HTML_PATH}
_API_TYPE = "application/json"
_LONGEST_VERSION = 200


def route(path: str, *, is_folder: bool) -> Served | None:
    """Say what a path asks for; None where it can't be anything of a Python index."""
    folder, *rest = path.split("/")
    if folder == PARTITION:
        return _simple(path, rest, is_folder=is_folder)
    match folder, rest:
        case "integrity", [text, _, filename, "provenance"]:
            return _file(text, f"{filename}{PROVENANCE}")
        case "pypi", [text, "json"]:
            return _api(text, None)
        case "pypi", [text, version, "json"]:
            return _api(text, version)
    return None


def _simple(path: str, rest: Sequence[str], *, is_folder: bool) -> Served | None:
    if path in _LISTS.values():
        return IndexPath(path=path)
    match rest:
        case []:
            return _list() if is_folder else MovedPath(location=f"{PARTITION}/")
        case [text]:
            return _page(text, is_folder=is_folder)
        case [text, filename]:
            return _file(text, filename)
    return None


def _list() -> Served:
    return NegotiatedPath(
        choices=tuple(IndexPath(path=_LISTS[form], content_type=media_type) for media_type, form in _FORMS)
    )


def _page(text: str, *, is_folder: bool) -> Served | None:
    name = project_name(text)
    if name is None:
        return None
    if not is_folder:
        return MovedPath(location=f"{name}/")
    if name != text:
        return MovedPath(location=f"../{name}/")
    return NegotiatedPath(
        choices=tuple(
            PagePath(partition=PARTITION, name=name, form=form, content_type=media_type) for media_type, form in _FORMS
        )
    )


def _file(text: str, filename: str) -> Served | None:
    name = project_name(text)
    if name is None:
        return None
    if is_package_filename(filename):
        return ArtifactPath(partition=PARTITION, name=name, filename=filename)
    of, ending = split_companion(filename) or ("", "")
    if not is_package_filename(of):
        return None
    return CompanionPath(partition=PARTITION, name=name, filename=filename, of=of, content_type=CONTENT_TYPES[ending])


def _api(text: str, version: str | None) -> Served | None:
    name = project_name(text)
    if name is None or len(version or "") > _LONGEST_VERSION:
        return None
    if name != text:
        return MovedPath(location=f"../{name}/json" if version is None else f"../../{name}/{quote(version)}/json")
    return PagePath(partition=PARTITION, name=name, form=API_PAGE, content_type=_API_TYPE, version=version)
