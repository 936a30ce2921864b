"""A channel with a Python mirror: what its pages list, and what clients do with it."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from tests.support.mirrored import Mirrored, mirror
from tests.support.python_index import PageForm
from tests.support.python_packages import PythonFile
from tests.support.stack import Stack

_HREF = re.compile(r'<a[^>]* href="([^"#]+)')


def mirror_python(
    stack: Stack, channel: str, source_root: str, *, mode: str = "passive", projects: Sequence[str] = ()
) -> Mirrored:
    """Create the channel and a Python mirror, and wait for its first run to end.

    Raises:
        AssertionError: when the run does not complete.
    """
    filters = {"projects": list(projects)} if projects else None
    return mirror(stack, channel, source_root, type="python_simple", mode=mode, filters=filters)


def index_of(mirrored: Mirrored) -> str:
    """Return the URL that pip and uv are given."""
    return f"{mirrored.url}/simple"


def page(mirrored: Mirrored, project: str) -> dict[str, Any]:
    """Return a project's page in its JSON form.

    Raises:
        AssertionError: when there is none.
    """
    answer = _asked(mirrored, f"simple/{project}/", PageForm.JSON)
    found: dict[str, Any] = answer.json()
    return found


def records(mirrored: Mirrored, project: str) -> dict[str, dict[str, Any]]:
    """Return the records of a project's page, by file name."""
    return {record["filename"]: record for record in page(mirrored, project)["files"]}


def listed(mirrored: Mirrored, project: str) -> frozenset[str]:
    """Return the files that both forms of a project's page list, read of one revision; none where there is no page.

    Raises:
        AssertionError: when the forms do not list the same files.
    """
    return _of_one_revision(mirrored, lambda: (_in_json(mirrored, project), _in_html(mirrored, project)))


def projects(mirrored: Mirrored) -> frozenset[str]:
    """Return the names that both forms of the list have, read of one revision.

    Raises:
        AssertionError: when they do not have the same.
    """
    return _of_one_revision(mirrored, lambda: (_names_in_json(mirrored), _names_in_html(mirrored)))


def names_of(*files: PythonFile) -> frozenset[str]:
    """Return the names of files."""
    return frozenset(file.filename for file in files)


def _of_one_revision(mirrored: Mirrored, read: Callable[[], tuple[frozenset[str], frozenset[str]]]) -> frozenset[str]:
    channel = mirrored.stack.api.channel
    before, after = object(), channel(mirrored.channel)["revision"]
    in_json = in_html = frozenset[str]()
    while before != after:
        before = after
        in_json, in_html = read()
        after = channel(mirrored.channel)["revision"]
    if in_json != in_html:
        raise AssertionError(f"the forms disagree: {in_json} and {in_html}")
    return in_json


def _in_json(mirrored: Mirrored, project: str) -> frozenset[str]:
    answer = mirrored.get(f"simple/{project}/", Accept=PageForm.JSON)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return frozenset()
    return frozenset(record["filename"] for record in answer.json()["files"])


def _in_html(mirrored: Mirrored, project: str) -> frozenset[str]:
    return frozenset(_HREF.findall(mirrored.get(f"simple/{project}/", Accept=PageForm.HTML).text))


def _names_in_json(mirrored: Mirrored) -> frozenset[str]:
    return frozenset(project["name"] for project in _asked(mirrored, "simple/", PageForm.JSON).json()["projects"])


def _names_in_html(mirrored: Mirrored) -> frozenset[str]:
    hrefs = _HREF.findall(_asked(mirrored, "simple/", PageForm.HTML).text)
    return frozenset(href.rstrip("/") for href in hrefs)


def _asked(mirrored: Mirrored, path: str, form: PageForm) -> httpx.Response:
    answer = mirrored.get(path, Accept=form)
    if answer.status_code != httpx.codes.OK:
        raise AssertionError(f"{path}: {answer.status_code}: {answer.text[:500]}")
    if answer.headers["content-type"].partition(";")[0] != form:
        raise AssertionError(f"{path}: asked for {form}, got {answer.headers['content-type']}")
    return answer
