"""Files of a project as simple indexes describe them, and the shards that they make.

Essential reading: the simple repository API specification (PEP 691 JSON, 700, 592, 740);
the core metadata specification (PEP 658 serves it beside the file).

Rules of this file:
1. A record is the object of `files` as it stands, keys that we do not know too; but `url` and
   `provenance` say where we serve these, as clients shall read it.
2. `locations` and `provenances` say where the source has them: relative to its root, or absolute.
   A file that lies at `<project>/<filename>` has no entry.
3. `listed` has the digests that we made of what is known (`listed_digest`), by what they are of:
   the file itself (""), or the ending of a companion (companions.py).
4. `metadata` has of each file's core metadata what rules and closures ask for: the index
   itself says nothing of licenses and dependencies.
5. A file without metadata of its own, as most sdists, has that of another file of its version.
6. `about` is the page without its files: `name` (normalised), `meta` without the version of the
   API, and every other key as it stands.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
from packaging.metadata import parse_email

from libs.common.domain.digest import LISTED, Digest, Expected, is_hex_digest
from libs.common.ecosystems.table_shards import Known

LOCATIONS = "locations"
PROVENANCES = "provenances"
LISTED_DIGESTS = "listed"
METADATA = "metadata"
PARTITION = "simple"
"""The one partition: the root of the index."""

ITSELF = ""
"""The key of a file's own digest in `listed`."""

QUARANTINED = "quarantined"
"""The status of a project (PEP 792) whose index may not offer any file."""

_LONGEST_LICENSE = 2000


Said = bool | Mapping[str, str] | None
"""Whether there is core metadata beside a file, with its digests where they are known."""


class FileRecord(msgspec.Struct, frozen=True, gc=False, rename="kebab"):
    """A record as far as a mirror must understand it."""

    hashes: Mapping[str, str] = {}
    size: int | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str | None = None
    gpg_sig: bool | None = None
    provenance: str | None = None
    core_metadata: Said = None
    dist_info_metadata: Said = None
    data_dist_info_metadata: Said = None

    @property
    def metadata(self) -> Said:
        """What is said of core metadata, under the name of today (PEP 714), or an older one."""
        said = (self.core_metadata, self.dist_info_metadata, self.data_dist_info_metadata)
        return next((one for one in said if one is not None), None)

    @property
    def has_metadata(self) -> bool:
        """Whether the source serves core metadata beside the file."""
        return self.metadata not in (None, False)

    @property
    def known(self) -> Known:
        """What it says of the file's bytes."""
        return Known(self.size, {algorithm.lower(): text.lower() for algorithm, text in self.hashes.items()})

    @property
    def digest(self) -> Digest | None:
        """The strongest digest that the record has of those that we know."""
        return best_digest(self.hashes)

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


class ProjectStatus(msgspec.Struct, frozen=True):
    """PEP 792."""

    status: str = "active"
    reason: str | None = None


class About(msgspec.Struct, frozen=True, rename="kebab"):
    """What is said of the project as a whole, as far as a mirror must understand it."""

    name: str
    project_status: ProjectStatus = ProjectStatus()
    meta: Mapping[str, msgspec.Raw] = {}


decode_about = msgspec.json.Decoder(About).decode
decode_records = msgspec.json.Decoder(dict[str, FileRecord]).decode
decode_texts = msgspec.json.Decoder(dict[str, str]).decode
"""Of the tables `locations` and `provenances`."""
decode_listed = msgspec.json.Decoder(dict[str, dict[str, str]]).decode


def best_digest(hashes: Mapping[str, str]) -> Digest | None:
    """Return the strongest digest of those that we know."""
    for algorithm in ("sha256", "md5"):
        text = hashes.get(algorithm)
        if text and is_hex_digest(lower := text.lower(), algorithm):
            return Digest(algorithm, lower)
    return None


def expected_of(record: FileRecord, listed: Mapping[str, str]) -> Expected:
    """Say what a file must be, by its record or by what is listed of it."""
    return Expected(digest=record.digest or Digest(LISTED, listed[ITSELF]), size_bytes=record.size)


def served_url(filename: str) -> str:
    """Return where a file is served: beside the page that lists it."""
    return quote(filename, safe="!")


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
