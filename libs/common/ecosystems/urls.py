"""The URLs that stand in an index, made safe.

An index is hostile until shown otherwise: only http and https may stand in it as a
scheme, and a user or password in it is dropped.
"""

import re
from urllib.parse import urlsplit, urlunsplit

_MAX_LENGTH = 2048
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")


def resolve(url: str, *, within: str = "") -> str | None:
    """Return a URL without secrets and dot segments; None where it can't be one.

    A relative one is joined to the folder `within`, and may begin with `../` or `/`.
    """
    if len(url) > _MAX_LENGTH or _NEVER.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.netloc or parts.scheme:
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme not in ("", "http", "https") or not host:
            return None
        path = _normal(parts.path.split("/"))
        return urlunsplit((parts.scheme or "https", host, path, parts.query, ""))
    segments = parts.path.split("/")
    if not parts.path.startswith("/"):
        segments = [segment for segment in within.split("/") if segment] + segments
    return urlunsplit(("", "", _normal(segments), parts.query, ""))


def _normal(segments: list[str]) -> str:
    """Take out `.` and `..`; a path that begins with a slash never leaves its root."""
    is_rooted = segments[0] == "" and len(segments) > 1
    is_folder = segments[-1] in ("", ".", "..")
    path: list[str] = []
    for segment in segments:
        if segment == ".." and path and path[-1] != "..":
            path.pop()
        elif segment not in ("", ".", "..") or (segment == ".." and not is_rooted):
            path.append(segment)
    text = ("/" if is_rooted else "") + "/".join(path)
    return f"{text}/" if is_folder and path else text
