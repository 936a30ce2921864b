"""Simple indexes that mean harm: refused with a reason, counted in the run, nothing unsafe served.

Each project of one index does harm in its own way, and must not spoil the others.
"""

import gzip
import json
from collections.abc import Iterator, Mapping

import httpx
import pytest

from libs.common.domain.digest import sha256_of
from tests.support.http_source import Answer, HttpSource, threaded_http_source
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import listed, mirror_python, projects
from tests.support.python_index import Habits, PageForm, render_list, render_page
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.stack import Stack

GOOD = a_wheel("good")
BESIDE = a_wheel("beside", has_provenance=True)
"""Its package file is good, and what lies beside it is not."""
SECRET = "/secret"
JSON = {"Content-Type": PageForm.JSON}
HTML = {"Content-Type": "text/html"}
BOMB = gzip.compress(bytes(65 * 1024 * 1024))
"""One mebibyte more than a page may have."""

PAGES: Mapping[str, Answer] = {
    "endless": Answer(body=b" " * 65_536, headers=JSON, is_endless=True),
    "bomb": Answer(body=BOMB, headers={**JSON, "Content-Encoding": "gzip"}),
    "circle": Answer(status=302, headers={"Location": "/simple/circle/"}),
    "to-file": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
    "inside": Answer(status=302, headers={"Location": "to be told"}),
    "picture": Answer(body=b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}),
    "no-json": Answer(body=b"<html>Welcome</html>", headers=JSON),
    "a-list": Answer(body=b"[1, 2]", headers=JSON),
    "deep": Answer(body=b'{"files": ' + b"[" * 100_000, headers=JSON),
    "another": Answer(body=json.dumps({"meta": {"api-version": "1.0"}, "name": "good", "files": []}).encode()),
    "new-version": Answer(body=b'{"meta": {"api-version": "2.0"}, "files": []}', headers=JSON),
    "gone": Answer(status=404),
    "forbidden": Answer(status=403),
}
"""Pages that can't be read; nothing of their projects may be listed."""

FILES: Mapping[str, Answer | None] = {
    "corrupt": None,
    "longer": None,
    "shorter": None,
    "moved": Answer(status=302, headers={"Location": "to be told"}),
    "moved-to-file": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
    "lost": Answer(status=404),
}
"""Projects with one file that is not what its record says, or not to be had."""

LED_INSIDE = "dots-2.4-py3-none-any.whl"
LED_TO_METADATA = "dots-2.5-py3-none-any.whl"
NAMES = ("../evil", "a/b", "<script>", "x" * 5000, "", "evil\n", "..", "%2e%2e")


@pytest.fixture(name="stack")
def _stack(wary_stack: Stack) -> Stack:
    return wary_stack


@pytest.fixture(scope="module")
def source() -> Iterator[HttpSource]:
    """Return an index with one good project among many that mean harm."""
    with threaded_http_source() as running:
        _offer(running)
        yield running


@pytest.fixture(scope="module")
def hostile(wary_stack: Stack, source: HttpSource) -> Mirrored:
    """Return an active mirror of it whose first run has completed."""
    return mirror_python(wary_stack, "hostile-python", f"{source.url}/simple", mode="active")


@pytest.fixture(scope="module")
def lazy(wary_stack: Stack, source: HttpSource) -> Mirrored:
    """Return a passive mirror of it whose first run has completed."""
    return mirror_python(wary_stack, "lazy-python", f"{source.url}/simple")


def test_what_is_good_is_there(hostile: Mirrored) -> None:
    """However bad its neighbours are."""
    assert listed(hostile, "good") == {GOOD.filename}
    assert hostile.get(GOOD.ckey).content == GOOD.data


@pytest.mark.parametrize("project", sorted([*PAGES, *FILES]))
def test_what_is_bad_is_not_listed(hostile: Mirrored, project: str) -> None:
    """Neither a page that can't be read nor a file that can't be trusted."""
    assert listed(hostile, project) == frozenset()


