"""An sdist that somebody brought: what its name says, and its PKG-INFO.

Essential reading (in order): the source distribution format specification (PEP 517, 625, 643).

Rules of this file:
1. The metadata are PKG-INFO in the folder at the top; an archive with several has none.
2. A name of older days (`a.b-1.0`, `A-B-1.0`) is taken, if normalised it is the name and version that
   PKG-INFO says: where the version begins the name alone does not tell.
"""

import re

from libs.common.ecosystems.archives.read_tar import read_tar
from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.unpack import unpack

ENDINGS = (".tar.gz", ".zip")
"""PEP 527 and 625; no tool of today makes others."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*-[0-9A-Za-z][A-Za-z0-9._!+-]*\.(?:tar\.gz|zip)")
_INFO = "PKG-INFO"


def check_sdist_name(filename: str) -> None:
    """Refuse what is no name of an sdist.

    Raises:
        InvalidInput: saying so.
    """
    if not is_sdist_name(filename):
        refuse(f"{shown(filename)} is no name of an sdist; it is NAME-VERSION.tar.gz")


def is_sdist_name(filename: str) -> bool:
    """Tell whether an sdist can have this name."""
    return _NAME.fullmatch(filename) is not None


def read_sdist(file: StoredFile, *, filename: str) -> bytes:
    """Return PKG-INFO of an sdist.

    Raises:
        InvalidInput: for what is no sdist.
    """
    if filename.endswith(".zip"):
        archive = ZipArchive(file)
        found = {path: archive.read(path) for path in archive.paths if _is_info(path)}
    else:
        unpacked = unpack(file.pieces(), format="gzip", packed_bytes=file.size_bytes)
        found = dict(read_tar(unpacked, is_wanted=_is_info))
    if len(found) != 1:
        refuse(f"{filename} has {len(found)} {_INFO} in a folder at its top; an sdist has one")
    return next(iter(found.values()))


def _is_info(path: str) -> bool:
    return path.count("/") == 1 and path.endswith(f"/{_INFO}")
