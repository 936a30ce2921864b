"""Where the files of a page lie at their source.

What a page says is relative to the page (PEP 691), or to its `base` (PEP 503 is HTML); what we
keep is relative to the root of the index, or absolute, and has no user or password in it.
"""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from libs.common.ecosystems.urls import resolve

_SEGMENTS = "[A-Za-z0-9_~!+%-][A-Za-z0-9._~!+%-]*(?:/[A-Za-z0-9_~!+%-][A-Za-z0-9._~!+%-]*)*"
_PLAIN = re.compile(rf"(https?://[A-Za-z0-9.-]+(?::[0-9]{{1,4}})?/{_SEGMENTS})(?:#.*)?")
_PLAIN_RELATIVE = re.compile(rf"((?:\.\./)*)({_SEGMENTS})(?:#.*)?")
_PLAIN_PLACE = re.compile(r"[a-z0-9-]+/")
_LONGEST_PLAIN = 1000
"""URLs of which there is nothing to resolve, as nearly all of large indexes are: this is ten times as fast."""

_SAFE = "!#$%&'()*+,/:;=?@[]~\\"
"""What stays as it is: blanks and other scripts are written as installers write them."""


def page_place(name: str, *, moved_to: str | None, base: str | None) -> str:
    """Return what the URLs of a project's page are relative to: a place below the root, or an absolute URL."""
    place = moved_to or f"{name}/"
    try:
        return _joined(place, base) if base else place
    except ValueError:
        return place


def resolve_location(url: str, *, place: str) -> str | None:
    """Return where a URL of a page leads, without fragment; None where no file can be fetched from there."""
    if len(url) <= _LONGEST_PLAIN and (plain := _resolve_plain(url, place)):
        return plain
    text = url.strip()
    if not text.isprintable():
        return None
    try:
        return resolve(_joined(place, quote(text, safe=_SAFE)))
    except ValueError:
        return None


def usual_location(name: str, filename: str) -> str:
    """Return where a file lies if nothing else is said: beside the page of its project."""
    return f"{name}/{quote(filename)}"


def is_usual(location: str, *, name: str, filename: str) -> bool:
    """Tell whether a location is the usual one, however it is written."""
    return "?" not in location and unquote(location) == f"{name}/{filename}"


def beside(location: str, ending: str) -> str:
    """Return where a companion lies: at the path of its file with an ending."""
    parts = urlsplit(location)
    return urlunsplit(parts._replace(path=f"{parts.path}{ending}"))


def _resolve_plain(url: str, place: str) -> str | None:
    """Return what the rest of this file would; None where it is needed to find out."""
    absolute = _PLAIN.fullmatch(url)
    if absolute is not None:
        return absolute[1]
    relative = _PLAIN_RELATIVE.fullmatch(url)
    if relative is None or not _PLAIN_PLACE.fullmatch(place):
        return None
    ups, path = relative[1], relative[2]
    return ups.removeprefix("../") + path if ups else place + path


def _joined(place: str, url: str) -> str:
    """Join a URL to a place, which may be relative itself and then is left by `../` as far as it goes."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or urlsplit(place).netloc:
        return urljoin(place, url)
    if parts.path.startswith("/"):
        return url
    if not parts.path:
        return place
    return place.partition("?")[0].rpartition("/")[0] + "/" + url
