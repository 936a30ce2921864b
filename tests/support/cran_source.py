"""A CRAN-like repository on a local port, which a test can change, break and switch off while it runs.

What only R writes (`PACKAGES.rds`, `Meta/archive.rds`) R writes, where it is installed: no mistake of ours
can stand on both sides.
"""

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from tests.support.cran_packages import SOURCE, RPackage
from tests.support.files_source import FilesSource

_WRITE_PACKAGES = """
rows <- read.dcf("PACKAGES")
if (nrow(rows)) rownames(rows) <- rows[, "Package"]
saveRDS(rows, "PACKAGES.rds", compress = "xz")
"""
_WRITE_ARCHIVE = """
setwd("Archive")
files <- sapply(list.files(), function(name) {
  info <- file.info(list.files(name, full.names = TRUE))
  info$ctime <- info$atime <- info$mtime
  info[order(info$mtime), , drop = FALSE]
}, simplify = FALSE)
saveRDS(files, "../archive.rds")
"""
_TIMEOUT_S = 60
_MADE_AT = 1_700_000_000


class IndexFile(StrEnum):
    """A file by which a repository tells what it has."""

    RDS = "PACKAGES.rds"
    GZ = "PACKAGES.gz"
    PLAIN = "PACKAGES"
    ARCHIVE = "Meta/archive.rds"


ALL_INDEX_FILES = tuple(IndexFile)
WITHOUT_R = (IndexFile.GZ, IndexFile.PLAIN)


class CranSource(FilesSource):
    """Packages with their folders' indexes; the default ones are what R, where it is installed, can write."""

    def __init__(
        self,
        packages: Sequence[RPackage] = (),
        *,
        index_files: Iterable[IndexFile] | None = None,
        prefixes: Sequence[str] = ("/repo",),
        user: str | None = None,
    ) -> None:
        has_r = shutil.which("Rscript") is not None
        self._index_files = frozenset(index_files or (ALL_INDEX_FILES if has_r else WITHOUT_R))
        super().__init__(render_repository(packages, self._index_files), prefixes=prefixes, user=user)

    def publish(self, packages: Sequence[RPackage]) -> None:
        """Switch to a new state: these packages."""
        self.publish_files(render_repository(packages, self._index_files))


def render_repository(packages: Sequence[RPackage], index_files: Iterable[IndexFile]) -> dict[str, bytes]:
    """Return all files of a repository by their paths below it."""
    wanted = frozenset(index_files)
    files = {package.path: package.data for package in packages}
    for folder in sorted({SOURCE, *(package.folder for package in packages)}):
        own = [package for package in packages if package.folder == folder and not package.is_archived]
        text = "\n".join(map(_stanza, sorted(own, key=lambda package: package.name))).encode()
        forms = {IndexFile.PLAIN: text, IndexFile.GZ: gzip.compress(text, mtime=0)}
        if IndexFile.RDS in wanted:
            forms[IndexFile.RDS] = _by_r(_WRITE_PACKAGES, {"PACKAGES": text}, result="PACKAGES.rds")
        files |= {f"{folder}/{name}": data for name, data in forms.items() if name in wanted}
    archived = {package.path.removeprefix(f"{SOURCE}/"): package.data for package in packages if package.is_archived}
    if archived and IndexFile.ARCHIVE in wanted:
        files[f"{SOURCE}/{IndexFile.ARCHIVE}"] = _by_r(_WRITE_ARCHIVE, archived, result="archive.rds")
    return files


def _stanza(package: RPackage) -> str:
    return "".join(f"{field}: {value}\n" for field, value in package.fields.items())


def _by_r(program: str, files: dict[str, bytes], *, result: str) -> bytes:
    """Run a program in a folder of these files, and return the file that it wrote."""
    with tempfile.TemporaryDirectory(prefix="tain-r-") as folder:
        for age, (path, data) in enumerate(files.items()):
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            os.utime(place, (_MADE_AT + age, _MADE_AT + age))
        call = ["Rscript", "--vanilla", "-e", program]
        subprocess.run(call, cwd=folder, capture_output=True, timeout=_TIMEOUT_S, check=True)
        return (Path(folder) / result).read_bytes()
