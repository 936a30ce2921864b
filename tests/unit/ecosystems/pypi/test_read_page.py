"""Reading the page of a project: what is kept of it as it stands, and what a hostile one can do."""

import tracemalloc

import msgspec
import pytest

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.file_tables import totals_of
from tests.support.python_pages import (
    HTML,
    JSON,
    SDIST,
    WHEEL,
    A,
    B,
    a_page,
    as_json,
    digests,
    listed,
    read,
    read_files,
    records,
    rendered,
    urls,
)
from tests.support.python_records import ECO


def test_a_record_is_kept_as_it_stands() -> None:
    """Keys that we do not know too; only where the file lies is ours to say."""
    said = listed(
        WHEEL,
        url="https://user:secret@files.example/a/b.whl",
        hashes={"sha256": A, "blake2b_256": "00"},
        size=3,
        upload_time="2024-01-01T00:00:00.123456Z",
        requires_python=">=3.9",
        yanked='it is "bad"',
        core_metadata={"sha256": B},
        gpg_sig=False,
        odd={"deep": [1, 2.5, None, True]},
    )

    shard = read_files(said)

    assert records(shard.payload) == {WHEEL: {**said, "url": WHEEL}}
    assert shard.problems == ()
    assert b"secret" not in shard.payload
    assert totals_of(shard.payload) == (1, 3)


def test_a_project_keeps_what_is_said_of_it() -> None:
    """Status and keys that we do not know; versions are those of the files."""
    page = a_page(
        listed(SDIST, size=5),
        versions=["0.1", "1.0"],
        project_status={"status": "deprecated", "reason": "use x"},
        alternate_locations=["https://other.example/demo/"],
        namespaces={"x": 1},
    )

    served = as_json(read(page).payload)

    assert served["project-status"] == {"status": "deprecated", "reason": "use x"}
    assert served["alternate-locations"] == ["https://other.example/demo/"]
    assert served["namespaces"] == {"x": 1}
    assert served["versions"] == ["1.0"]
    assert served["meta"] == {"api-version": "1.4"}


def test_what_meta_says_besides_its_version_is_kept() -> None:
    """The version is that of our own pages."""
    page = msgspec.json.encode({"meta": {"api-version": "1.9", "_last-serial": 7}, "name": "demo", "files": []})

    assert as_json(read(page).payload)["meta"] == {"api-version": "1.4", "_last-serial": 7}


def test_a_status_in_meta_counts_where_there_is_no_other() -> None:
    """The specification's own example has it there."""
    status = {"status": "archived"}
    page = msgspec.json.encode({"meta": {"api-version": "1.4", "project-status": status}, "name": "demo", "files": []})

    assert as_json(read(page).payload)["project-status"] == status
    assert "project-status" not in as_json(read(a_page(project_status="archived")).payload)


