"""A record as py-rattler holds it, for its own matcher."""

import re

import msgspec
from rattler import PackageRecord
from rattler.exceptions import InvalidPackageNameError, InvalidVersionError
from rattler.package.build_string import BuildString


class _Fields(msgspec.Struct, frozen=True, gc=False):
    name: str
    version: str
    build: str
    build_number: int
    sha256: str | None = None
    md5: str | None = None
    license: str | None = None
    license_family: str | None = None
    track_features: str | list[str] | None = None


def package_record(raw: msgspec.Raw, *, subdir: str) -> PackageRecord | None:
    """Build py-rattler's record; None for old records that it can't hold, which then match no such spec."""
    try:
        fields = msgspec.json.decode(raw, type=_Fields)
        record = PackageRecord(
            fields.name.lower(),
            fields.version,
            BuildString.new_unchecked(fields.build),
            fields.build_number,
            subdir,
            sha256=bytes.fromhex(fields.sha256) if fields.sha256 else None,
            md5=bytes.fromhex(fields.md5) if fields.md5 else None,
            license=fields.license,
            license_family=fields.license_family,
        )
    except (InvalidPackageNameError, InvalidVersionError, ValueError, OverflowError, msgspec.MsgspecError):
        return None
    if fields.track_features:
        words = fields.track_features
        record.track_features = re.split(r"[ ,]+", words) if isinstance(words, str) else words
    return record
