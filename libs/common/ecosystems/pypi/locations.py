"""Where the files of a page lie at their source.

What a page says is relative to the page (PEP 691), or to its `base` (PEP 503 is HTML); what we
keep is relative to the root of the index, or absolute, and has no user or password in it.
"""

from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from libs.common.ecosystems.urls import resolve

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
