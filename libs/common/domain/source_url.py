"""Source URLs: where secrets stand in them, and how they are shown.

Tokens stand in a path segment after `t` (`/t/<TOKEN>/`), at the root or further in, as
conda and the incumbent's cloud write them; user and password stand before the host.
"""

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from libs.common.domain.errors import InvalidInput, SourceNotAllowed

MASK = "****"
_TOKEN_LITERAL = "x-auth-token"  # noqa: S105 - the literal that says "the user is the token", not a secret
_TOKEN_BEFORE = re.compile(r"/t/[^/]+(/api/repo/)")
_TOKEN_AFTER = re.compile(r"(/api/repo)/t/[^/]+(?=/)")
_SCHEMES = ("http", "https", "file")
_PORTS = {"http": 80, "https": 443}


def check_source_url(url: str) -> str:
    """Return the URL without trailing slash, query and fragment.

    Raises:
        InvalidInput: for another scheme than http, https or file, a missing host,
            or parts that a channel URL can't have.
    """
    parts = _split(url, field="source_root")
    if parts.scheme not in _SCHEMES:
        raise InvalidInput(
            "source_root must begin with http://, https:// or file:// followed by the channel's address",
            field="source_root",
        )
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        raise InvalidInput("write a file source as file:///absolute/folder", field="source_root")
    if parts.scheme != "file" and not parts.hostname:
        raise InvalidInput("source_root has no host name", field="source_root")
    if parts.query or parts.fragment:
        raise InvalidInput("source_root may have no ? or # part", field="source_root")
    if any(segment in ("..", ".") for segment in parts.path.split("/")):
        raise InvalidInput("source_root may have no . or .. in its path", field="source_root")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/")))


def check_proxy_url(url: str) -> str:
    """Return the proxy's URL, checked.

    Raises:
        InvalidInput: unless it begins with http:// and has a host.
    """
    parts = _split(url, field="proxy")
    if parts.scheme != "http" or not parts.hostname:
        raise InvalidInput("proxy must be http://[USER:PASSWORD@]HOST[:PORT]", field="proxy")
    return url


def join_url(base_url: str, url: str) -> str:
    """Resolve a file's URL against the folder that it is written relative to; an absolute one wins.

    User and password of the folder's URL hold for all of its host: indexes that want them
    write absolute URLs without them.

    Raises:
        SourceNotAllowed: when a source on the network points to a file of this machine,
            or to something that is no source at all.
    """
    try:
        resolved = urljoin(base_url if base_url.endswith("/") else f"{base_url}/", url)
        base, target = urlsplit(base_url), urlsplit(resolved)
        is_same_host = _origin(base) == _origin(target)
    except ValueError:
        raise SourceNotAllowed("the source's index holds a URL that can't be read") from None
    if target.scheme not in _SCHEMES or (target.scheme == "file" and base.scheme != "file"):
        raise SourceNotAllowed("the source's index points to a place that it may not send us to")
    if is_same_host and "@" in base.netloc and "@" not in target.netloc:
        login = base.netloc.rpartition("@")[0]
        return urlunsplit(target._replace(netloc=f"{login}@{target.netloc}"))
    return resolved


def mask_url(url: str) -> str:
    """Show the URL with every secret replaced by `****`."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{MASK}@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, path=_mask_path(parts.path)))


def without_keys(url: str) -> str:
    """Return the URL without what only lets in: what two such URLs lead to is the same if the rest is.

    That is a password, and a token of the platform in the forms in which the platform takes it
    (`TOKEN:x-auth-token@`, `/t/TOKEN/api/repo`, `/api/repo/t/TOKEN`). All else stays, for it may
    choose what is there: a user, and other folders called `t`.
    """
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    netloc = f"{user}{at}{host}" if user and password != _TOKEN_LITERAL else host
    path = _TOKEN_AFTER.sub(r"\1", _TOKEN_BEFORE.sub(r"\1", parts.path))
    return urlunsplit(parts._replace(netloc=netloc, path=path))


def has_secret(url: str) -> bool:
    """Tell whether masking changes the URL."""
    return mask_url(url) != url


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _mask_path(path: str) -> str:
    segments = path.split("/")
    for place in range(1, len(segments)):
        if segments[place - 1] == "t" and segments[place]:
            segments[place] = MASK
    return "/".join(segments)


def _split(url: str, *, field: str) -> SplitResult:
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise InvalidInput(f"{field} has blanks or control characters", field=field)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise InvalidInput(f"{field} is not a URL: {exc}", field=field) from exc
    return parts
