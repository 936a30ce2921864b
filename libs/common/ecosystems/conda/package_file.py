"""The metadata that stand in a package file, in either format.

Essential reading (in order): CEP 34 (what `info/` holds), CEP 35 (`.conda`, a ZIP of two tarballs).
"""

from collections.abc import Iterator, Mapping

import msgspec

from libs.common.ecosystems.archives.read_tar import read_tar
from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.refuse import refuse
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.unpack import unpack
from libs.common.ecosystems.conda.wire import UNREADABLE

INDEX = "info/index.json"
ABOUT = "info/about.json"
RUN_EXPORTS = "info/run_exports.json"

_WANTED = frozenset((INDEX, ABOUT, RUN_EXPORTS))
_FORMAT = "metadata.json"
_FORMAT_VERSION = 2
_LARGEST_INFO_BYTES = 2 * 1024 * 1024 * 1024
"""Unpacked: recipes, licenses and files of tests, which seldom have 100 MB."""


class _Format(msgspec.Struct, frozen=True):
    conda_pkg_format_version: int


def read_info(file: StoredFile, *, filename: str) -> Mapping[str, bytes]:
    """Return index.json and, where they are there, about.json and run_exports.json, by their paths.

    Raises:
        InvalidInput: for what is no such package.
    """
    is_zip = filename.endswith(".conda")
    unpacked = (
        _info_of_conda(file, filename)
        if is_zip
        else unpack(file.pieces(), format="bzip2", packed_bytes=file.size_bytes)
    )
    found = read_tar(unpacked, is_wanted=_WANTED.__contains__)
    if INDEX not in found:
        refuse(f"{filename} has no {INDEX}; it is no conda package")
    return found


def _info_of_conda(file: StoredFile, filename: str) -> Iterator[bytes]:
    archive = ZipArchive(file)
    stem = filename.removesuffix(".conda")
    expected = (_FORMAT, f"info-{stem}.tar.zst", f"pkg-{stem}.tar.zst")
    for path in expected:
        if path not in archive.paths:
            refuse(f"{filename} has no {path}; a .conda file has {', '.join(expected)}")
    try:
        version = msgspec.json.decode(archive.read(_FORMAT), type=_Format).conda_pkg_format_version
    except UNREADABLE as exc:
        refuse(f"{_FORMAT} of {filename} can't be read", cause=exc)
    if version != _FORMAT_VERSION:
        refuse(f"{filename} is of version {version} of the format; only {_FORMAT_VERSION} is known")
    size_bytes, packed = archive.stored(expected[1])
    return unpack(packed, format="zstd", packed_bytes=size_bytes, largest=_LARGEST_INFO_BYTES)