def test_a_quarantined_project_has_no_files() -> None:
    """PEP 792: its index may offer none, whatever it lists."""
    shard = read(a_page(listed(SDIST), project_status={"status": "quarantined"}))

    assert records(shard.payload) == {}
    assert [problem.code for problem in shard.problems] == ["quarantined"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        pytest.param(listed("../demo-1.0.tar.gz"), "bad_filename", id="dots"),
        pytest.param(listed("a/demo-1.0.tar.gz"), "bad_filename", id="slash"),
        pytest.param(listed("a\\demo-1.0.tar.gz"), "bad_filename", id="backslash"),
        pytest.param(listed("demo\n-1.0.tar.gz"), "bad_filename", id="control"),
        pytest.param(listed(".demo-1.0.tar.gz"), "bad_filename", id="hidden"),
        pytest.param(listed("demo-1.0.tar.gz.metadata"), "bad_filename", id="companion"),
        pytest.param(listed("index.html"), "bad_filename", id="page"),
        pytest.param(listed("demo-1.0" + "0" * 500 + ".tar.gz"), "bad_filename", id="endless"),
        pytest.param(listed("other-1.0-py3-none-any.whl"), "name_mismatch", id="foreign-wheel"),
        pytest.param(listed("demo.whl"), "name_mismatch", id="no-wheel"),
        pytest.param(listed(SDIST, url="javascript:alert(1)//x.tar.gz"), "bad_url", id="javascript"),
        pytest.param(listed(SDIST, url="file:///etc/passwd"), "bad_url", id="file"),
        pytest.param(listed(SDIST, url="https://[bad/x"), "bad_url", id="no-url"),
        pytest.param(listed(SDIST, url="x\ny"), "bad_url", id="url-of-two-lines"),
        pytest.param(listed(SDIST, url=""), "bad_url", id="no-place"),
        pytest.param(listed(SDIST, url="folder/"), "bad_url", id="folder"),
        pytest.param(listed(SDIST, url=5), "bad_record", id="url-number"),
        pytest.param(listed(SDIST, hashes={"sha256": "z" * 64}), "bad_digest", id="no-hex"),
        pytest.param(listed(SDIST, hashes={"md5": "00"}), "bad_digest", id="short"),
        pytest.param(listed(SDIST, hashes=[A]), "bad_record", id="hashes-list"),
        pytest.param(listed(SDIST, size="7"), "bad_record", id="size-text"),
        pytest.param(listed(SDIST, size=-7), "bad_record", id="size-negative"),
        pytest.param(listed(SDIST, size=2**60), "bad_record", id="size-huge"),
        pytest.param(listed(SDIST, size=1.5), "bad_record", id="size-broken"),
        pytest.param(listed(SDIST, yanked=["x"]), "bad_record", id="yanked-list"),
        pytest.param(listed(SDIST, requires_python=3), "bad_record", id="python-number"),
        pytest.param(listed(SDIST, requires_python=">" * 5000), "bad_record", id="python-endless"),
        pytest.param(listed(SDIST, core_metadata=7), "bad_record", id="metadata-number"),
        pytest.param({"url": "x"}, "bad_record", id="no-name"),
        pytest.param({"filename": SDIST}, "bad_record", id="no-url-at-all"),
        pytest.param("x", "bad_record", id="text"),
        pytest.param(None, "bad_record", id="null"),
    ],
)
def test_a_file_that_cannot_be_served_is_told(file: object, code: str) -> None:
    """With its reason in words; the rest of the page is served."""
    shard = read_files(file, listed("demo-2.0.tar.gz"))

    (problem,) = shard.problems
    assert problem.code == code
    assert problem.ckey.startswith("simple/demo/")
    assert problem.ckey.isprintable()
    assert " " in problem.reason
    assert list(records(shard.payload)) == ["demo-2.0.tar.gz"]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(b'{"filename":"demo-1.0.tar.gz","url":"x","x":1e999}', id="number"),
        pytest.param(b'{"filename":"demo-1.0.tar.gz","url":"x","x":"\xff"}', id="bytes"),
        pytest.param(b'{"filename":"demo-1.0.tar.gz","url":"x","x":' + b"[" * 100 + b"]" * 100 + b"}", id="deep"),
    ],
)
def test_what_clients_could_not_read_is_not_served(record: bytes) -> None:
    """One bad file would take the whole page from them."""
    good = msgspec.json.encode(listed("demo-2.0.tar.gz"))
    shard = read(b'{"meta":{"api-version":"1.0"},"name":"demo","files":[%b,%b]}' % (record, good))

    assert [problem.code for problem in shard.problems] == ["bad_record"]
    assert list(records(shard.payload)) == ["demo-2.0.tar.gz"]


def test_a_wide_record_is_not_a_deep_one() -> None:
    """Some have lists of hundreds of things."""
    wide = listed(SDIST, classes=[[number] for number in range(500)])

    assert records(read_files(wide).payload) == {SDIST: wide}


def test_the_serial_of_an_html_page_is_known() -> None:
    """It stands in a comment; one that is older than the list says is not read."""
    page = f'<a href="{SDIST}">x</a><!--SERIAL 5-->'.encode()

    assert as_json(read(page, content_type=HTML, tag=b"5").payload)["meta"]["_last-serial"] == 5
    with pytest.raises(UnreadableIndex, match="older than the list"):
        read(page, content_type=HTML, tag=b"6")


