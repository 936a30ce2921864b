"""Conditional requests: whether a client has the file already, and whether its range still fits.

Essential reading: RFC 9110 sections 8.8.3 (ETag), 13.1 (the five headers), 13.2.2 (their order).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_HAS_LIST_END = re.compile(r"[ \t]*(?:,|$)")
_GAP = re.compile(r"[ \t,]*")


class Verdict(Enum):
    """What the conditions of a request say."""

    SEND = "send"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


def weigh_conditions(headers: Mapping[str, str], *, etag: str, last_modified: datetime | None) -> Verdict:
    """Decide on GET or HEAD for a file that exists, in the order of RFC 9110 section 13.2.2.

    A tag header makes its date header be ignored: clients send both, and only the tag is
    exact. Where the file has no date, date headers are ignored (sections 13.1.3, 13.1.4).
    `headers` has lower-case names.
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    modified_at = None if last_modified is None else last_modified.replace(microsecond=0)
    if if_match is not None:
        if not _is_listed(if_match, etag, accept_weak=False):
            return Verdict.FAILED
    elif _is_after(modified_at, parse_http_date(headers.get("if-unmodified-since"))):
        return Verdict.FAILED
    if if_none_match is not None:
        return Verdict.NOT_MODIFIED if _is_listed(if_none_match, etag, accept_weak=True) else Verdict.SEND
    known = parse_http_date(headers.get("if-modified-since"))
    is_same = modified_at is not None and known is not None and modified_at <= known
    return Verdict.NOT_MODIFIED if is_same else Verdict.SEND


def range_still_fits(if_range: str | None, *, etag: str, last_modified: datetime | None) -> bool:
    """Tell whether a range continues what the client has; a weak tag never does (section 13.1.5)."""
    if if_range is None:
        return True
    text = if_range.strip(" \t")
    if text.startswith(('"', "W/")):
        return text == etag
    return last_modified is not None and parse_http_date(text) == last_modified.replace(microsecond=0)


def parse_http_date(text: str | None) -> datetime | None:
    """Read an HTTP date in any of its three forms; None where it is not one, which makes its header be ignored."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def http_date(moment: datetime) -> str:
    """Write a date as RFC 9110 section 5.6.7 wants it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _is_after(moment: datetime | None, limit: datetime | None) -> bool:
    return moment is not None and limit is not None and moment > limit


def _is_listed(header: str, etag: str, *, accept_weak: bool) -> bool:
    """Look for our strong tag in a list of tags; what follows a malformed tag is not looked at."""
    if header.strip(" \t") == "*":
        return True
    position = _gap_after(header, 0)
    while match := _TAG.match(header, position):
        if not _HAS_LIST_END.match(header, match.end()):
            return False
        if match[2] == etag and (accept_weak or match[1] is None):
            return True
        position = _gap_after(header, match.end())
    return False


def _gap_after(header: str, position: int) -> int:
    gap = _GAP.match(header, position)
    return position if gap is None else gap.end()
