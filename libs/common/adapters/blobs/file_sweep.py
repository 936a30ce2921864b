"""Removing old blobs of a folder beside others who find and store them.

A blob's age is its file's time of change. Who is about to name a blob sets that time; it
fails where the file is gone. A sweep moves the file out of the way first and looks at its
time then: who came before the move has made the file young, and it is put back; who comes
after finds nothing, and stores the blob again. A sweep that is killed between the two
leaves the file in `swept/`, from where the next one puts it back.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from libs.common.adapters.blobs.alias import read_alias
from libs.common.domain.digest import Blob, Sha256, is_hex_digest


class FileSweep:
    """The slow half of `FileBlobStore`; its methods are called in threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = root / "swept"

    def folders(self, algorithm: str) -> list[Path]:
        """Return the folders that files of one algorithm lie in."""
        with suppress(FileNotFoundError):
            return sorted(path for path in (self._root / algorithm).iterdir() if path.is_dir())
        return []

    def older_in(self, folder: Path, than_s: float) -> list[Blob]:
        """List a folder's blobs that were stored or renewed before a time."""
        blobs: list[Blob] = []
        for entry, status in _files_of(folder):
            name = folder.name + entry.name
            if status.st_mtime < than_s and is_hex_digest(name, "sha256"):
                blobs.append(Blob(sha256=Sha256(name), size_bytes=status.st_size))
        return blobs

    def sweep(self, place: Path, older_than_s: float) -> bool:
        """Remove a file unless it is young; tell whether it was removed."""
        self._swept.mkdir(exist_ok=True)
        aside = self._swept / f"{place.parent.parent.name}-{place.parent.name}{place.name}-{uuid.uuid4().hex}"
        try:
            place.rename(aside)
        except FileNotFoundError:
            return False
        with suppress(FileNotFoundError):  # another sweep took it for left over, and put it back
            if aside.stat().st_mtime < older_than_s:
                aside.unlink()
                return True
            _put_back(aside, place)
        return False

    def recover(self) -> None:
        """Put back what a sweep that was killed had moved out of the way."""
        with suppress(FileNotFoundError):
            for aside in list(self._swept.iterdir()):
                algorithm, name, _ = aside.name.split("-")
                _put_back(aside, self._root / algorithm / name[:2] / name[2:])

    def tidy(self, folder: Path, older_than_s: float) -> int:
        """Remove a folder's old aliases whose blobs are gone; return how many."""
        tidied = 0
        for entry, status in _files_of(folder):
            if status.st_mtime < older_than_s and not self._leads_somewhere(Path(entry.path)):
                tidied += self.sweep(Path(entry.path), older_than_s)
        return tidied

    def _leads_somewhere(self, alias: Path) -> bool:
        with suppress(FileNotFoundError):
            blob = read_alias(alias.read_bytes())
            return blob is not None and (self._root / "sha256" / blob.sha256[:2] / blob.sha256[2:]).exists()
        return False


def made_young(place: Path) -> bool:
    """Set a file's time of change to now; False where there is no such file.

    It is looked at once more: a sweep may have taken the file away between the two steps
    of setting a time, which are finding the file and changing it.
    """
    try:
        os.utime(place)
        place.stat()
    except FileNotFoundError:
        return False
    return True


def _put_back(aside: Path, place: Path) -> None:
    """Give a file its name again, unless another one was stored under it meanwhile."""
    with suppress(FileExistsError, FileNotFoundError):
        os.link(aside, place)
    aside.unlink(missing_ok=True)


def _files_of(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                yield entry, entry.stat()