def test_keys_of_the_page_that_clients_could_not_read_are_left_out() -> None:
    """The page is as good as it was without them."""
    page = b'{"meta":{"x":1e999},"name":"demo","files":[],"y":1e999,"z":1}'

    served = as_json(read(page).payload)

    assert (served["meta"], "y" in served, served["z"]) == ({"api-version": "1.4"}, False, 1)


def test_of_two_records_of_a_file_the_first_counts() -> None:
    """With other digests the second is told: one of them is not the file."""
    shard = read_files(listed(SDIST, size=1), listed(SDIST, hashes={}), listed(SDIST, hashes={"sha256": B}))

    assert records(shard.payload)[SDIST] == listed(SDIST, size=1)
    assert [problem.code for problem in shard.problems] == ["listed_twice"]


def test_problems_of_a_page_are_bounded() -> None:
    """Nobody reads a thousand of them, and they are kept with the manifest."""
    assert len(read_files(*([7] * 1000)).problems) == 200


def test_a_page_of_too_many_files_is_unreadable() -> None:
    """No project has them; they would fill memory."""
    page = b'{"meta":{},"name":"demo","files":[%b]}' % b",".join([b"7"] * 200_001)

    with pytest.raises(UnreadableIndex, match="lists more than 200,000 files"):
        read(page)


def test_a_page_that_would_fill_memory_is_unreadable() -> None:
    """A byte of it may take fifty of ours: 64 MB of a page would be gigabytes."""
    data = b'{"files":[' + b"7," * 5_000_000
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableIndex, match="more than 4,000,000 values"):
            read(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "content_type", "words"),
    [
        pytest.param(a_page(name="other"), JSON, "says that it is of 'other'", id="another-project"),
        pytest.param(a_page(name="de mo"), JSON, "says that it is of 'de mo'", id="no-name"),
        pytest.param(a_page().replace(b'"demo"', b"5"), JSON, "says that it is of '5'", id="name-number"),
        pytest.param(a_page().replace(b"1.4", b"2.0"), JSON, "only 1 can be read", id="version-2"),
        pytest.param(a_page().replace(b'"1.4"', b"1"), JSON, "only 1 can be read", id="version-number"),
        pytest.param(b'<meta name="pypi:repository-version" content="2.0">', HTML, "only 1 can be read", id="html-2"),
        pytest.param(b"<html>", JSON, "not what it should be", id="html-as-json"),
        pytest.param(b'{"name":"demo"}', JSON, "JSON without files", id="other-json"),
        pytest.param(b'{"files":{}}', JSON, "not what it should be", id="files-object"),
        pytest.param(b"[]", JSON, "not what it should be", id="list"),
        pytest.param(b'{"files":[{"size":NaN}]}', JSON, "not what it should be", id="nan"),
        pytest.param(b'{"files":["\\ud800abcdef"]}', JSON, "not what it should be", id="half-a-sign"),
        pytest.param(b"[" * 10_000, JSON, "not what it should be", id="deep"),
        pytest.param(b'{"files":' + b"[" * 10_000, JSON, "not what it should be", id="deep-files"),
        pytest.param(b"\x1f\x8b\x08", None, "neither JSON nor HTML", id="packed"),
        pytest.param(b"", "application/octet-stream", "neither JSON nor HTML", id="empty"),
        pytest.param(a_page(), "application/vnd.pypi.simple.v2+json", "only version 1 can be read", id="type-2"),
    ],
)
def test_a_page_that_is_not_one_is_unreadable(data: bytes, content_type: str | None, words: str) -> None:
    """In words that tell the person what came instead."""
    with pytest.raises(UnreadableIndex, match=words):
        read(data, content_type=content_type)


def test_json_that_is_called_html_is_unreadable() -> None:
    """The media type says what a page is; nothing of it is guessed."""
    with pytest.raises(UnreadableIndex, match="HTML without files"):
        read(a_page(listed(SDIST)), content_type=HTML)


def test_a_form_to_log_in_on_is_no_empty_page() -> None:
    """The project's files would go; a page without files says whose links it has none of."""
    with pytest.raises(UnreadableIndex, match="page to log in on"):
        read(b'<title>Sign in</title><a href="/forgot">Forgot your password?</a>', content_type=HTML)
    for empty in (b"<title>Links for demo</title>", b"<title>Index of /simple/demo/</title>"):
        assert records(read(empty, content_type=HTML).payload) == {}


