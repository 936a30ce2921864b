"""Objects of packages and their files as they stand on the wire; nothing else uses them."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from libs.common.domain.advisory import CveStatus
from libs.common.domain.bulk_job import BulkAction, BulkState
from libs.common.domain.channel import Privacy
from services.api.schemas import Timestamp

LONGEST_NAME = 300


class ArtifactOut(msgspec.Struct, frozen=True, kw_only=True):
    """A package of a channel, or a file that is no package.

    `file_count` and `size` are 0, and `metadata.version` empty, for a name that nobody has read yet.
    `state` is active where mirrors store all files (or people brought them), passive where files come in
    when somebody asks. `cve_score` is the highest, and there where vulnerability data is. `updated_at` is when
    the newest file was made; where no record tells, when the channel was published.
    """

    name: str
    family: str
    channel: str
    subchannel: str | None
    privacy: Privacy
    metadata: Mapping[str, object]
    download_count: int
    file_count: int
    size: int
    state: Literal["active", "passive", "mixed"]
    cve_count: int
    cve_score: float | UnsetType | None = UNSET
    updated_at: Timestamp | None


class ArtifactList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of packages."""

    total_count: int
    items: tuple[ArtifactOut, ...]


class FileCveOut(msgspec.Struct, frozen=True, kw_only=True):
    """A vulnerability of a file, as far as anybody reviewed it."""

    id: str
    score: float | None
    status: CveStatus


class ArtifactFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file; `state` is active where its bytes are here, passive where they come in when somebody asks.

    `cve_score`, `cve_status` and `cves` are there where vulnerability data is. `sbom` is where its SBOM can be had.
    `origin` and `by` tell how it came here and who brought it; `by` is null for what a mirror brings.
    """

    ckey: str
    name: str
    version: str | None
    family: str
    type: str
    channel: str
    subchannel: str | None
    metadata: Mapping[str, object]
    signatures: None = None
    created_at: Timestamp | None
    updated_at: Timestamp | None
    state: Literal["active", "passive"]
    size: int | None
    sha256: str | None
    url: str
    download_count: int
    origin: Literal["mirror", "uploaded", "copied", "moved"]
    by: str | None
    sbom: str | None = None
    cve_score: float | UnsetType | None = UNSET
    cve_status: CveStatus | UnsetType | None = UNSET
    cves: tuple[FileCveOut, ...] | UnsetType = UNSET


class ArtifactFileList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a package's files."""

    total_count: int
    items: tuple[ArtifactFileOut, ...]


class LeftOutMirror(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror whose source has a name."""

    mirror_id: str
    mirror: str


class LeftOutOut(msgspec.Struct, frozen=True, kw_only=True):
    """A name that sources have and clients do not see.

    `reasons` counts its files by what is against them: the reasons of rules and filters (`scope.reason`; a name
    that was left out unread counts as one file), `not_stored` and `not_published`.
    """

    name: str
    family: str
    reasons: Mapping[str, int]
    mirrors: tuple[LeftOutMirror, ...]


class LeftOutList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of names that are not there; `reasons` counts all names that the text and the family leave, by reason."""

    total_count: int
    reasons: Mapping[str, int]
    items: tuple[LeftOutOut, ...]


class BulkWishItem(msgspec.Struct, frozen=True, kw_only=True):
    """A package, or one of its files where there is a `ckey`."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    family: str
    ckey: Annotated[str, Meta(min_length=1, max_length=2 * LONGEST_NAME)] | None = None


class BulkWish(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of what is to be done to many files; `target_channel` is for copy and move."""

    action: BulkAction
    items: Annotated[tuple[BulkWishItem, ...], Meta(min_length=1, max_length=10_000)]
    target_channel: str | None = None
    target_subchannel: str | None = None


class BulkAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The job that does it."""

    job_id: str
    status: Literal["accepted"] = "accepted"


class BulkFailureOut(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be done; `ckey` is the package's name where all of it was asked for."""

    ckey: str
    reason: str


class BulkJobOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is; `total` and `done` count what was asked for, `failed` what could not be done."""

    job_id: str
    action: BulkAction
    status: BulkState
    done: int
    total: int
    failed: int
    failures: tuple[BulkFailureOut, ...]
    reason: str | None


class RemovalOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out of a channel though a mirror brings it: one file, or a package where `ckey` is null."""

    id: str
    name: str
    family: str
    ckey: str | None
    by: str | None
    at: Timestamp


class RemovalList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was taken out of a channel."""

    total_count: int
    items: tuple[RemovalOut, ...]
