"""What the wire calls the metadata of Python's files and projects."""

from collections.abc import Mapping

from packaging.metadata import RawMetadata

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.ecosystems.pypi.file_view import PythonFile, read_files
from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.pypi.shard_files import project_of
from libs.common.ecosystems.pypi.specs import in_order, read_version

FILE_TYPES = ("bdist_wheel", "sdist")

_CORE = (
    "metadata_version", "summary", "author", "author_email", "maintainer", "maintainer_email", "home_page",
    "download_url", "project_urls", "keywords", "license", "license_expression", "classifiers", "platforms",
    "requires_python", "requires_dist", "provides_extra", "description_content_type",
)  # fmt: skip
"""What an uploader wants to see again; descriptions are whole manuals."""


def file_type(filename: str) -> str:
    """Return the wire's word for the kind of a file."""
    return "bdist_wheel" if filename.endswith(".whl") else "sdist"


def describe_core(raw: RawMetadata) -> Mapping[str, object]:
    """Return what core metadata say of a file."""
    said: Mapping[str, object] = {**raw}
    return {key: said[key] for key in _CORE if key in said}


def file_metadata(payload: bytes) -> Mapping[str, Mapping[str, object]]:
    """Return the metadata of the files of a shard; of core metadata what was read of them."""
    return {file.filename: _describe(file) for file in read_files(payload, partition=PARTITION, book=EMPTY_BOOK)}


def project_metadata(payload: bytes) -> Mapping[str, object]:
    """Return the metadata of a project; `version` is the newest, a stable one where there is one, the license its."""
    files = read_files(payload, partition=PARTITION, book=EMPTY_BOOK)
    versions = in_order({file.version for file in files})
    stable = [text for text in versions if (read := read_version(text)) is not None and not read.is_prerelease]
    version = next(reversed(stable or versions), "")
    name = project_of(payload)
    return {
        "name": name,
        "version": version,
        "license": next((_license(file) for file in files if file.version == version), ""),
        "subdirs": [],
        "build_number": 0,
        **dict.fromkeys(("summary", "description", "home", "dev_url", "doc_url"), ""),
        "install_cmd": f"pip install {name}",
    }


def _describe(file: PythonFile) -> Mapping[str, object]:
    metadata = file.metadata
    return {
        "name": file.project.name,
        "version": file.version,
        "packagetype": file_type(file.filename),
        "license": _license(file),
        "classifiers": metadata.classifiers,
        "requires_dist": metadata.requires_dist,
        "requires_python": file.record.requires_python or metadata.requires_python,
        "upload_time": file.record.upload_time,
        "yanked": file.record.yanked or False,
    }


def _license(file: PythonFile) -> str:
    texts = file.license
    return texts[0] or texts[1] or ""