@pytest.mark.parametrize("content_type", [None, "application/octet-stream", "text/plain; charset=utf-8"])
@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf \n" + a_page(listed(SDIST)), b'\xef\xbb\xbf<a href="%b">x</a>' % SDIST.encode()]
)
def test_a_page_of_a_folder_is_known_by_its_first_sign(data: bytes, content_type: str | None) -> None:
    """Files have no media type, and plain servers say anything."""
    assert list(records(read(data, content_type=content_type).payload)) == [SDIST]


def test_names_are_compared_normalised() -> None:
    """PEP 503; some indexes show the name as people write it, and HTML does not say it."""
    assert read(a_page(name="DEMO")).name == "demo"
    assert read(a_page(name=None)).name == "demo"


def test_a_page_older_than_the_list_is_unreadable() -> None:
    """A cache on the way would hide a new release until the next one."""
    page = msgspec.json.encode({"meta": {"_last-serial": 5}, "name": "demo", "files": []})

    assert read(page, tag=b"5").name == read(page, tag=b"4").name == read(page, tag=b"digest").name == "demo"
    with pytest.raises(UnreadableIndex, match="older than the list"):
        read(page, tag=b"6")


def test_files_lie_where_the_page_says() -> None:
    """Relative to the page, to where it moved, or absolute; never with a login in it."""
    page = a_page(
        listed(SDIST, url="../../packages/ab/demo-1.0.tar.gz#sha256=1"),
        listed(WHEEL, url="./demo%2D1.0-py3-none-any.whl"),
        listed("demo-2.0.tar.gz", url="/files/demo-2.0.tar.gz?sig=1"),
        listed("demo-3.0.tar.gz", url="//u:p@files.example/demo-3.0.tar.gz"),
    )

    assert urls(read(page).payload) == {
        SDIST: "../packages/ab/demo-1.0.tar.gz",
        WHEEL: f"demo/{WHEEL}",
        "demo-2.0.tar.gz": "/files/demo-2.0.tar.gz?sig=1",
        "demo-3.0.tar.gz": "https://files.example/demo-3.0.tar.gz",
    }
    assert urls(read(page, moved_to="https://new.example/a/b/demo/").payload) == {
        SDIST: "https://new.example/a/packages/ab/demo-1.0.tar.gz",
        WHEEL: "https://new.example/a/b/demo/demo%2D1.0-py3-none-any.whl",
        "demo-2.0.tar.gz": "https://new.example/files/demo-2.0.tar.gz?sig=1",
        "demo-3.0.tar.gz": "https://files.example/demo-3.0.tar.gz",
    }


def test_a_file_without_digest_is_what_first_came_in() -> None:
    """Named by all that is known of it: another page, another source, another day is another file."""
    bare = {"filename": SDIST, "url": SDIST}
    first = digests(read_files(bare).payload)[SDIST]

    assert first.startswith("listed:")
    assert digests(read_files(bare).payload)[SDIST] == first
    for other in ({**bare, "size": 3}, {**bare, "upload-time": "2024-01-01"}, {**bare, "url": f"x/{SDIST}"}):
        assert digests(read_files(other).payload)[SDIST] != first
    assert digests(read_files({**bare, "hashes": {"sha512": "0" * 128}}).payload)[SDIST].startswith("listed:")
    assert digests(read_files({**bare, "hashes": None}).payload)[SDIST] == first


def test_digests_are_known_in_either_case() -> None:
    """The strongest that we know counts."""
    payload = read_files(listed(SDIST, hashes={"md5": "0" * 32, "sha256": A.upper()})).payload

    assert digests(payload) == {SDIST: f"sha256:{A}"}


def test_pages_are_rendered_in_known_forms_only() -> None:
    """A shard of an empty project has an empty page."""
    payload = read(a_page()).payload

    assert as_json(payload)["files"] == []
    assert rendered(payload, "html") is not None
    assert rendered(payload, "api") is None
    assert ECO.render_shard(payload, partition="simple", name="demo").files == 0
