"""R packages in their real formats, made in memory: the same arguments, the same bytes.

Source packages are of pure R, so that R installs them without a compiler. Binary ones are folders of
the same text in the archive of their system: enough to be listed, fetched and verified.

Essential reading: "Writing R Extensions" 1.1 (package structure); R-admin 6.6 (repositories).
"""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Mapping

import msgspec

from tests.support.tars import tar_of

SOURCE = "src/contrib"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_LISTED = ("Package", "Version", "Priority", "Depends", "Imports", "LinkingTo", "Suggests", "Enhances", "License")


class RPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One package file, and what its folder's PACKAGES says of it.

    `folder` is its contrib folder; `below` what lies between that and the file, as `Path:` says it,
    or `Archive/<name>` for one that only the archive has.
    """

    name: str
    version: str
    folder: str
    below: str
    filename: str
    data: bytes
    fields: Mapping[str, str]

    @property
    def path(self) -> str:
        """Where it lies below the repository."""
        return "/".join(part for part in (self.folder, self.below, self.filename) if part)

    @property
    def ckey(self) -> str:
        """Where it lies below a channel of ours."""
        return f"cran/{self.path}"

    @property
    def is_archived(self) -> bool:
        """Tell whether PACKAGES leaves it out."""
        return self.below.startswith("Archive/")

    @property
    def md5(self) -> str:
        """The digest that PACKAGES tells."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()


def an_r_package(
    name: str = "alpha", version: str = "1.0", *, folder: str = SOURCE, below: str = "", **fields: str
) -> RPackage:
    """Build a package with one function, `version_of_<name>`; `fields` go into its DESCRIPTION."""
    described = {
        "Package": name,
        "Version": version,
        "Title": "Made for Tests",
        "Description": "Made for tests.",
        "Author": "Tests",
        "Maintainer": "Tests <tests@example.org>",
        "License": "GPL-3",
        "NeedsCompilation": "no",
        **fields,
    }
    imported = [part.split("(")[0].strip() for part in fields.get("Imports", "").split(",") if part.strip()]
    files = {
        f"{name}/DESCRIPTION": "".join(f"{field}: {value}\n" for field, value in described.items()).encode(),
        f"{name}/NAMESPACE": "".join(
            [f"export(version_of_{name})\n", *(f"import({other})\n" for other in imported)]
        ).encode(),
        f"{name}/R/{name}.R": f'version_of_{name} <- function() "{version}"\n'.encode(),
    }
    if folder.startswith("bin/windows"):
        filename, data = f"{name}_{version}.zip", _zip(files)
    elif folder.startswith("bin/macosx"):
        filename, data = f"{name}_{version}.tgz", gzip.compress(tar_of(files), mtime=0)
    else:
        filename, data = f"{name}_{version}.tar.gz", gzip.compress(tar_of(files), mtime=0)
    listed = {field: described[field] for field in _LISTED if field in described}
    listed["MD5sum"] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if folder == SOURCE:
        listed["NeedsCompilation"] = described["NeedsCompilation"]
    if below and not below.startswith("Archive/"):
        listed["Path"] = below
    return RPackage(name=name, version=version, folder=folder, below=below, filename=filename, data=data, fields=listed)


def an_archived_package(name: str = "alpha", version: str = "0.9", **fields: str) -> RPackage:
    """Build a source package that only the archive has."""
    return an_r_package(name, version, below=f"Archive/{name}", **fields)


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, _ZIP_TIME), data)
    return out.getvalue()
