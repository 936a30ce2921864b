"""Byte ranges that clients ask for.

Essential reading: RFC 9110 sections 14.1.2 (byte ranges), 14.2 (Range), 15.5.17 (416).
"""

import re

import msgspec

_UNIT = re.compile(r"[ \t]*bytes[ \t]*=", re.IGNORECASE)
_SPEC = re.compile(r"([0-9]{0,30})-([0-9]{0,30})")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def size_bytes(self) -> int:
        """How many bytes that are."""
        return self.stop - self.start


class Unsatisfiable(msgspec.Struct, frozen=True):
    """A well-formed range that begins after the end: 416."""


def parse_range(header: str, *, size_bytes: int) -> Span | Unsatisfiable | None:
    """Read a Range header; None where it is to be ignored and the whole file is the answer.

    Ignored are other units, malformed ranges and several ranges at once, which RFC 9110
    section 14.2 leaves to the server.
    """
    unit = _UNIT.match(header)
    if unit is None:
        return None
    # RFC 9110 section 5.6.1.2: empty elements of a list are skipped.
    specs = [spec for part in header[unit.end() :].split(",") if (spec := part.strip(" \t"))]
    match = _SPEC.fullmatch(specs[0]) if len(specs) == 1 else None
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size_bytes) if last else None
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        return Unsatisfiable()
    return Span(start=start, stop=min(int(last) + 1, size_bytes) if last else size_bytes)


def _suffix(length: int, size_bytes: int) -> Span | Unsatisfiable | None:
    if length == 0:
        return Unsatisfiable()
    if size_bytes == 0:
        # Satisfiable by section 14.1.2, but no Content-Range can say "the last bytes of none".
        return None
    return Span(start=max(0, size_bytes - length), stop=size_bytes)
