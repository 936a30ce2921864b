"""Files of a project as simple indexes describe them, and the shards that they make.

Essential reading: the simple repository API specification (PEP 691 JSON, 700, 592, 740);
the core metadata specification (PEP 658 serves it beside the file).

Rules of this file:
1. A record is the object of `files` as it stands, keys that we do not know too.
2. `metadata` has of each file's core metadata what rules and closures ask for: the index
   itself says nothing of licenses and dependencies.
3. A file without metadata of its own, as most sdists, has that of another file of its version.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from packaging.metadata import parse_email

from libs.common.domain.digest import Digest, is_hex_digest
from libs.common.ecosystems.file_tables import ABOUT, FILES, Totals, encode_tables

METADATA = "metadata"
PARTITION = "simple"
"""The one partition: the root of the index."""

_LONGEST_LICENSE = 2000


class FileRecord(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A record as far as a mirror must understand it."""

    url: str = ""
    hashes: Mapping[str, str] = {}
    size: int | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str | None = None
    gpg_sig: bool | None = None
    provenance: str | None = None

    @property
    def digest(self) -> Digest | None:
        """The strongest digest that the record has of those that we know."""
        for algorithm in ("sha256", "md5"):
            text = self.hashes.get(algorithm)
            if text and is_hex_digest(lower := text.lower(), algorithm):
                return Digest(algorithm, lower)
        return None

    @property
    def uploaded_ms(self) -> int | None:
        """When it was uploaded, since 1970 UTC; None where the record does not say."""
        try:
            at = datetime.fromisoformat(self.upload_time or "")
        except ValueError:
            return None
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


class CoreMetadata(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a file says of itself, as far as rules and closures ask."""

    license_expression: str | None = None
    license: str | None = None
    classifiers: tuple[str, ...] = ()
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None


class About(msgspec.Struct, frozen=True):
    """What is said of the project as a whole."""

    name: str


def read_metadata(data: bytes) -> CoreMetadata:
    """Read a METADATA or PKG-INFO file; fields that can't be read are left out, as installers do."""
    raw, _ = parse_email(data)
    said = raw.get("license")
    return CoreMetadata(
        license_expression=raw.get("license_expression"),
        license=said[:_LONGEST_LICENSE] if said is not None else None,
        classifiers=tuple(raw.get("classifiers", ())),
        requires_dist=tuple(raw.get("requires_dist", ())),
        requires_python=raw.get("requires_python"),
    )


def shard_of(
    project: str, files: Iterable[Mapping[str, Any]], *, metadata: Mapping[str, CoreMetadata] | None = None
) -> bytes:
    """Write the shard of a project, by its normalised name; `metadata` by file name."""
    raws = {str(file["filename"]): msgspec.Raw(msgspec.json.encode(file, order="sorted")) for file in files}
    sizes = [msgspec.json.decode(raw, type=FileRecord).size or 0 for raw in raws.values()]
    said = {name: msgspec.Raw(msgspec.json.encode(one)) for name, one in (metadata or {}).items() if name in raws}
    about = {"name": msgspec.Raw(msgspec.json.encode(project))}
    return encode_tables({FILES: raws, METADATA: said, ABOUT: about}, Totals(len(raws), sum(sizes)))
