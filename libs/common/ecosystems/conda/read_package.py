"""An uploaded package file -> its shard, as a mirror would store it of a channel that has just this file.

Essential reading (in order): CEP 34 (`info/`), CEP 36 (records), CEP 12 (run_exports), CEP 38 (channeldata).

Rules of this file:
1. The shard comes out of the reader of repodata.json, so that an upload and a mirror of it are the same bytes.
2. about.json says of the package what a channel's channeldata.json would.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.told import check_same, check_told
from libs.common.ecosystems.conda.index_json import make_record, read_index_json
from libs.common.ecosystems.conda.metadata import ABOUT_TEXTS, describe_record, file_type
from libs.common.ecosystems.conda.names import CLASSIC_SECTIONS, parse_filename
from libs.common.ecosystems.conda.package_file import ABOUT, INDEX, RUN_EXPORTS, read_info
from libs.common.ecosystems.conda.read import read_repodata
from libs.common.ecosystems.conda.records import SideTables, is_clean
from libs.common.ecosystems.conda.wire import UNREADABLE
from libs.common.ecosystems.protocol import PackageRead, ReadAt

_LONGEST_TEXT = 20_000
"""Of what about.json says; the longest descriptions have 5,000 characters."""

_encode = msgspec.json.Encoder(order="sorted").encode


def read_package(
    filename: str, size_bytes: int, read_at: ReadAt, *, sha256: Sha256, md5: str, told: Mapping[str, str]
) -> PackageRead:
    """Read a package file.

    Raises:
        InvalidInput: in plain words.
    """
    if parse_filename(filename) is None:
        refuse(f"{shown(filename)} is no name of a conda package; it is NAME-VERSION-BUILD.conda, or .tar.bz2")
    file = StoredFile(size_bytes, read_at)
    check_told(told, file, sha256=sha256, md5=md5)
    info = read_info(file, filename=filename)
    index = read_index_json(info[INDEX], filename=filename)
    check_same(told, name=index.name, version=index.version)
    record = make_record(info[INDEX], sha256=sha256, md5=md5, size_bytes=size_bytes)
    about = _object(info.get(ABOUT, b"{}"), ABOUT)
    run_exports = info.get(RUN_EXPORTS)
    side = SideTables(
        run_exports={filename: _encode(_object(run_exports, RUN_EXPORTS))} if run_exports is not None else {},
        channeldata=_channeldata(index.name, about),
    )
    return PackageRead(
        partition=index.subdir,
        name=index.name,
        version=index.version,
        filename=filename,
        ckey=f"{index.subdir}/{filename}",
        payload=_shard(filename, record, subdir=index.subdir, side=side),
        file_type=file_type(filename),
        metadata=describe_record(filename, record, subdir=index.subdir, about=about),
    )


def _shard(filename: str, record: Mapping[str, Any], *, subdir: str, side: SideTables) -> bytes:
    """Return the shard that the reader makes of an index with this one file.

    Raises:
        InvalidInput: with what it says where it makes none.
    """
    section = CLASSIC_SECTIONS[filename.endswith(".conda")]
    repodata = _encode({"info": {"subdir": subdir}, section: {filename: record}})
    (shard,) = read_repodata(repodata, form="json", subdir=subdir, side=side).shards
    if shard.problems:  # pragma: no cover - all that it looks at was looked at; this bars a mistake
        refuse(f"{filename} can't be served: {shard.problems[0].reason}")
    return shard.payload


def _object(data: bytes, path: str) -> Mapping[str, Any]:
    try:
        said: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    except UNREADABLE as exc:
        refuse(f"{path} of the package can't be read: {shown(str(exc))}", cause=exc)
    if not is_clean(data):
        refuse(f"{path} of the package is not valid text, or nested too deep")
    return said


def _channeldata(name: str, about: Mapping[str, Any]) -> Mapping[str, bytes]:
    said = {key: text for key in ABOUT_TEXTS if isinstance(text := about.get(key), str) and text}
    kept = {key: text for key, text in said.items() if len(text) <= _LONGEST_TEXT}
    return {name: _encode(kept)} if kept else {}
