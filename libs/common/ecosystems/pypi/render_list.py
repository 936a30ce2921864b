"""Rendering the list of projects, JSON and HTML, in one pass over the names.

Essential reading: PEP 691 and 503 on the project list.

Each name's `_digest` is that of its shard: who mirrors this list knows which pages are new without
asking for each (read_list.py). A name that nobody has read yet has none.
"""

from collections.abc import Mapping

from libs.common.domain.digest import sha256_of
from libs.common.ecosystems.protocol import Sink
from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.pypi.wire import API_VERSION, VERSION_META

JSON_PATH = f"{PARTITION}/index.json"
HTML_PATH = f"{PARTITION}/index.html"

_NAMES_AT_ONCE = 2000
_DIGEST_SIGNS = 20

_JSON_HEAD = b'{"meta":{"api-version":"%b"},"projects":[' % API_VERSION.encode()
_JSON_FOOT = b"]}"
_HTML_HEAD = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta name="%b" content="%b">\n<title>Simple index</title>\n'
    b"</head>\n<body>\n" % (VERSION_META.encode(), API_VERSION.encode())
)
_HTML_FOOT = b"</body>\n</html>\n"


class ListWriter:
    """Implements `protocol.PartitionWriter`."""

    def __init__(self, *, sinks: Mapping[str, Sink]) -> None:
        self._json, self._html = sinks[JSON_PATH], sinks[HTML_PATH]
        self._json.write(_JSON_HEAD)
        self._html.write(_HTML_HEAD)
        self._waiting: list[tuple[str, str]] = []
        self._is_first = True

    def add(self, name: str, payload: bytes, *, rendered_sha256: bytes | None) -> None:
        """Take the next name; names are normalised, and need no escapes."""
        del rendered_sha256
        digest = f',"_digest":"{sha256_of(payload)[:_DIGEST_SIGNS]}"' if payload else ""
        self._waiting.append((name, digest))
        if len(self._waiting) >= _NAMES_AT_ONCE:
            self._write()

    def finish(self) -> frozenset[str]:
        """Write what is left; return the paths of both."""
        if self._waiting:
            self._write()
        self._json.write(_JSON_FOOT)
        self._html.write(_HTML_FOOT)
        return frozenset({JSON_PATH, HTML_PATH})

    def _write(self) -> None:
        entries = ",".join([f'{{"name":"{name}"{digest}}}' for name, digest in self._waiting])
        self._json.write((entries if self._is_first else f",{entries}").encode())
        self._html.write("".join([f'<a href="{name}/">{name}</a><br>\n' for name, _ in self._waiting]).encode())
        self._waiting.clear()
        self._is_first = False


def empty_list(path: str) -> bytes | None:
    """Render what a channel without projects serves at a path; None for any other path."""
    return {JSON_PATH: _JSON_HEAD + _JSON_FOOT, HTML_PATH: _HTML_HEAD + _HTML_FOOT}.get(path)