def test_names_of_files_that_lead_out_are_left_out(hostile: Mirrored) -> None:
    """A name is one segment of a path, and of this project; the others of the page are kept."""
    assert listed(hostile, "dots") == {a_wheel("dots").filename}


def test_names_that_no_project_has_are_left_out(hostile: Mirrored) -> None:
    """They never come into a path."""
    assert projects(hostile) == {"good", "dots", "beside"}


def test_every_harm_is_counted_and_told(hostile: Mirrored) -> None:
    """An administrator reads which project or file it was, and why."""
    logs = hostile.show()["sync_state"]["logs"]["failed"]
    named = {failure["ckey"].split("/")[1] for failure in logs}

    assert named >= {*PAGES, *FILES, "dots"} - {"gone"}
    assert all(failure["reason"] for failure in logs)
    assert hostile.count()["failed"] >= len(named)


def test_no_server_of_ours_was_asked(hostile: Mirrored, lazy: Mirrored, source: HttpSource) -> None:
    """Whatever pages, records and redirects point to."""
    assert {hostile.channel, lazy.channel} == {"hostile-python", "lazy-python"}
    assert SECRET not in {request.target for request in source.requests}


@pytest.mark.parametrize("project", sorted(PAGES))
def test_a_passive_mirror_serves_no_such_page(lazy: Mirrored, project: str) -> None:
    """The client sees an error, or a page without files."""
    answer = lazy.get(f"simple/{project}/", Accept=PageForm.JSON)

    assert answer.is_error or answer.json()["files"] == []


@pytest.mark.parametrize("project", sorted(FILES))
def test_a_passive_mirror_never_hands_out_such_a_file_whole(lazy: Mirrored, project: str) -> None:
    """Also not the second time: nothing of it was stored."""
    for _ in range(2):
        assert _fails(lazy, a_wheel(project, padding_bytes=50_000).ckey)


def test_a_passive_mirror_hands_out_what_is_good(lazy: Mirrored) -> None:
    """Also of a project whose other files are bad."""
    assert listed(lazy, "good") == {GOOD.filename}
    assert lazy.get(GOOD.ckey).content == GOOD.data
    assert lazy.get(a_wheel("dots").ckey).content == a_wheel("dots").data


@pytest.mark.parametrize("mode", ["hostile", "lazy"])
def test_nothing_false_is_handed_out_beside_a_file(request: pytest.FixtureRequest, mode: str) -> None:
    """Metadata of another digest would make installers take in what the file does not ask for."""
    mirrored: Mirrored = request.getfixturevalue(mode)
    metadata = mirrored.get(f"{BESIDE.ckey}.metadata")

    assert mirrored.get(BESIDE.ckey).content == BESIDE.data
    assert metadata.is_error or metadata.content == BESIDE.metadata
    assert mirrored.get(f"{BESIDE.ckey}.provenance").is_error


@pytest.mark.parametrize("filename", [LED_INSIDE, LED_TO_METADATA])
def test_a_passive_mirror_is_not_led_into_our_networks(lazy: Mirrored, filename: str) -> None:
    """The records are kept as they are; who asks for their files is told that they can't be had."""
    assert listed(lazy, "dots") == {a_wheel("dots").filename, LED_INSIDE, LED_TO_METADATA}
    assert lazy.get(f"simple/dots/{filename}").status_code == httpx.codes.BAD_GATEWAY


def test_a_file_that_comes_drop_by_drop_is_given_up(stack: Stack, channel: str) -> None:
    """It would hold a place for hours; what is good comes meanwhile."""
    slow = a_wheel("slow", padding_bytes=50_000)
    with threaded_http_source() as dripping:
        _put(dripping, "/simple/", render_list(["good", "slow"], form=PageForm.JSON, serials={}))
        _put_project(dripping, GOOD)
        _put_project(dripping, slow)
        dripping.put(f"/{slow.path}", Answer(body=slow.data, drop_s=0.01))
        mirrored = mirror_python(stack, channel, f"{dripping.url}/simple")

        assert _fails(mirrored, slow.ckey)
        assert mirrored.get(GOOD.ckey).content == GOOD.data


