"""What a source is, as far as its address, or a folder of this machine, tells."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

_PACKAGES = ("PACKAGES", "PACKAGES.gz", "PACKAGES.rds")
_CONTRIB = "src/contrib"


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror's type, what that is called, and what speaks for it."""

    type: str
    what: str
    reason: str


def guess_type(source: str) -> Guess | None:
    """Guess from the URL alone, and of a folder from what lies in it; None where nothing tells."""
    parts = urlsplit(source)
    path = unquote(parts.path).rstrip("/")
    if path.endswith("/simple"):
        return _python("its address ends in /simple")
    if path.endswith(("/cran", f"/{_CONTRIB}")) or (parts.hostname or "").startswith("cran."):
        return _r("its address is that of a CRAN-like repository")
    if parts.scheme != "file":
        return None
    folder = Path(path)
    if any((folder / _CONTRIB / name).is_file() for name in _PACKAGES):
        return _r(f"it has {_CONTRIB}/PACKAGES")
    if (folder / "index.html").is_file() and not any(folder.glob("*/repodata*")):
        return _python("it has index.html")
    return None


def _python(reason: str) -> Guess:
    return Guess(type="python_simple", what="a Python index", reason=reason)


def _r(reason: str) -> Guess:
    return Guess(type="CRAN", what="R packages", reason=reason)
