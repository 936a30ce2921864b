"""Files that enrich an index: `run_exports.json` (CEP 12) and `channeldata.json` (CEP 38).

They are extras: one that is missing, damaged or too big is treated as absent.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import ZSTD_MAGIC, decompress_zstd
from libs.common.ecosystems.conda.names import is_package_filename, is_revision
from libs.common.ecosystems.conda.records import SideTables, is_clean
from libs.common.ecosystems.conda.wire import UNREADABLE, RawRecords, decode_raw_records, decode_top_level
from libs.common.ecosystems.protocol import SideFile

_LIMIT_BYTES = 512 * 1024 * 1024
"""Ten times the biggest known: conda-forge's run_exports.json has 35 MB, its channeldata.json about as much."""


class _RunExports(msgspec.Struct, frozen=True, gc=False):
    run_exports: msgspec.Raw = msgspec.Raw(b"{}")


_decode_run_exports = msgspec.json.Decoder(dict[str, _RunExports]).decode
_decode_later_run_exports = msgspec.json.Decoder(dict[str, dict[str, _RunExports]]).decode


def side_files(subdir: str) -> tuple[SideFile, ...]:
    """Name the files that enrich a subdir's index."""
    return (
        SideFile(name="run_exports", paths=(f"{subdir}/run_exports.json.zst", f"{subdir}/run_exports.json")),
        SideFile(name="channeldata", paths=("channeldata.json",)),
    )


def read_side_files(files: Mapping[str, bytes]) -> SideTables:
    """Read what is there of `run_exports` and `channeldata`."""
    return SideTables(
        run_exports=_run_exports(files.get("run_exports", b"")),
        channeldata=_channeldata(files.get("channeldata", b"")),
    )


# Each shard of a sharded source is read by itself, 30,000 times with the same two side
# files; reading them each time would cost hours.
@lru_cache(maxsize=1)
def _run_exports(data: bytes) -> Mapping[str, msgspec.Raw | bytes]:
    found: dict[str, msgspec.Raw | bytes] = {}
    try:
        for section, raw in decode_top_level(_plain(data)).items():
            if section in ("packages", "packages.conda"):
                found |= {key: entry.run_exports for key, entry in _decode_run_exports(raw).items()}
            elif is_revision(section):
                for kind, entries in _decode_later_run_exports(raw).items():
                    found |= {f"{key}.{kind}": entry.run_exports for key, entry in entries.items()}
    except (*UNREADABLE, UnreadableIndex):
        return {}
    return {filename: raw for filename, raw in found.items() if is_package_filename(filename) and _is_clean_object(raw)}


@lru_cache(maxsize=1)
def _channeldata(data: bytes) -> Mapping[str, msgspec.Raw | bytes]:
    try:
        top = decode_top_level(_plain(data))
        packages: RawRecords = decode_raw_records(top["packages"]) if "packages" in top else {}
    except (*UNREADABLE, UnreadableIndex):
        return {}
    return {name.lower(): raw for name, raw in packages.items() if _is_clean_object(raw)}


def _plain(data: bytes) -> bytes | bytearray:
    if data.startswith(ZSTD_MAGIC):
        return decompress_zstd(data, limit_bytes=_LIMIT_BYTES)
    return data


def _is_clean_object(raw: msgspec.Raw | bytes) -> bool:
    text = bytes(raw)
    return text.startswith(b"{") and is_clean(text)
