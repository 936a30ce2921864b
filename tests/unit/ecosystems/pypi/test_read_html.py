"""Reading the HTML of an index: as the standard library reads it, and as fast on hostile text as on any other."""

import time
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.pypi.read_html import Anchor, read_html

LAW = settings(max_examples=150, deadline=None, database=None)
TEXTS = st.text(st.sampled_from("ab-1.&;<>\"'=/ \n#é"), max_size=12)
NAMES = st.sampled_from(["href", "data-yanked", "data-requires-python", "CLASS"])


class Judge(HTMLParser):
    """What the standard library finds."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links; of an attribute that is there twice the first counts."""
        if tag == "a":
            self.links.append({name: value or "" for name, value in reversed(attrs)})


def links(text: str) -> list[dict[str, str]]:
    """Return the attributes of the links that we find."""
    return [dict(anchor.attributes) for anchor in read_html(text.encode(), None).anchors]


@st.composite
def tags(draw: st.DrawFn) -> str:
    """Return a tag as people and programs write it."""
    tag = draw(st.sampled_from(["a", "A", "br", "p", "abbr"]))
    said = ""
    for name in draw(st.lists(NAMES, max_size=3)):
        value = escape(draw(TEXTS))
        gap = draw(st.sampled_from([" ", "\n", "  "]))
        is_bare = value and not set(value) & set(" \n\"'=/<>")
        written = draw(st.sampled_from([f'="{value}"', f"='{value}'", f' = "{value}"', ""]))
        said += f"{gap}{name}{f'={value}' if is_bare and draw(st.booleans()) else written}"
    return f"<{tag}{said}>"


@given(st.lists(tags() | TEXTS.map(escape) | st.just("</a>") | st.just("<!-- <a href=x> -->"), max_size=8))
@LAW
def test_links_are_those_that_the_standard_library_finds(pieces: list[str]) -> None:
    """However attributes are quoted."""
    text = "".join(pieces)
    judge = Judge()
    judge.feed(text)
    judge.close()

    assert links(text) == judge.links


@given(st.binary(max_size=200) | st.text(st.sampled_from("<a href='\">!-metscrip/"), max_size=60).map(str.encode))
@LAW
def test_any_bytes_are_read(data: bytes) -> None:
    """Whatever comes, there is a page, be it an empty one."""
    assert read_html(data, "text/html; charset=who-knows").serial is None


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<",
        '<a "',
        "<a '<a \"",
        "<!--",
        "<a href=x",
        "<script>",
        "&" * 5,
        '<a href="x',
        "<a " + " " * 50,
        "<!",
        "</",
    ],
)
def test_hostile_text_takes_no_longer_than_its_size(piece: str) -> None:
    """The standard library's parser takes minutes for some of these."""
    data = (piece * (400_000 // len(piece))).encode()
    began = time.process_time()
    read_html(data, None)

    assert time.process_time() - began < 5


def test_a_page_of_too_many_links_is_unreadable() -> None:
    """Or of too many metas: each takes hundreds of bytes of memory."""
    metas = "".join(f"<meta name={number}>" for number in range(11))
    for text in ("<a>" * 11, metas, f"<a><a>{metas}"):
        assert read_html(text.encode(), None, most_tags=20).title == ""
        with pytest.raises(UnreadableIndex, match="more than 9 links"):
            read_html(text.encode(), None, most_tags=9)


def test_metas_base_and_serial_are_found() -> None:
    """The first of each counts; comments say nothing but the serial."""
    page = read_html(
        b'<META NAME="pypi:x" content="1 &amp; 2"><meta name="pypi:x" content="3"><base href="/a/"><base href="/b/">'
        b"<!-- <meta name=pypi:y content=1> --><!--SERIAL 12--><title><a href=no></title>"
        b"<script>'<a href=no>'</script><a href='x'> demo <b>1</b></a>",
        None,
    )

    assert (page.metas, page.base, page.serial) == ({"pypi:x": "1 & 2"}, "/a/", 12)
    assert page.anchors == (Anchor({"href": "x"}, "demo"),)


def test_what_is_not_closed_hides_the_rest() -> None:
    """As in a browser; what stands before it is read."""
    for end in ("<!-- ", "<script>", "<TITLE>"):
        assert links(f"<a href=x>x</a>{end}<a href=y>y</a>") == [{"href": "x"}]
    assert read_html(b"<a href=x>x", None).anchors == (Anchor({"href": "x"}, "x"),)


def test_text_is_read_in_its_charset() -> None:
    """As the media type says, else UTF-8; else every byte is a letter."""
    assert read_html("<a>é</a>".encode("latin-1"), "text/html; charset=ISO-8859-1").anchors[0].text == "é"
    assert read_html("<a>é</a>".encode(), "text/html").anchors[0].text == "é"
    assert read_html("<a>é</a>".encode("latin-1"), None).anchors[0].text == "é"
    assert read_html("<a>é</a>".encode("utf-8-sig"), None).anchors[0].text == "é"
