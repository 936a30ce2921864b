"""Names in R's repositories, as they may stand in a path.

Essential reading: R-exts "The DESCRIPTION file".

Rules of this file:
1. A package's name is a letter, then letters, digits and dots.
2. A file's name is `<Package>_…`: so its shard is found by it.
3. Nothing that is served has a path with other than letters, digits and `._+~-` between slashes.
"""

import re

MAX_FILENAME_LENGTH = 211
_MAX_PATH_LENGTH = 200

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
_FILENAME = re.compile(r"([A-Za-z][A-Za-z0-9.]*)_[A-Za-z0-9._+~-]+")
_PATH = re.compile(r"[A-Za-z0-9._+~-]+(?:/[A-Za-z0-9._+~-]+)*")
_DOTS = re.compile(r"(?:^|/)\.+(?:/|$)")


def is_package_name(text: str) -> bool:
    """Tell whether a package may have this name."""
    return len(text) <= MAX_FILENAME_LENGTH and _NAME.fullmatch(text) is not None


def package_of(filename: str) -> str | None:
    """Return the package of a file by its name; None for what is no package's file."""
    found = _FILENAME.fullmatch(filename) if len(filename) <= MAX_FILENAME_LENGTH else None
    return found[1] if found is not None else None


def is_path(text: str) -> bool:
    """Tell whether a text is folders below a contrib folder that a file may lie in."""
    return len(text) <= _MAX_PATH_LENGTH and _PATH.fullmatch(text) is not None and _DOTS.search(text) is None


def shown(text: str) -> str:
    """Return a source's text as it can be shown to people."""
    return "".join(character if character.isprintable() else "?" for character in text[:300])
