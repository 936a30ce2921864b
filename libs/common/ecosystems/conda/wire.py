"""The parts of conda's files that we look into; everything else passes through.

Essential reading (in order): CEP 36 (repodata.json), CEP 34 (index.json), CEP 15
(base_url), CEP 16 (sharded repodata), CEP 21 (run_exports in shards).
"""

from typing import Annotated, Any

import msgspec

from libs.common.domain.digest import Digest, is_hex_digest

RawRecords = dict[str, msgspec.Raw]
"""Key -> record, not looked into."""


Size = Annotated[int, msgspec.Meta(ge=0, le=2**50)]
"""Bytes of a package file; none has a petabyte, and sums of them must fit everywhere."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record as far as a mirror must understand it.

    The fields without default are those that every client needs to read a record at all.
    `url`, `download_url` and `base_url` say where the file lies and are never served.
    """

    name: str
    version: str
    build: str
    build_number: int
    size: Size | None = None
    sha256: str | None = None
    md5: str | None = None
    license: str | None = None
    license_family: str | None = None
    timestamp: int | float | None = None
    url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    download_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    base_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def digest(self) -> Digest | None:
        """The strongest digest that the record has."""
        if self.sha256 and is_hex_digest(lower := self.sha256.lower(), "sha256"):
            return Digest("sha256", lower)
        if self.md5 and is_hex_digest(lower := self.md5.lower(), "md5"):
            return Digest("md5", lower)
        return None


class IndexInfo(msgspec.Struct, frozen=True):
    """`info` of repodata.json."""

    subdir: str | None = None
    base_url: str | None = None


class ShardIndexInfo(msgspec.Struct, frozen=True):
    """`info` of a shard index; both URLs are required by CEP 16, and yet are missing in old files."""

    subdir: str | None = None
    base_url: str = ""
    shards_base_url: str = ""


class ShardIndex(msgspec.Struct, frozen=True):
    """`repodata_shards.msgpack.zst`; old writers call the version `repodata_version`."""

    shards: dict[str, Any]
    info: ShardIndexInfo = ShardIndexInfo()
    version: int = 1


decode_top_level = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
decode_raw_records = msgspec.json.Decoder(RawRecords).decode
decode_records = msgspec.json.Decoder(dict[str, Record]).decode
decode_record = msgspec.json.Decoder(Record).decode
decode_info = msgspec.json.Decoder(IndexInfo | None).decode
decode_text = msgspec.json.Decoder(str).decode
decode_shard_index = msgspec.msgpack.Decoder(ShardIndex).decode

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are not what they should be."""