def _fails(mirrored: Mirrored, path: str) -> bool:
    """Tell whether a client sees an error, or a transfer that is broken off."""
    try:
        return mirrored.get(path).is_error
    except httpx.RemoteProtocolError:
        return True


def _offer(source: HttpSource) -> None:
    source.put(SECRET, b"of another server of the operator")
    inside = source.url.replace("127.0.0.1", "localhost")
    led_inside = Answer(status=302, headers={"Location": f"{inside}{SECRET}"})
    _put_project(source, BESIDE)
    source.put(f"/{BESIDE.path}.metadata", b"Metadata-Version: 2.4\nName: beside\nVersion: 1.0\nRequires-Dist: evil\n")
    source.put(f"/{BESIDE.path}.provenance", led_inside)
    names = ["good", "dots", "beside", *PAGES, *FILES, *NAMES]
    _put(source, "/simple/", render_list(names, form=PageForm.JSON, serials={}))
    _put_project(source, GOOD)
    for project, answer in PAGES.items():
        source.put(f"/simple/{project}/", led_inside if project == "inside" else answer)
    for project, planned in FILES.items():
        file = a_wheel(project, padding_bytes=50_000)
        _put_project(source, file)
        spoilt = {"corrupt": bytes(len(file.data)), "longer": file.data + b"more", "shorter": file.data[:-1]}
        hostile = led_inside if project == "moved" else planned or Answer(body=spoilt[project])
        source.put(f"/{file.path}", hostile)
    _put(source, "/simple/dots/", _dots(inside))
    source.put(f"/{a_wheel('dots').path}", a_wheel("dots").data)


def _put(source: HttpSource, path: str, page: bytes) -> None:
    source.put(path, Answer(body=page, headers=JSON))


def _put_project(source: HttpSource, file: PythonFile) -> None:
    page = render_page(file.project, [file], form=PageForm.JSON, habits=Habits())
    _put(source, f"/simple/{file.normalised}/", page)
    source.put(f"/{file.path}", file.data)
    source.put(f"/{file.path}.metadata", file.metadata)


def _dots(inside: str) -> bytes:
    """Return a page with one good file among many that lead elsewhere."""
    page = json.loads(render_page("dots", [a_wheel("dots")], form=PageForm.JSON, habits=Habits()))
    record = page["files"][0]
    page["files"] += [
        {**record, "filename": filename}
        for filename in (
            "../../evil-1.0-py3-none-any.whl",
            "..",
            "dots-1.0/../evil-1.0-py3-none-any.whl",
            "/etc/passwd",
            "dots-1.0\\..\\evil.whl",
            "dots-1.0\u0000.whl",
            "",
        )
    ]
    page["files"] += [
        {**record, "filename": filename, "url": url, "hashes": {"sha256": sha256_of(filename.encode())}}
        for filename, url in {
            "dots-2.1-py3-none-any.whl": "file:///etc/passwd",
            "dots-2.2-py3-none-any.whl": "javascript:alert(1)",
            "dots-2.3-py3-none-any.whl": "http://[::1",
            LED_INSIDE: f"{inside}{SECRET}",
            LED_TO_METADATA: "http://169.254.169.254/latest/meta-data",
        }.items()
    ]
    page["files"] += [
        7,
        {"filename": "dots-3.1-py3-none-any.whl"},
        {**record, "filename": "dots-3.2-py3-none-any.whl", "hashes": {"sha256": "../../evil"}},
        {**record, "filename": "dots-3.3-py3-none-any.whl", "size": -1},
    ]
    return json.dumps(page).encode()
