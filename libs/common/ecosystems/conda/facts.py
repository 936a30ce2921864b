"""What reports say of conda's files.

Essential reading (in order): the purl specification's type `conda` (build, channel, subdir, type).
"""

import msgspec
from packageurl import PackageURL

from libs.common.domain.advisory import EMPTY_BOOK, AdvisoryBook
from libs.common.ecosystems.conda.file_view import ShardView
from libs.common.ecosystems.conda.names import filename_of, is_later, parse_filename
from libs.common.ecosystems.conda.payload import decode_payload, raw_records, record_sections
from libs.common.ecosystems.conda.timestamp import timestamp_ms
from libs.common.ecosystems.conda.wire import UNREADABLE, Record
from libs.common.ecosystems.licenses.licenses import licenses_of
from libs.common.ecosystems.protocol import PackageFacts


class _Needs(msgspec.Struct, frozen=True):
    depends: tuple[str, ...] = ()


_decode_record = msgspec.json.Decoder(Record).decode
_decode_needs = msgspec.json.Decoder(_Needs).decode


def facts(payload: bytes, *, subdir: str, book: AdvisoryBook = EMPTY_BOOK) -> tuple[PackageFacts, ...]:
    """Describe the files of a shard, sorted by file name, with what the book says of them."""
    sections = decode_payload(payload)
    described = [
        _describe(raw, key if not is_later(section) else filename_of(section, key), subdir=subdir)
        for section in record_sections(sections)
        for key, raw in raw_records(sections[section]).items()
    ]
    if described and book is not EMPTY_BOOK:
        shard = ShardView(sections, subdir=subdir, name=described[0].name, book=book)
        findings = {file.filename: file.findings for file in shard.files()}
        described = [msgspec.structs.replace(each, findings=findings[each.filename]) for each in described]
    return tuple(sorted(described, key=lambda each: each.filename))


def _describe(raw: msgspec.Raw, filename: str, *, subdir: str) -> PackageFacts:
    record = _decode_record(raw)
    name = record.name.lower()
    package = parse_filename(filename)
    qualifiers = {"build": record.build, "subdir": subdir, "type": package.kind if package is not None else ""}
    return PackageFacts(
        ckey=f"{subdir}/{filename}",
        filename=filename,
        name=name,
        version=record.version,
        build=record.build,
        size_bytes=record.size,
        digest=str(record.digest) if record.digest is not None else None,
        license=record.license,
        families=tuple(sorted(licenses_of(record.license, record.license_family).families)),
        created_ms=timestamp_ms(record.timestamp),
        depends=_needs(raw),
        purl=PackageURL(type="conda", name=name, version=record.version, qualifiers=qualifiers).to_string(),
    )


def _needs(raw: msgspec.Raw) -> tuple[str, ...]:
    """Read `depends`; an old record may have there what is no list of texts."""
    try:
        return _decode_needs(raw).depends
    except UNREADABLE:
        return ()
