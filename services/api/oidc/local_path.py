"""Where a browser goes after a sign-in: a page of this server and no other."""

from urllib.parse import urlsplit

from libs.common.domain.errors import InvalidInput

START = "/"
_LONGEST = 2000


def check_local_path(path: str) -> str:
    r"""Return a path that can only lead to this server.

    Browsers take `//host`, `/\host` and `/<tab>/host` for addresses of other hosts (WHATWG URL).

    Raises:
        InvalidInput: for anything else.
    """
    is_plain = path.isascii() and path.isprintable() and " " not in path and "\\" not in path
    if not is_plain or not path.startswith("/") or path.startswith("//") or len(path) > _LONGEST:
        raise _refused()
    try:
        parts = urlsplit(path)
    except ValueError as exc:
        raise _refused() from exc
    if parts.scheme or parts.netloc:
        raise _refused()
    return path


def _refused() -> InvalidInput:
    return InvalidInput(
        "next must be a path of this server that begins with one slash, such as /api/docs", field="next"
    )
