"""What reports say of R packages.

Essential reading: the purl specification's type `cran`.
"""

from packageurl import PackageURL

from libs.common.domain.advisory import AdvisoryBook
from libs.common.ecosystems.cran.file_view import CranFile, read_files
from libs.common.ecosystems.cran.license import cran_licenses_of
from libs.common.ecosystems.cran.records import digest_of
from libs.common.ecosystems.protocol import PackageFacts


def facts(payload: bytes, *, partition: str, book: AdvisoryBook) -> tuple[PackageFacts, ...]:
    """Describe the files of a shard, sorted by file name, with what the book says of them."""
    files = read_files(payload, partition=partition, book=book)
    return tuple(_describe(file) for file in sorted(files, key=lambda file: file.filename))


def _describe(file: CranFile) -> PackageFacts:
    record = file.record
    digest = digest_of(record, file.listed)
    fields = (record.depends, record.imports, record.linking_to)
    return PackageFacts(
        ckey=file.ckey,
        filename=file.filename,
        name=record.package,
        version=record.version,
        size_bytes=file.size_bytes,
        digest=str(digest) if digest is not None else None,
        license=record.license,
        families=tuple(sorted(cran_licenses_of(record.license).families)),
        created_ms=file.created_ms,
        depends=tuple(
            text for field in fields if field for part in field.split(",") if (text := " ".join(part.split()))
        ),
        purl=PackageURL(type="cran", name=record.package, version=record.version).to_string(),
        findings=file.findings,
    )
