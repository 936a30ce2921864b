"""What reports say of Python's files.

Essential reading: the purl specification's type `pypi` (file_name).
"""

from packageurl import PackageURL

from libs.common.domain.advisory import AdvisoryBook
from libs.common.ecosystems.licenses.classifiers import python_licenses_of
from libs.common.ecosystems.protocol import PackageFacts
from libs.common.ecosystems.pypi.file_view import PythonFile, read_files


def facts(payload: bytes, *, partition: str, book: AdvisoryBook) -> tuple[PackageFacts, ...]:
    """Describe the files of a shard, sorted by file name, with what the book says of them."""
    files = read_files(payload, partition=partition, book=book)
    return tuple(_describe(file) for file in sorted(files, key=lambda file: file.filename))


def _describe(file: PythonFile) -> PackageFacts:
    name, texts, digest = file.project.name, file.license, file.record.digest
    purl = PackageURL(type="pypi", name=name, version=file.version or None, qualifiers={"file_name": file.filename})
    return PackageFacts(
        ckey=file.ckey,
        filename=file.filename,
        name=name,
        version=file.version,
        size_bytes=file.size_bytes,
        digest=str(digest) if digest is not None else None,
        license=texts[0] or texts[1],
        families=tuple(sorted(python_licenses_of(*texts).families)),
        created_ms=file.created_ms,
        depends=file.metadata.requires_dist,
        purl=purl.to_string(),
        findings=file.findings,
    )
