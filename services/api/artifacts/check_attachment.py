"""A file that is no package -> whether it is what it is said to be, read where it lies and within bounds."""

from collections.abc import Callable, Mapping

import msgspec
import yaml

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives.read_tar import read_tar
from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.refuse import refuse
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.unpack import unpack
from services.api.artifacts.families import ANY_FILE, ENVIRONMENT, NOTEBOOK, PROJECT, SBOM

_MIB = 1024 * 1024
_LARGEST_ENVIRONMENT = 4 * _MIB
_LARGEST_NOTEBOOK = 256 * _MIB
_LARGEST_SBOM = 256 * _MIB
_MOST_EVENTS = 200_000
"""Of a YAML file: an environment with every package of a distribution has 40,000."""

_FIELD = "content"
_OCTETS = "application/octet-stream"


class _Notebook(msgspec.Struct):
    nbformat: int
    cells: object = None
    worksheets: object = None


class _Sbom(msgspec.Struct):
    bom_format: str | None = msgspec.field(name="bomFormat", default=None)
    spdx_version: str | None = msgspec.field(name="spdxVersion", default=None)
    context: str | None = msgspec.field(name="@context", default=None)


def check_attachment(family: str, filename: str, file: StoredFile) -> str:
    """Return the media type of a file of a family.

    Raises:
        InvalidInput: when it is no such file, in words that say what is expected.
    """
    return _CHECKS[family](filename, file)


def _check_environment(filename: str, file: StoredFile) -> str:
    if not filename.endswith((".yml", ".yaml")):
        refuse(f"{filename} is no environment; its name ends with .yml or .yaml")
    text = _read(file, _LARGEST_ENVIRONMENT, "an environment")
    try:
        # Events only: nothing is built of them, so no alias can unfold.
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        seen = [type(event) for _, event in zip(range(_MOST_EVENTS), events, strict=False)]
    except (yaml.YAMLError, ValueError) as exc:
        raise InvalidInput(f"{filename} is no environment: it is not valid YAML", field=_FIELD) from exc
    if len(seen) >= _MOST_EVENTS:
        refuse(f"{filename} has more than an environment can have")
    if yaml.AliasEvent in seen:
        refuse(f"{filename} has YAML aliases, which an environment does not need; write them out")
    if yaml.MappingStartEvent not in seen[:3]:
        refuse(f"{filename} is no environment; it is a map with name, channels and dependencies")
    return "application/yaml"


def _check_notebook(filename: str, file: StoredFile) -> str:
    if not filename.endswith(".ipynb"):
        refuse(f"{filename} is no notebook; its name ends with .ipynb")
    text = _read(file, _LARGEST_NOTEBOOK, "a notebook")
    try:
        notebook = msgspec.json.decode(text, type=_Notebook)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
        raise InvalidInput(f"{filename} is no notebook: it is not the JSON of one", field=_FIELD) from exc
    if notebook.cells is None and notebook.worksheets is None:
        refuse(f"{filename} is no notebook: it has no cells")
    return "application/x-ipynb+json"


def _check_project(filename: str, file: StoredFile) -> str:
    if filename.endswith(".zip"):
        if not ZipArchive(file).paths:
            refuse(f"{filename} is an empty archive")
        return "application/zip"
    for ending, packing in _TARS.items():
        if filename.endswith(ending):
            unpacked = unpack(file.pieces(), format=packing, packed_bytes=file.size_bytes)
            read_tar(unpacked, is_wanted=lambda _: False)
            return _OCTETS
    return refuse(f"{filename} is no project; it is a .zip, .tar.gz or .tar.bz2")


def _check_sbom(filename: str, file: StoredFile) -> str:
    text = _read(file, _LARGEST_SBOM, "an SBOM")
    try:
        sbom = msgspec.json.decode(text, type=_Sbom)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
        raise InvalidInput(f"{filename} is no SBOM: it is not the JSON of one", field=_FIELD) from exc
    if sbom.bom_format != "CycloneDX" and sbom.spdx_version is None and "spdx" not in (sbom.context or ""):
        refuse(f"{filename} is no SBOM: send CycloneDX or SPDX, as JSON")
    return "application/json"


def _take_any(filename: str, file: StoredFile) -> str:
    del filename, file
    return _OCTETS


_CHECKS: Mapping[str, Callable[[str, StoredFile], str]] = {
    ENVIRONMENT: _check_environment,
    NOTEBOOK: _check_notebook,
    PROJECT: _check_project,
    SBOM: _check_sbom,
    ANY_FILE: _take_any,
}
_TARS: Mapping[str, str] = {".tar.gz": "gzip", ".tgz": "gzip", ".tar.bz2": "bzip2"}


def _read(file: StoredFile, most_bytes: int, what: str) -> bytes:
    if file.size_bytes > most_bytes:
        refuse(f"the file is larger than the {most_bytes // _MIB} MiB that {what} may have")
    return file.read()
