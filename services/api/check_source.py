"""Source and proxy URLs: what is allowed, what is shown, what is sealed."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from libs.common.domain.errors import InvalidInput, SourceNotAllowed
from libs.common.domain.mirror import MirrorType
from libs.common.domain.source_url import MASK, check_proxy_url, check_source_url, has_secret, mask_url
from libs.common.ports.secrets import Seal

_TOO_FAR = {
    MirrorType.CRAN: (re.compile(r"/(src|bin/[^/]+(/[^/]+)?)/contrib(/.*)?$"), "the repository itself"),
    MirrorType.PYTHON_SIMPLE: (re.compile(r"/index\.(html|json)$"), "the address of the list of projects"),
}
"""Ends of addresses that people copy from where they were looking, by type."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A URL as people may see it, and its real form, sealed, where that differs."""

    shown: str
    sealed: str | None = None


def check_source(
    url: str, *, type: MirrorType, before: Address | None, seal: Seal, file_sources: tuple[str, ...]
) -> Address:
    """Check the URL of a source of a type; the masked form of `before` keeps its sealed secret.

    Raises:
        InvalidInput: for a URL that can't be a source, or leads into the middle of one.
        SourceNotAllowed: for a file outside of the folders that the operator allows.
    """
    checked = check_source_url(url)
    _check_root(checked, type)
    if urlsplit(checked).scheme == "file":
        _check_folder(checked, file_sources)
    return _address(checked, before=before, seal=seal, field="source_root")


def check_proxy(url: str | None, *, before: Address | None, seal: Seal) -> Address | None:
    """Check a proxy's URL as `check_source` does; None and "" mean no proxy.

    Raises:
        InvalidInput: for a URL that can't be a proxy.
    """
    if not url:
        return None
    return _address(check_proxy_url(url), before=before, seal=seal, field="proxy")


def _check_root(url: str, type: MirrorType) -> None:
    ending, what = _TOO_FAR.get(type, (None, ""))
    if ending is not None and (found := ending.search(urlsplit(url).path)):
        raise InvalidInput(f"source_root is {what}: write it without {found[0]}", field="source_root")


def _address(url: str, *, before: Address | None, seal: Seal, field: str) -> Address:
    if before is not None and url == before.shown:
        return before
    if MASK in url:
        raise InvalidInput(
            f"{field} has {MASK} where a secret was; write the secret itself, or leave {field} wholly as it was",
            field=field,
        )
    return Address(shown=mask_url(url), sealed=seal.seal(url) if has_secret(url) else None)


def _check_folder(url: str, file_sources: tuple[str, ...]) -> None:
    folder = Path(unquote(urlsplit(url).path)).resolve()
    if not any(folder.is_relative_to(Path(allowed).resolve()) for allowed in file_sources if allowed):
        raise SourceNotAllowed(
            "a file source must lie below a folder that the operator allows; "
            "name such folders in TAIN_FILE_SOURCES, then start again"
        )
