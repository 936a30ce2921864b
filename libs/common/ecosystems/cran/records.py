"""Records of PACKAGES, and the shards that they make.

Essential reading: `?available.packages`; `tools::write_PACKAGES`; the METADATA2 of cranlike repositories.

Rules of this file:
1. A record is the stanza as it stands: field -> text, fields that we do not know too.
2. `listed` has what PACKAGES does not say, and a listing of the folder or `Meta/archive.rds` does. Of a file
   of the Archive that is all: its record has a name, a version and a path.
3. A stanza without the name or the version is of no package.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from libs.common.domain.digest import Digest, is_hex_digest
from libs.common.ecosystems.cran.partitions import read_partition
from libs.common.ecosystems.file_tables import FILES, Totals, encode_tables

LISTED = "listed"

Stanza = Mapping[str, str]
"""Field -> text."""

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")


class PackageRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as far as a mirror must understand it; every value is text, as in PACKAGES."""

    package: str = msgspec.field(name="Package")
    version: str = msgspec.field(name="Version")
    depends: str | None = msgspec.field(name="Depends", default=None)
    imports: str | None = msgspec.field(name="Imports", default=None)
    linking_to: str | None = msgspec.field(name="LinkingTo", default=None)
    license: str | None = msgspec.field(name="License", default=None)
    md5sum: str | None = msgspec.field(name="MD5sum", default=None)
    file: str | None = msgspec.field(name="File", default=None)
    path: str | None = msgspec.field(name="Path", default=None)
    date_publication: str | None = msgspec.field(name="Date/Publication", default=None)
    published: str | None = msgspec.field(name="Published", default=None)
    packaged: str | None = msgspec.field(name="Packaged", default=None)
    built: str | None = msgspec.field(name="Built", default=None)

    @property
    def dated_ms(self) -> int | None:
        """When it was published, else packaged, else built, since 1970 UTC; None where no field says."""
        built = (self.built or "").split(";")
        texts = (self.date_publication, self.published, self.packaged, built[2] if len(built) > 2 else None)
        return next((at for text in texts if text is not None and (at := _date_ms(text)) is not None), None)


class Listed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of a file besides its record; `modified_ms` is since 1970 UTC.

    `known_as` is the hex of its listed digest (domain/digest.py), where its record has none of its bytes.
    """

    size_bytes: int | None = None
    sha256: str | None = None
    modified_ms: int | None = None
    known_as: str | None = None
    is_archived: bool = False


NOT_LISTED = Listed()


def filename_of(stanza: Stanza, *, partition: str) -> str:
    """Return the name of a record's file: `File`, or what R makes of package and version."""
    contrib = read_partition(partition)
    named = stanza.get("File")
    if named:
        return named
    ending = ".tar.gz"
    if "windows" in contrib.platforms:
        ending = ".zip"
    elif "macosx" in contrib.platforms:
        ending = ".tgz"
    return f"{stanza['Package']}_{stanza['Version']}{ending}"


def shard_of(stanzas: Iterable[Stanza], *, partition: str, listed: Mapping[str, Listed] | None = None) -> bytes:
    """Write the shard of one package's records; of two for one file the first counts."""
    files: dict[str, msgspec.Raw] = {}
    sizes: dict[str, int] = {}
    said: dict[str, msgspec.Raw] = {}
    for stanza in stanzas:
        filename = filename_of(stanza, partition=partition)
        if filename in files:
            continue
        files[filename] = msgspec.Raw(msgspec.json.encode(stanza, order="sorted"))
        known = (listed or {}).get(filename, NOT_LISTED)
        sizes[filename] = known.size_bytes or 0
        if known != NOT_LISTED:
            said[filename] = msgspec.Raw(msgspec.json.encode(known))
    return encode_tables({FILES: files, LISTED: said}, Totals(len(files), sum(sizes.values())))


def digests_of(record: PackageRecord, listed: Listed) -> Mapping[str, str]:
    """Return what is known of a file's bytes, strongest first: lower-case hex by algorithm."""
    said = (("sha256", listed.sha256), ("md5", record.md5sum))
    return {algorithm: text.lower() for algorithm, text in said if text and is_hex_digest(text.lower(), algorithm)}


def digest_of(record: PackageRecord, listed: Listed) -> Digest | None:
    """Return the strongest digest that is known of a file's bytes."""
    return next((Digest(*known) for known in digests_of(record, listed).items()), None)


def _date_ms(text: str) -> int | None:
    found = _DATE.match(text.strip())
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp() * 1000)
