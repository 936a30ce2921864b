"""OSV records: what a source file says (`Wire…`), and what we keep of it (`OsvRecord`).

Essential reading (in order): the OSV schema 1.7 (osv-schema: docs/schema.md), its
validation/schema.json, and the fields of GHSA and PYSEC records that it leaves to databases.

Writers leave out a field, write null, or write an empty list, all of them for the same thing.
"""

from typing import Any

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.osv_ranges import Range


class WirePackage(msgspec.Struct, frozen=True):
    """`affected[].package`."""

    ecosystem: str
    name: str


class WireSeverity(msgspec.Struct, frozen=True):
    """`severity[]`; `score` is a vector for the types of CVSS."""

    type: str = ""
    score: str = ""


class WireRange(msgspec.Struct, frozen=True):
    """`affected[].ranges[]`; an event has one key, old ones have `introduced` and `fixed` at once."""

    type: str = ""
    events: tuple[dict[str, str | None], ...] | None = None


class WireAffected(msgspec.Struct, frozen=True):
    """`affected[]`."""

    package: WirePackage | None = None
    ranges: tuple[WireRange, ...] | None = None
    versions: tuple[str, ...] | None = None
    severity: tuple[WireSeverity, ...] | None = None
    database_specific: dict[str, Any] | None = None
    ecosystem_specific: dict[str, Any] | None = None


class WireReference(msgspec.Struct, frozen=True):
    """`references[]`."""

    url: str = ""


class WireRecord(msgspec.Struct, frozen=True):
    """One file of a dump, as far as we look into it."""

    id: str
    modified: str
    published: str | None = None
    withdrawn: str | None = None
    aliases: tuple[str, ...] | None = None
    upstream: tuple[str, ...] | None = None
    summary: str | None = None
    details: str | None = None
    severity: tuple[WireSeverity, ...] | None = None
    affected: tuple[WireAffected, ...] | None = None
    references: tuple[WireReference, ...] | None = None
    database_specific: dict[str, Any] | None = None


class Affected(msgspec.Struct, frozen=True, array_like=True):
    """What a record says of one package; versions that `ranges` hold anyway are left out."""

    ecosystem: AdvisoryEcosystem
    name: str
    versions: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()


class OsvRecord(msgspec.Struct, frozen=True, array_like=True):
    """One record of a source that affects packages of ours; times as its source writes them.

    A record that names no CVE has those that it says lie upstream among its aliases.
    `vectors` are CVSS vectors; `word` the highest severity word (LOW, …) that it has.
    """

    id: str
    modified: str
    published: str | None
    is_withdrawn: bool
    aliases: tuple[str, ...]
    summary: str
    details: str
    vectors: tuple[str, ...]
    word: str | None
    affected: tuple[Affected, ...]
    references: tuple[str, ...]

    @property
    def is_malware(self) -> bool:
        """Tell whether the packages themselves are an attack (the OpenSSF database of malicious packages)."""
        return self.id.startswith("MAL-")
