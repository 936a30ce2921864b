"""Conditional requests by RFC 9110 section 13."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.serving.conditions import Verdict, http_date, parse_http_date, range_still_fits, weigh_conditions

_ETAG = '"abc"'
_MODIFIED = datetime(2026, 5, 17, 12, 0, 0, 123000, tzinfo=UTC)
_SAME = "Sun, 17 May 2026 12:00:00 GMT"
_BEFORE = "Sun, 17 May 2026 11:59:59 GMT"
_AFTER = "Sun, 17 May 2026 12:00:01 GMT"


def _verdict(**headers: str) -> Verdict:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return weigh_conditions(named, etag=_ETAG, last_modified=_MODIFIED)


@pytest.mark.parametrize(
    "tags",
    ['"abc"', ' "abc" ', '"x", "abc"', '"x","abc","y"', 'W/"abc"', "*", " * ", ',"abc"', '"a,b", "abc"', '"", "abc"'],
)
def test_a_client_that_has_the_file_gets_304(tags: str) -> None:
    """By any of its tags, compared weakly, for a proxy may have weakened it."""
    assert _verdict(if_none_match=tags) is Verdict.NOT_MODIFIED


@pytest.mark.parametrize(
    "tags", ["", "abc", '"ab"', '"ABC"', 'w/"abc"', '"x" "abc"', '"abc" x', '"abc', "abc, *", '"*"']
)
def test_other_tags_get_the_file(tags: str) -> None:
    """Also malformed ones: sending the file is never wrong."""
    assert _verdict(if_none_match=tags) is Verdict.SEND


@pytest.mark.parametrize(
    ("date", "verdict"),
    [
        (_SAME, Verdict.NOT_MODIFIED),
        (_AFTER, Verdict.NOT_MODIFIED),
        (_BEFORE, Verdict.SEND),
        ("Sunday, 17-May-26 12:00:00 GMT", Verdict.NOT_MODIFIED),
        ("Sun May 17 12:00:00 2026", Verdict.NOT_MODIFIED),
        ("yesterday", Verdict.SEND),
        ("", Verdict.SEND),
        ("Sun, 17 May 99999999 12:00:00 GMT", Verdict.SEND),
    ],
)
def test_a_date_is_compared_by_the_second(date: str, verdict: Verdict) -> None:
    """The three forms of dates; anything else is as if it was not sent."""
    assert _verdict(if_modified_since=date) is verdict


def test_a_tag_wins_over_a_date() -> None:
    """Clients send both, of another index form's file at times; only the tag is exact."""
    assert _verdict(if_none_match='"other"', if_modified_since=_AFTER) is Verdict.SEND
    assert _verdict(if_none_match=_ETAG, if_modified_since=_BEFORE) is Verdict.NOT_MODIFIED


@pytest.mark.parametrize(
    ("header", "value", "verdict"),
    [
        ("if_match", _ETAG, Verdict.SEND),
        ("if_match", "*", Verdict.SEND),
        ("if_match", 'W/"abc"', Verdict.FAILED),
        ("if_match", '"other"', Verdict.FAILED),
        ("if_unmodified_since", _SAME, Verdict.SEND),
        ("if_unmodified_since", _BEFORE, Verdict.FAILED),
        ("if_unmodified_since", "nonsense", Verdict.SEND),
    ],
)
def test_a_client_that_insists_on_its_version_is_told_when_it_is_gone(
    header: str, value: str, verdict: Verdict
) -> None:
    """412 rather than bytes of another file; tags are compared strongly."""
    assert _verdict(**{header: value}) is verdict


def test_if_match_makes_its_date_be_ignored() -> None:
    """Section 13.2.2, steps 1 and 2."""
    assert _verdict(if_match=_ETAG, if_unmodified_since=_BEFORE) is Verdict.SEND


def test_no_condition_sends_the_file() -> None:
    """The plain case."""
    assert _verdict() is Verdict.SEND


@pytest.mark.parametrize(
    ("if_range", "fits"),
    [
        (None, True),
        (_ETAG, True),
        (' "abc" ', True),
        (_SAME, True),
        ('W/"abc"', False),
        ('"other"', False),
        ('"abc", "abc"', False),
        (_BEFORE, False),
        (_AFTER, False),
        ("*", False),
        ("", False),
    ],
)
def test_a_range_goes_on_only_where_nothing_changed(if_range: str | None, fits: bool) -> None:
    """Strong tags and the very same date; else the client would join two files."""
    assert range_still_fits(if_range, etag=_ETAG, last_modified=_MODIFIED) is fits


@given(text=st.text(max_size=60) | st.text(alphabet="SunMay, :0123456789GMT+-", max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No header makes the server fall over."""
    moment = parse_http_date(text)

    assert moment is None or moment.tzinfo is UTC


@given(moment=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_our_dates_are_read_back(moment: datetime) -> None:
    """To the second, which is all that HTTP dates have."""
    assert parse_http_date(http_date(moment)) == moment.replace(microsecond=0)


@given(tags=st.text(max_size=40))
def test_any_list_of_tags_is_weighed(tags: str) -> None:
    """A verdict for every header, and never 412 without being asked."""
    assert _verdict(if_none_match=tags) is not Verdict.FAILED


def test_a_date_in_another_zone_is_compared_as_a_moment() -> None:
    """Not by the book, but some clients send it."""
    text = (_MODIFIED + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0200")

    assert _verdict(if_modified_since=text) is Verdict.NOT_MODIFIED
