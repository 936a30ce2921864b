"""The records of one ecosystem as a blob: so an update needs no more than what changed."""

from collections.abc import Mapping

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.ecosystems.compression import compress_zstd, decompress_zstd
from libs.common.vulnerabilities.osv_record import OsvRecord

Records = Mapping[str, OsvRecord]
"""By id."""

_LEVEL = 6
_LIMIT_BYTES = 4 * 1024**3


def encode_records(records: Records) -> bytes:
    """Write records, the same bytes for the same content."""
    return compress_zstd(msgspec.msgpack.encode(records, order="sorted"), level=_LEVEL)


def decode_records(data: bytes) -> dict[str, OsvRecord]:
    """Read what `encode_records` wrote."""
    return msgspec.msgpack.decode(decompress_zstd(data, limit_bytes=_LIMIT_BYTES), type=dict[str, OsvRecord])


def of_ecosystem(record: OsvRecord, ecosystem: AdvisoryEcosystem) -> OsvRecord | None:
    """Return a record as far as it speaks of one ecosystem's packages; None where it does not.

    A withdrawn one may name no packages any more, and still takes back what it said.
    """
    affected = tuple(one for one in record.affected if one.ecosystem == ecosystem)
    if not affected and not record.is_withdrawn:
        return None
    return msgspec.structs.replace(record, affected=affected)
