"""Objects of CVEs as they stand on the wire; nothing else uses them.

The keys of section 11 of the wire contract are the incumbent's; the others are ours.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.advisory import AdvisoryEcosystem, Confidence, CveStatus
from services.api.schemas import Timestamp


class CveItemOut(msgspec.Struct, frozen=True, kw_only=True):
    """A CVE in the list; of the two scores the one of the newer version of CVSS.

    `score` is the one that policies compare: the highest by any version, or by the severity
    word of the database. `curated` is true where somebody has reviewed it. `packages` are names.
    """

    id: str
    cvssv3_score: float | UnsetType | None = UNSET
    cvssv2_score: float | UnsetType = UNSET
    score: float | None
    curated: bool
    statuses: tuple[CveStatus, ...]
    packages_count: int
    packages: tuple[str, ...]
    description: str
    published_at: Timestamp | None
    modified_at: Timestamp | None
    aliases: tuple[str, ...]


class CveList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of CVEs, newest ids first."""

    total_count: int
    items: tuple[CveItemOut, ...]


class CvePackageOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a CVE affects of one package: OSV's events of each range, and versions besides."""

    ecosystem: AdvisoryEcosystem
    name: str
    versions: tuple[str, ...]
    ranges: tuple[tuple[dict[str, str], ...], ...]


class CurationOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out; `status` is null in the history where it was taken back."""

    status: CveStatus | None
    ecosystem: AdvisoryEcosystem
    package: str
    file: str | None
    note: str | None
    score: float | None
    source: str
    by: str | None
    at: Timestamp


class CveOut(CveItemOut, frozen=True, kw_only=True):
    """One CVE; the parts of CVSS as its own JSON schemas have them."""

    summary: str
    severity: str | None
    cvssv2: dict[str, Any] | None
    cvssv3: dict[str, Any] | None
    cvssv4: dict[str, Any] | None
    malware: bool
    sources: tuple[str, ...]
    references: tuple[str, ...]
    affected: tuple[CvePackageOut, ...]
    curations: tuple[CurationOut, ...]
    history: tuple[CurationOut, ...]


class CveFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a channel that a CVE affects; `confidence` says how the two were matched."""

    channel_name: str
    parent_channel_name: str | None
    artifact_family: str
    cve_status: CveStatus
    cve_score: float | None
    common_name: str
    version: str
    ckey: str
    confidence: Confidence


class CveFileList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of files."""

    total_count: int
    items: tuple[CveFileOut, ...]


class ChannelCveOut(msgspec.Struct, frozen=True, kw_only=True):
    """A CVE that files of a channel have: the most severe of their statuses, and how many they are."""

    id: str
    score: float | None
    status: CveStatus
    statuses: dict[str, int]
    packages: tuple[str, ...]
    file_count: int


class ChannelCveList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a channel's CVEs, the highest score first; `file_count` counts files that have any."""

    total_count: int
    file_count: int
    items: tuple[ChannelCveOut, ...]


class CveReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One CVE of one file."""

    cve: str
    score: float | None
    status: CveStatus
    confidence: Confidence
    family: str
    package: str
    version: str
    ckey: str


class StatusWish(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a status: for all files of a package, or those that the glob `file` matches.

    `score` is for CVEs that no advisory has a score of.
    """

    status: CveStatus
    package: Annotated[str, Meta(min_length=1, max_length=214)]
    ecosystem: AdvisoryEcosystem = "conda"
    file: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    note: Annotated[str, Meta(max_length=4000)] | None = None
    score: Annotated[float, Meta(ge=0, le=10)] | None = None


class CondaNamesOut(msgspec.Struct, frozen=True, kw_only=True):
    """The curated map of conda's names to Python's; null for packages that are none of Python's."""

    names: dict[str, str | None]


class UpdateAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report will be: `/api/system/reports/<report_id>`."""

    report_id: str
