"""Requests of browsers by cookie: only those that our own pages send may change anything."""

import hmac
from urllib.parse import urlsplit

from libs.common.domain.errors import NotAllowed
from services.api.credentials import CSRF_HEADER, Shown

_OWN_SITE = "same-origin"


def check_origin(shown: Shown, *, public_url: str | None) -> None:
    """Refuse what a browser says another site's page has sent.

    What sends neither header is no browser of today, and can't be led by other sites' pages.

    Raises:
        NotAllowed: for a request from elsewhere.
    """
    if shown.fetch_site is not None and shown.fetch_site.lower() != _OWN_SITE:
        raise _elsewhere()
    if shown.origin is None:
        return
    own = {shown.host, urlsplit(public_url).netloc if public_url else None} - {None, ""}
    if _place(shown.origin) not in {str(place).lower() for place in own}:
        raise _elsewhere()


def check_own_page(shown: Shown, csrf: str | None, *, public_url: str | None) -> None:
    """Refuse a request by cookie that changes something, unless one of our own pages sent it.

    Raises:
        NotAllowed: for a request from elsewhere, or one without the session's word.
    """
    check_origin(shown, public_url=public_url)
    sent = (shown.csrf or "").encode("utf-8", "surrogateescape")
    if csrf is None or not hmac.compare_digest(sent, csrf.encode()):
        raise NotAllowed(
            f"send the csrf_token of GET /api/auth/session in the {CSRF_HEADER.title()} header, "
            "or a token in place of the cookie"
        )


def _place(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def _elsewhere() -> NotAllowed:
    return NotAllowed("a page of another site sent this; sign in and do it on this server's own pages")
