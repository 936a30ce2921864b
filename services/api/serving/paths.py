"""Request paths of package clients: where the token stands, and what is asked of which channel.

Taken from the raw path of the request, so that each segment is decoded once and a
decoded slash or `..` can't make a path out of a name.

    /api/repo/<channel>/…              no token in the path
    /api/repo/t/<TOKEN>/<channel>/…    conda with `channel_alias: …/api/repo`
    /t/<TOKEN>/api/repo/<channel>/…    conda without an alias, and py-rattler
"""

from urllib.parse import unquote_to_bytes

import msgspec

from libs.common.domain.errors import NotFound

_BASE = ("api", "repo")
_TOKEN_MARK = "t"  # noqa: S105 - the segment before a token


class PackagePath(msgspec.Struct, frozen=True, kw_only=True):
    """The token in the path, if any, and the decoded segments from the channel's name on.

    `is_folder` says that the path ends with a slash.
    """

    token: str | None
    segments: tuple[str, ...]
    is_folder: bool = False


def parse_path(raw_path: bytes) -> PackagePath:
    """Read a raw request path.

    Raises:
        NotFound: for a path that can't be any package's: empty, `.` or `..` segments,
            slashes, backslashes and control characters inside a segment, bytes that are
            not UTF-8.
    """
    raw_segments = raw_path.partition(b"?")[0].split(b"/")[1:]
    is_folder = bool(raw_segments) and not raw_segments[-1]
    if is_folder:
        raw_segments.pop()
    segments = tuple(_decode(segment) for segment in raw_segments)
    token, segments = _take_token(segments)
    if segments[:2] != _BASE:
        raise _nothing()
    segments = segments[2:]
    if token is None:
        token, segments = _take_token(segments)
    if not segments:
        raise _nothing()
    return PackagePath(token=token, segments=segments, is_folder=is_folder)


def _take_token(segments: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    if len(segments) > 1 and segments[0] == _TOKEN_MARK:
        return segments[1], segments[2:]
    return None, segments


def _decode(raw_segment: bytes) -> str:
    try:
        segment = unquote_to_bytes(raw_segment).decode()
    except UnicodeDecodeError as exc:
        raise _nothing() from exc
    is_plain = all(character.isprintable() and character not in "/\\" for character in segment)
    if segment in ("", ".", "..") or not is_plain:
        raise _nothing()
    return segment


def _nothing() -> NotFound:
    return NotFound("there is no package or index file at this address")
