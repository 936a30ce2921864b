"""Where a request goes: URLs as the source wrote them, redirects, and who may see the password."""

import re
import string
from base64 import b64encode
from urllib.parse import quote

from yarl import URL

from libs.common.adapters.upstream.answers import shown
from libs.common.domain.errors import UpstreamRefused

_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_SIGNS = string.punctuation
_PORTS = (("http", 80), ("https", 443))


def place_of(url: str) -> URL:
    """Read a URL, and leave its escapes as they are.

    Raises:
        UpstreamRefused: for one that can't be asked for.
    """
    try:
        place = _read(url)
    except ValueError:
        raise UpstreamRefused(f"{shown(url)} is not a URL that can be asked for") from None
    if not place.host or not url.isprintable():
        raise UpstreamRefused(f"{shown(url)} is not a URL that can be asked for")
    return place


def login_of(place: URL) -> dict[str, str]:
    """Return user and password of a URL as a header."""
    if place.user is None:
        return {}
    words = f"{place.user}:{place.password or ''}".encode()
    return {"Authorization": f"Basic {b64encode(words).decode()}"}


def redirected(place: URL, location: str, *, url: str) -> URL:
    """Return where a redirect leads.

    Raises:
        UpstreamRefused: for a place that is not http or https, or leaves https.
    """
    try:
        target = place.join(_read(location))
    except ValueError:
        raise UpstreamRefused(f"{shown(url)} is redirected to something that is not a URL") from None
    if target.scheme not in ("http", "https"):
        raise UpstreamRefused(f"{shown(url)} is redirected to something that is not http or https")
    if not target.host:
        raise UpstreamRefused(f"{shown(url)} is redirected to something that is not a URL")
    if place.scheme == "https" and target.scheme != "https":
        raise UpstreamRefused(f"{shown(url)} is redirected from https to http, which is not followed")
    return target


def login_after(place: URL, target: URL, login: dict[str, str]) -> dict[str, str]:
    """Return the login to send to a redirect's target: its own, else ours where it is for the same host."""
    if target.user is not None:
        return login_of(target)
    is_upgrade = place.host == target.host and ((place.scheme, place.port), (target.scheme, target.port)) == _PORTS
    return login if is_upgrade or place.origin() == target.origin() else {}


def final_url(url: str, asked: URL, final: URL) -> str:
    """Return where the file came from, with the user and password that relative URLs in it will need."""
    if final == asked:
        return url
    if final.user is None and asked.user is not None and final.origin() == asked.origin():
        final = final.with_user(asked.user).with_password(asked.password)
    return str(final)


def _read(url: str) -> URL:
    """Read a URL; signs that no URL may have are escaped, and all others left as they are.

    yarl alone would also take escapes away that a signature was made over.
    """
    match = _AUTHORITY.match(url)
    authority = match.group() if match else ""
    rest = quote(url[len(authority) :], safe=_SIGNS)
    read = URL((authority if authority.isascii() else str(URL(authority))) + rest, encoded=True)
    if read.port == 0:
        raise ValueError(url)
    return read
