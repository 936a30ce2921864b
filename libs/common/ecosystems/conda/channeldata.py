"""channeldata.json (CEP 38): what a channel says of each package as a whole.

It is made from one small summary per name and subdir. Where the source has an entry of
its own, that is kept, but for version, subdirs and time: those are of what this channel has.
"""

from collections.abc import Iterable

import msgspec

from libs.common.ecosystems.conda.names import NOARCH
from libs.common.ecosystems.conda.versions import Age
from libs.common.ecosystems.conda.wire import decode_raw_records

_REQUIRED: dict[str, object] = {
    **dict.fromkeys(
        ("activate.d", "binary_prefix", "deactivate.d", "post_link", "pre_link", "pre_unlink", "text_prefix"), False
    ),
    "run_exports": {},
}
"""What CEP 38 demands of an entry and no record tells."""


class Summary(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One name in one subdir: its newest version, that version's license, the newest file's time."""

    version: str
    timestamp_s: int
    license: str | None
    channeldata: bytes


encode_summary = msgspec.msgpack.Encoder().encode
_decode_summary = msgspec.msgpack.Decoder(Summary).decode


def newest_ms(encoded: bytes) -> int | None:
    """Return when the newest file of a summary was made, in milliseconds; None where no record tells."""
    return _decode_summary(encoded).timestamp_s * 1000 or None if encoded else None


def newest_version(versions: Iterable[str]) -> str:
    """Return the newest by conda's order (CEP 33); versions that are none are older than all."""
    distinct = list(versions)
    if len(distinct) == 1:
        return distinct[0]
    return max(distinct, key=lambda text: (Age(text), text), default="")


def render_channeldata(summaries: Iterable[tuple[str, str, bytes]]) -> bytes:
    """Render the file from (subdir, name, summary)."""
    subdirs = {NOARCH}
    found: dict[str, dict[str, Summary]] = {}
    for subdir, name, encoded in summaries:
        subdirs.add(subdir)
        found.setdefault(name, {})[subdir] = _decode_summary(encoded)
    packages = {name: _entry(found[name]) for name in sorted(found)}
    return msgspec.json.encode({"channeldata_version": 1, "packages": packages, "subdirs": sorted(subdirs)})


def _entry(summaries: dict[str, Summary]) -> dict[str, object]:
    version = newest_version({summary.version for summary in summaries.values()})
    newest = next(summary for _, summary in sorted(summaries.items()) if summary.version == version)
    entry: dict[str, object] = dict(_REQUIRED)
    if newest.license is not None:
        entry["license"] = newest.license
    for _, summary in sorted(summaries.items()):
        if summary.channeldata:
            entry |= decode_raw_records(summary.channeldata)
            break
    entry["subdirs"] = sorted(summaries)
    entry["timestamp"] = max(summary.timestamp_s for summary in summaries.values())
    entry["version"] = version
    return dict(sorted(entry.items()))
