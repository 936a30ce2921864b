"""What may be typed as SOURCE: a channel's URL, or a folder of this machine."""

import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from libs.client.errors import ClientError, CommandFailed

SOURCE_NOT_ALLOWED = "source_not_allowed"


def source_url(typed: str) -> str:
    """Return the URL; a folder becomes file://.

    Raises:
        CommandFailed: for what is neither.
    """
    if "://" in typed:
        return typed
    folder = Path(typed).expanduser()
    if not folder.is_dir():
        raise CommandFailed(f"{typed!r} is neither a URL (https://...) nor a folder of this machine")
    return folder.resolve().as_uri()


def with_hint(refusal: ClientError, source: str) -> ClientError:
    """Say of a refused file source what the operator can do about it."""
    if refusal.code != SOURCE_NOT_ALLOWED or not source.startswith("file:"):
        return refusal
    folder = unquote(urlsplit(source).path)
    return ClientError(
        f"the server may not read {folder}; start it with --allow-file-source and this folder or one above it: "
        f"./tain up --allow-file-source {shlex.quote(folder)}",
        status=refusal.status,
        code=refusal.code,
    )
