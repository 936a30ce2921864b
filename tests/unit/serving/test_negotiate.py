"""Which of several media types a client gets."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.problems import NotAcceptable
from services.api.serving.negotiate import choose_type

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
PLAIN = "text/html; charset=utf-8"
OFFERED = (PLAIN, JSON, HTML)

PIP = f"{JSON}, {HTML}; q=0.1, text/html; q=0.01"
UV = f"{JSON}, {HTML};q=0.2, text/html;q=0.01"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, PLAIN),
        ("", PLAIN),
        ("*/*", PLAIN),
        ("text/html", PLAIN),
        ("TEXT/HTML;charset=utf-8", PLAIN),
        ("text/*", PLAIN),
        (BROWSER, PLAIN),
        (PIP, JSON),
        (UV, JSON),
        (HTML, HTML),
        ("application/*", JSON),
        ("application/*;q=0.5, text/html;q=0.4", JSON),
        (f"{JSON};q=0.1, */*;q=0.2", PLAIN),
        (f"text/html;q=0, */*, {JSON};q=0.5", HTML),
        (f"{JSON} ; q=0.001", JSON),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/vnd.pypi.simple.latest+html, text/html;q=0.2", HTML),
        (f"application/vnd.pypi.simple.latest+json;q=0.1, {JSON};q=0, text/html;q=0.05", PLAIN),
        ("nonsense", PLAIN),
        ("a/b/c, ;;;,,", PLAIN),
        (f"{JSON};q=2, text/html;q=0.1", PLAIN),
        (f"{JSON}, {'x' * 5000}/*", PLAIN),
    ],
)
def test_the_type_that_is_wanted_most_is_chosen(accept: str | None, chosen: str) -> None:
    """By weight, the most specific range first; who has no wish gets the first that is offered."""
    assert OFFERED[choose_type(OFFERED, accept=accept, query=b"")] == chosen


@pytest.mark.parametrize(
    "accept",
    ["application/json", "image/*", "*/*;q=0", f"{JSON};q=0", "application/vnd.pypi.simple.v2+json"],
)
def test_who_takes_nothing_that_is_there_is_told(accept: str) -> None:
    """With the types that are."""
    with pytest.raises(NotAcceptable, match=r"text/html, application/vnd\.pypi\.simple\.v1\+json, .* name one"):
        choose_type(OFFERED, accept=accept, query=b"")


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        (b"format=application/vnd.pypi.simple.v1+json", JSON),
        (b"format=application%2Fvnd.pypi.simple.v1%2Bjson", JSON),
        (b"a=b&format=application/vnd.pypi.simple.latest+html&c", HTML),
        (b"format=text/html", PLAIN),
        (b"format=", HTML),
        (b"x=format", HTML),
        (b"\xff=%zz", HTML),
        (b"&".join([b"a=b"] * 500), HTML),
        (b"format=text/html&" + b"x" * 5000, HTML),
    ],
)
def test_a_format_in_the_address_wins(query: bytes, chosen: str) -> None:
    """For people, who can't set a header; whatever else a query says is ignored."""
    assert OFFERED[choose_type(OFFERED, accept=HTML, query=query)] == chosen


def test_an_unknown_format_is_told() -> None:
    """It is not another way to say Accept."""
    with pytest.raises(NotAcceptable):
        choose_type(OFFERED, accept=JSON, query=b"format=json")


@given(accept=st.one_of(st.none(), st.text()), query=st.binary())
def test_any_text_is_answered(accept: str | None, query: bytes) -> None:
    """With one of the types, or the word that there is none."""
    with suppress(NotAcceptable):
        assert choose_type(OFFERED, accept=accept, query=query) in range(3)
