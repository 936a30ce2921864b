"""Media types, versions of the API, and what JSON pages are read as.

Essential reading (in order): PEP 503 (HTML), PEP 629 (versions), PEP 691 (JSON and media
types), PEP 700 (1.1), PEP 740 (1.3), PEP 792 (1.4).

Rules of this file:
1. The media type says what a page is; only where it says neither (files of a folder, a server
   that knows no better) its first sign does.
2. A page of another major version is not read (PEP 629); one of a later minor version is.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.domain.errors import UnreadableIndex

API_VERSION = "1.4"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
PLAIN_HTML = "text/html"
ACCEPT = f"{JSON}, {HTML};q=0.2, {PLAIN_HTML};q=0.1"

META_PREFIX = "pypi:"
VERSION_META = "pypi:repository-version"
STATUS = "project-status"
STATUS_REASON = "project-status-reason"
SERIAL = "_last-serial"
"""Key of `meta` and of the list's entries: the number of a project's last change, private and widely read."""

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are not what they should be."""

_IS_JSON: Mapping[str, bool] = {
    JSON: True,
    "application/json": True,
    HTML: False,
    PLAIN_HTML: False,
    "application/xhtml+xml": False,
}
_BOM = b"\xef\xbb\xbf"
_MAJOR = "1"
_MAX_DEPTH = 64
"""Half of the clients give up a whole page at 128 levels; no real record has five."""

decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
decode_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


def is_json(data: bytes, content_type: str | None, *, what: str) -> bool:
    """Tell whether a page is JSON (True) or HTML (False).

    Raises:
        UnreadableIndex: for anything else.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type in _IS_JSON:
        return _IS_JSON[media_type]
    if media_type.startswith("application/vnd.pypi.simple."):
        raise UnreadableIndex(f"{what} has the media type {media_type[:80]}; only version 1 can be read")
    first = without_bom(data).lstrip()[:1]
    if first not in (b"{", b"<"):
        raise UnreadableIndex(f"{what} is neither JSON nor HTML; check that source_root is a simple index")
    return first == b"{"


def without_bom(data: bytes) -> bytes:
    """Leave out the mark that some editors put before a text."""
    return data.removeprefix(_BOM)


def check_amount(data: bytes, *, most_values: int, what: str) -> None:
    """Refuse JSON of more values than it can hold, before they are made: each takes a hundred bytes of memory.

    Raises:
        UnreadableIndex: with the limit.
    """
    if data.count(b",") > most_values:
        raise UnreadableIndex(f"{what} holds more than {most_values:,} values; no index has that many")


def check_version(text: object, *, what: str) -> None:
    """Refuse other major versions of the API; a page that says none is of the first.

    Raises:
        UnreadableIndex: with what it says.
    """
    if text is not None and (not isinstance(text, str) or text.strip().partition(".")[0] != _MAJOR):
        raise UnreadableIndex(f"{what} is of version {str(text)[:20]} of the simple API; only 1 can be read")


def is_shallow(value: Any) -> bool:
    """Tell whether what was read nests no deeper than clients can read."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return True
    return False


def read_json(raw: bytes | msgspec.Raw) -> Any:
    """Read any JSON that can be served again.

    Raises:
        one of UNREADABLE: for what can't, such as numbers that no double holds.
    """
    value = msgspec.json.decode(raw)
    text = bytes(raw)
    if text.count(b"{") + text.count(b"[") > _MAX_DEPTH and not is_shallow(value):
        raise msgspec.ValidationError("it is nested too deep")
    return value


def shown(text: str) -> str:
    """Return a foreign text as it can stand in a message."""
    return "".join(character if character.isprintable() else "?" for character in text[:300])
