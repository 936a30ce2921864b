"""a source's answer -> what its ecosystem is told besides the bytes."""

from urllib.parse import urlsplit, urlunsplit

from libs.common.domain.source_url import has_secret
from libs.common.ecosystems.protocol import Told
from libs.common.ports.upstream import Fetched


def told_of(fetched: Fetched, *, asked: str, source: str) -> Told:
    """Say what is known of a file.

    `asked` is the URL that was asked for, `source` names what the source has (`content_digest`).
    Where a redirect led to a place that only a secret opens, the file counts as not moved:
    what it points to is looked for beside the address that was asked for.
    """
    return Told(content_type=fetched.content_type, moved_to=_moved(fetched.url, asked), source=source)


def _moved(url: str, asked: str) -> str | None:
    if url == asked:
        return None
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return None if has_secret(bare) else bare
