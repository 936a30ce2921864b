"""Byte ranges by RFC 9110 section 14."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.serving.ranges import Span, Unsatisfiable, parse_range

_GOOD = [
    ("bytes=0-0", Span(start=0, stop=1)),
    ("bytes=0-9", Span(start=0, stop=10)),
    ("bytes=3-5", Span(start=3, stop=6)),
    ("bytes=9-9", Span(start=9, stop=10)),
    ("bytes=4-", Span(start=4, stop=10)),
    ("bytes=4-400", Span(start=4, stop=10)),
    ("bytes=-3", Span(start=7, stop=10)),
    ("bytes=-10", Span(start=0, stop=10)),
    ("bytes=-11", Span(start=0, stop=10)),
    ("BYTES=1-2", Span(start=1, stop=3)),
    (" bytes = 1-2 ", Span(start=1, stop=3)),
    ("bytes=,1-2,", Span(start=1, stop=3)),
    ("bytes=007-08", Span(start=7, stop=9)),
]
_IGNORED = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=,",
    "bytes=a-b",
    "bytes=1",
    "bytes=1-2-3",
    "bytes=--1",
    "bytes=5-4",
    "bytes=+1-2",
    "bytes=1.0-2",
    "bytes=0-1,3-4",
    "bytes=0-1, -1",
    "items=0-1",
    "bytes=\u0661-\u0662",
    "bytes=0-" + "9" * 5000,
    "0-1",
]
_BEYOND = ["bytes=10-", "bytes=10-11", "bytes=99999999999999999999-", "bytes=-0"]


@pytest.mark.parametrize(("header", "span"), _GOOD)
def test_a_single_range_is_read(header: str, span: Span) -> None:
    """First-last, open and suffix forms; the end is cut to the file's."""
    assert parse_range(header, size_bytes=10) == span


@pytest.mark.parametrize("header", _IGNORED)
def test_what_is_no_single_byte_range_is_ignored(header: str) -> None:
    """The whole file is always a right answer."""
    assert parse_range(header, size_bytes=10) is None


@pytest.mark.parametrize("header", _BEYOND)
def test_a_range_after_the_end_is_unsatisfiable(header: str) -> None:
    """A client that has the whole file already is told so by 416."""
    assert parse_range(header, size_bytes=10) == Unsatisfiable()


def test_an_empty_file_has_no_ranges() -> None:
    """No Content-Range could describe one."""
    assert parse_range("bytes=0-", size_bytes=0) == Unsatisfiable()
    assert parse_range("bytes=-5", size_bytes=0) is None


@given(
    header=st.text(max_size=40) | st.from_regex(r"bytes=[0-9]{0,25}-[0-9]{0,25}", fullmatch=True),
    size=st.integers(0, 2**62),
)
def test_any_header_gives_a_span_inside_of_the_file(header: str, size: int) -> None:
    """Whatever is sent, what is read of the file lies in it and is not empty."""
    span = parse_range(header, size_bytes=size)

    if isinstance(span, Span):
        assert 0 <= span.start < span.stop <= size


@given(content=st.binary(min_size=1, max_size=50), first=st.integers(0, 60), last=st.integers(0, 60))
def test_a_span_is_the_slice_that_was_asked_for(content: bytes, first: int, last: int) -> None:
    """The three forms against slices as Python has them."""
    closed = parse_range(f"bytes={first}-{last}", size_bytes=len(content))
    opened = parse_range(f"bytes={first}-", size_bytes=len(content))
    suffix = parse_range(f"bytes=-{last}", size_bytes=len(content))

    assert _slice(content, closed) == (content[first : last + 1] if first <= last else content)
    assert _slice(content, opened) == content[first:]
    assert _slice(content, suffix) == (content[-last:] if last else b"")


def _slice(content: bytes, span: Span | Unsatisfiable | None) -> bytes:
    if span is None:
        return content
    return b"" if isinstance(span, Unsatisfiable) else content[span.start : span.stop]
