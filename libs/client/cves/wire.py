"""The REST API's objects of CVEs, as far as the client reads them."""

from typing import Any

import msgspec


class CveItem(msgspec.Struct, frozen=True, kw_only=True):
    """A CVE in the list."""

    id: str
    score: float | None = None
    curated: bool = False
    statuses: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    description: str = ""
    aliases: tuple[str, ...] = ()
    published_at: str | None = None


class CvePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of CVEs."""

    total_count: int
    items: tuple[CveItem, ...]


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """What a CVE affects of one package."""

    ecosystem: str
    name: str
    versions: tuple[str, ...] = ()
    ranges: tuple[tuple[dict[str, str], ...], ...] = ()


class Curation(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out."""

    status: str | None
    ecosystem: str
    package: str
    file: str | None = None
    note: str | None = None
    source: str = "person"
    by: str | None = None
    at: str = ""


class Cve(CveItem, frozen=True, kw_only=True):
    """One CVE."""

    summary: str = ""
    severity: str | None = None
    cvssv2: dict[str, Any] | None = None
    cvssv3: dict[str, Any] | None = None
    cvssv4: dict[str, Any] | None = None
    affected: tuple[Affected, ...] = ()
    references: tuple[str, ...] = ()
    curations: tuple[Curation, ...] = ()
    history: tuple[Curation, ...] = ()


class CveFile(msgspec.Struct, frozen=True, kw_only=True):
    """An affected file."""

    channel_name: str
    parent_channel_name: str | None = None
    cve_status: str
    cve_score: float | None = None
    common_name: str
    ckey: str
    confidence: str = ""


class CveFilePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of affected files."""

    total_count: int
    items: tuple[CveFile, ...]


class StatusWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to say of a CVE in a package."""

    status: str
    package: str
    ecosystem: str
    file: str | None = None
    note: str | None = None
    score: float | None = None


class CondaNames(msgspec.Struct, frozen=True, kw_only=True):
    """The map of conda's names to Python's."""

    names: dict[str, str | None]


class AdvisoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import or update did."""

    status: str
    error: str | None = None
    ecosystems: dict[str, int] = {}
    read: int = 0
    passed_over: int = 0
    broken: dict[str, int] = {}
    cves: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
