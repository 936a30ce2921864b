"""What the wire calls the metadata of conda's files and packages."""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.ecosystems.conda.names import filename_of, is_later
from libs.common.ecosystems.conda.payload import CHANNELDATA, decode_payload, raw_records, record_sections
from libs.common.ecosystems.conda.versions import Age
from libs.common.ecosystems.conda.wire import UNREADABLE, decode_record

ABOUT_TEXTS = ("description", "dev_url", "doc_source_url", "doc_url", "home", "source_url", "summary")
"""What both about.json and channeldata.json (CEP 38) say of a package."""

_PACKAGE_TEXTS = ("summary", "description", "home", "dev_url", "doc_url")
_BY_INDEX = ("md5", "sha256", "size")
_KNOWN = ("name", "version", "build", "build_number", "license", *_BY_INDEX)


def file_type(filename: str) -> str:
    """Return the wire's word for the format of a file."""
    return "conda_package_2" if filename.endswith(".conda") else "conda_package_1"


def describe_record(
    filename: str, record: Mapping[str, Any], *, subdir: str, about: Mapping[str, Any]
) -> Mapping[str, object]:
    """Return the metadata of one file."""
    return {
        "about.json": about,
        "index.json": {key: value for key, value in record.items() if key not in _BY_INDEX},
        "repodata_record.json": {**record, "fn": filename, "subdir": subdir},
    }


def file_metadata(payload: bytes, *, subdir: str) -> Mapping[str, Mapping[str, object]]:
    """Return the metadata of the files of a shard; of about.json as much as its channel tells."""
    sections = decode_payload(payload)
    said = _channel_texts(sections)
    found: dict[str, Mapping[str, object]] = {}
    for section in record_sections(sections):
        for key, raw in raw_records(sections[section]).items():
            filename = filename_of(section, key) if is_later(section) else key
            record = _readable(raw)
            licenses = {key: record[key] for key in ("license", "license_family") if record.get(key)}
            found[filename] = describe_record(filename, record, subdir=subdir, about={**said, **licenses})
    return found


def package_metadata(payloads: Mapping[str, bytes]) -> Mapping[str, object]:
    """Return the metadata of a package, of its shards by subdir; `version` is the newest, the rest is of that."""
    shards = {subdir: decode_payload(payload) for subdir, payload in payloads.items()}
    records = [
        decode_record(raw)
        for sections in shards.values()
        for section in record_sections(sections)
        for raw in raw_records(sections[section]).values()
    ]
    newest = max(records, key=lambda record: (Age(record.version), record.version, record.build_number))
    said: Mapping[str, str] = next((texts for each in shards.values() if (texts := _channel_texts(each))), {})
    return {
        "name": newest.name.lower(),
        "version": newest.version,
        "license": newest.license or "",
        "subdirs": sorted(payloads),
        "build_number": newest.build_number,
        **{key: said.get(key, "") for key in _PACKAGE_TEXTS},
        "install_cmd": f"conda install {newest.name.lower()}",
    }


def _readable(raw: msgspec.Raw) -> dict[str, Any]:
    """Read a record; of one of a source's that has numbers beyond all, what can be read."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except UNREADABLE:
        known = msgspec.to_builtins(decode_record(raw))
        return {key: known[key] for key in _KNOWN if known[key] is not None}


def _channel_texts(sections: Mapping[str, bytes]) -> Mapping[str, str]:
    """Return what the source's channeldata.json says of the package, as far as it is text."""
    for raw in raw_records(sections.get(CHANNELDATA, b"")).values():
        try:
            said = msgspec.json.decode(raw, type=dict[str, Any])
        except UNREADABLE:
            continue
        return {key: said[key] for key in ABOUT_TEXTS if isinstance(said.get(key), str)}
    return {}
