"""Where files lie: what a page's URLs are relative to, and where they lead."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import SourceNotAllowed
from libs.common.domain.source_url import join_url
from libs.common.ecosystems.pypi.locations import beside, is_usual, page_place, resolve_location, usual_location

ROOT = "https://index.example/a/simple"
PAGE = f"{ROOT}/demo/"

SEGMENTS = st.sampled_from(["..", ".", "a", "demo-1.0.tar.gz", "%2D", "a b", "é", "x+y", "~u", "1!2"])
URLS = st.builds(
    lambda start, path, end: start + "/".join(path) + end,
    st.sampled_from(["", "/", "./", "../", "https://files.example/", "http://files.example:81/", "//files.example/"]),
    st.lists(SEGMENTS, min_size=1, max_size=5),
    st.sampled_from(["", "#sha256=0", "?x=/1"]),
)


@given(URLS)
def test_a_location_is_where_a_client_of_the_page_would_look(url: str) -> None:
    """Whether it is resolved at once or in steps: against the page, or against the root later."""
    location = resolve_location(url, place="demo/")
    wanted = urlsplit(urljoin(PAGE, url.replace(" ", "%20").replace("é", "%C3%A9")))
    # Of absolute URLs it leaves dots in the path, which no client sends.
    path = urljoin(PAGE, wanted.path).removeprefix("https://index.example")

    assert location is not None
    found = urlsplit(join_url(f"{ROOT}/", location))
    assert (found.netloc, found.query, found.fragment) == (wanted.netloc, wanted.query, "")
    if "//" not in wanted.path and not wanted.path.endswith(("/..", "/.")):
        assert found.path.rstrip("/") == path.rstrip("/")


@pytest.mark.parametrize(
    ("moved_to", "base", "place"),
    [
        (None, None, "demo/"),
        ("https://new.example/demo/", None, "https://new.example/demo/"),
        (None, "../../files/", "demo/../../files/"),
        (None, "/files/", "/files/"),
        (None, "https://files.example/x/", "https://files.example/x/"),
        ("https://new.example/demo/", "../x/", "https://new.example/x/"),
        (None, "https://[bad/", "demo/"),
    ],
)
def test_a_base_moves_all_urls_of_a_page(moved_to: str | None, base: str | None, place: str) -> None:
    """PEP 503 pages are HTML; one that can't be read counts as none."""
    assert page_place("demo", moved_to=moved_to, base=base) == place


def test_a_base_may_be_anything_and_leads_nowhere_then() -> None:
    """Its files can't be fetched, and say so."""
    place = page_place("demo", moved_to=None, base="javascript:x/")

    assert resolve_location("demo-1.0.tar.gz", place=place) is None
    assert resolve_location("https://[bad/x", place="demo/") is None


def test_a_long_url_is_refused_and_a_login_dropped() -> None:
    """What we keep is shown and stored."""
    assert resolve_location("a" * 3000, place="demo/") is None
    assert resolve_location(f"https://u:p@{'files.example'}/x", place="demo/") == "https://files.example/x"


def test_no_location_of_a_page_leads_to_files_of_this_machine() -> None:
    """Whatever the page is relative to."""
    with pytest.raises(SourceNotAllowed):
        join_url(ROOT, "file:///etc/passwd")
    assert resolve_location("file:///etc/passwd", place="demo/") is None
    assert resolve_location("passwd", place="file:///etc/") is None


def test_the_usual_place_is_beside_the_page() -> None:
    """However it is written."""
    assert usual_location("demo", "demo-1!2+x.whl") == "demo/demo-1%212%2Bx.whl"
    assert is_usual("demo/demo-1!2%2bx.whl", name="demo", filename="demo-1!2+x.whl")
    assert not is_usual("demo/x.whl?y=1", name="demo", filename="x.whl")
    assert not is_usual("other/x.whl", name="demo", filename="x.whl")


def test_companions_lie_beside_their_file() -> None:
    """At its path, not behind its query."""
    assert beside("https://files.example/x.whl?sig=1", ".metadata") == "https://files.example/x.whl.metadata?sig=1"
