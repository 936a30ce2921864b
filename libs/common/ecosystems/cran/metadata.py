"""What the wire calls the metadata of R's files and packages."""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.versions import read_version
from libs.common.ecosystems.file_tables import FILES, decode_tables

FILE_TYPES = ("cran_source_package", "cran_binary_package")

_decode_stanzas = msgspec.json.Decoder(dict[str, dict[str, str]]).decode


def file_type(partition: str) -> str:
    """Return the wire's word for the kind of the files of a folder."""
    return FILE_TYPES[partition != SOURCE]


def file_metadata(payload: bytes) -> Mapping[str, Mapping[str, object]]:
    """Return the records of the files of a shard."""
    return {**_stanzas(payload)}


def package_metadata(payloads: Mapping[str, bytes]) -> Mapping[str, object]:
    """Return the metadata of a package, of its shards by folder; `version` is the newest, the license its."""
    stanzas = [stanza for payload in payloads.values() for stanza in _stanzas(payload).values()]
    # Of the newest version a source package tells the license, the Archive does not.
    newest: Mapping[str, Any] = max(
        stanzas, key=lambda stanza: (read_version(stanza["Version"]) or (), "License" in stanza), default={}
    )
    name = newest.get("Package", "")
    return {
        "name": name,
        "version": newest.get("Version", ""),
        "license": newest.get("License", ""),
        "subdirs": sorted(payloads),
        "build_number": 0,
        **dict.fromkeys(("summary", "description", "home", "dev_url", "doc_url"), ""),
        "install_cmd": f'install.packages("{name}")',
    }


def _stanzas(payload: bytes) -> Mapping[str, Mapping[str, str]]:
    return _decode_stanzas(decode_tables(payload).get(FILES, b"{}"))
