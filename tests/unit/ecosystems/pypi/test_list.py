"""The list of projects: reading it in all its forms, and rendering it."""

from html import escape

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.domain.mirror import Filters
from libs.common.ecosystems.protocol import IndexForm, ShardedIndex, Told
from libs.common.ecosystems.pypi.records import PARTITION
from tests.support.python_pages import HTML, JSON, read
from tests.support.python_pages import a_page as page_of
from tests.support.python_records import ECO

FORMS = {form.form: form for form in ECO.index_forms(PARTITION)}
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda name: "--" not in name)


class Bytes:
    """A file in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.data += data


def read_list(data: bytes, *, content_type: str | None = JSON, form: IndexForm = FORMS["list"]) -> ShardedIndex:
    """Read a list of projects."""
    return ECO.read_index(data, form=form, partition=PARTITION, side_files={}, told=Told(content_type=content_type))


def names(index: ShardedIndex) -> list[str]:
    """Return the names that it has."""
    return [ref.name for ref in index.refs]


def rendered(shards: dict[str, bytes]) -> dict[str, bytes]:
    """Render the list of projects."""
    sinks = {path: Bytes() for path in ECO.partition_files(PARTITION)}
    writer = ECO.write_partition(PARTITION, sinks=sinks)
    for name, payload in sorted(shards.items()):
        writer.add(name, payload, rendered_sha256=None)
    assert writer.finish() == set(sinks)
    return {path: sink.data for path, sink in sinks.items()}


def test_a_json_list_names_the_pages() -> None:
    """By normalised names, each once, with the number of its last change as tag."""
    projects: list[dict[str, object]] = [
        {"name": "De_Mo", "_last-serial": 7},
        {"name": "alpha"},
        {"name": "a..b"},
        {"name": "../x"},
        {"name": ""},
    ]
    index = read_list(msgspec.json.encode({"meta": {"api-version": "1.4"}, "projects": projects}))

    assert [(ref.name, ref.tag, ref.url) for ref in index.refs] == [
        ("a-b", None, "a-b/"),
        ("alpha", None, "alpha/"),
        ("de-mo", b"7", "de-mo/"),
    ]
    assert index.files_url == ""
    assert all(ref.accept is not None and ref.accept.startswith(JSON) for ref in index.refs)


def test_an_html_list_names_the_pages() -> None:
    """By what links lead to, which may be anywhere; other links of a page, or a folder, are none."""
    links = {
        "demo/": "demo",
        "../simple/Al.pha/": "al-pha",
        "beta/index.html": "Beta",
        "https://x.example/simple/gamma/#x": "gamma/",
        "a-very-long-name/": "a-very-lo..>",
        "/": "Parent Directory",
        "?C=N": "Name",
        "/login": "Sign in",
        "%C3%A9/": "é",
    }
    text = "".join(f'<a href="{link}">{escape(said)}</a>' for link, said in links.items())
    index = read_list(text.encode(), content_type=HTML)

    assert names(index) == ["a-very-long-name", "al-pha", "beta", "demo", "gamma"]
    assert {ref.tag for ref in index.refs} == {None}


@pytest.mark.parametrize("file", ["index.v1_json", "index.json", "index.html"])
def test_a_folder_has_its_pages_in_files_of_the_same_name(file: str) -> None:
    """Nobody there answers for a folder."""
    data = b'<a href="demo/">demo</a>' if file.endswith("html") else b'{"projects":[{"name":"demo"}]}'
    (ref,) = read_list(data, content_type=None, form=FORMS[file]).refs

    assert (ref.url, ref.accept) == (f"demo/{file}", None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b'{"meta":{"api-version":"2.0"},"projects":[]}', "only 1 can be read", id="version"),
        pytest.param(b'{"files":[]}', "not what it should be", id="a-page"),
        pytest.param(b'{"projects":[{"name":5}]}', "not what it should be", id="name-number"),
        pytest.param(b"<html>", "not what it should be", id="html"),
    ],
)
def test_a_list_that_is_not_one_is_unreadable(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(UnreadableIndex, match=words):
        read_list(data)
    with pytest.raises(UnreadableIndex, match="only 1"):
        read_list(b'<meta name="pypi:repository-version" content="3.1">', content_type=HTML)


def test_a_form_to_log_in_on_is_no_empty_index() -> None:
    """All that was mirrored would go; an index says that it is one."""
    with pytest.raises(UnreadableIndex, match="page to log in on"):
        read_list(b'<title>Sign in</title><a href="/forgot">Forgot your password?</a>', content_type=HTML)
    for empty in (b"<title>Simple index</title>", b'<meta name="pypi:repository-version" content="1.0">'):
        assert names(read_list(empty, content_type=HTML)) == []


def test_a_list_that_would_fill_memory_is_unreadable() -> None:
    """No index has millions of projects."""
    with pytest.raises(UnreadableIndex, match="more than 6,000,000 values"):
        read_list(b"7," * 7_000_000)


def test_exact_names_need_no_list() -> None:
    """Some indexes have none; a pattern needs one."""

    def asked(*projects: str, root: str = "https://index.example/simple") -> list[tuple[str, str]] | None:
        refs = ECO.named_shards(PARTITION, Filters(projects=projects), source_root=root)
        return None if refs is None else [(ref.name, ref.url) for ref in refs]

    assert asked("De_Mo", "alpha", "de.mo", "../x") == [("alpha", "alpha/"), ("de-mo", "de-mo/")]
    assert asked("demo", root="file:///srv/simple") == [("demo", "demo/index.html")]
    assert asked() is None
    assert asked("demo", "num*") is None


@given(st.sets(NAMES, max_size=5))
def test_both_forms_name_the_same_projects(found: set[str]) -> None:
    """And tell another Tain which pages are new."""
    files = rendered({name: name.encode() for name in found})
    index = read_list(files["simple/index.json"])

    assert names(index) == names(read_list(files["simple/index.html"], content_type=HTML)) == sorted(found)
    assert len({ref.tag for ref in index.refs} - {None}) == len(found)
    assert index == read_list(rendered({name: name.encode() for name in found})["simple/index.json"])


def test_a_new_shard_is_a_new_tag() -> None:
    """A name that nobody read has none: its page is asked for."""
    payload = read(page_of()).payload
    before = read_list(rendered({"demo": payload, "unread": b""})["simple/index.json"])
    after = read_list(rendered({"demo": read(page_of(word="x")).payload, "unread": b""})["simple/index.json"])

    assert before.refs[0].tag != after.refs[0].tag
    assert before.refs[1].tag is None


def test_a_digest_is_never_taken_for_a_number() -> None:
    """Some have digits alone; the number on the page would always be the smaller one."""
    projects = [{"name": "demo", "_digest": "12345678901234567890", "_last-serial": 1}]
    (ref,) = read_list(msgspec.json.encode({"projects": projects})).refs

    assert read(page_of(meta={"_last-serial": 1}), tag=ref.tag).problems == ()


def test_many_names_are_one_list() -> None:
    """They are written in pieces."""
    found = [f"name-{number}" for number in range(5000)]
    files = rendered(dict.fromkeys(found, b""))

    assert names(read_list(files["simple/index.json"])) == sorted(found)
    assert files["simple/index.html"].count(b"<a ") == 5000


def test_a_channel_without_projects_has_an_empty_list() -> None:
    """Not an error: pip and uv go on to their next index."""
    for path, content_type in (("simple/index.json", JSON), ("simple/index.html", HTML)):
        data = ECO.empty_index(path)
        assert data == rendered({})[path]
        assert read_list(data or b"", content_type=content_type).refs == ()
    assert ECO.empty_index("simple/demo/index.html") is None
    assert ECO.render_channel(()) == {}
    assert ECO.side_files(PARTITION) == ()
    assert ECO.partitions(Filters()) == ((PARTITION,), True)
