"""Packages and their files as they stand on the wire (rest-api.md section 10)."""

from typing import Any, Literal

import msgspec


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a channel."""

    name: str
    family: str
    channel: str
    subchannel: str | None = None
    metadata: dict[str, Any] = {}
    download_count: int = 0
    file_count: int = 0

    @property
    def key(self) -> str:
        """`channel` or `channel/subchannel`."""
        return f"{self.channel}/{self.subchannel}" if self.subchannel else self.channel


class PackagePage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of packages."""

    total_count: int
    items: tuple[Package, ...]


class PackageFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a package; `passive` ones are fetched when a client first asks."""

    ckey: str
    name: str
    family: str
    state: str = "active"
    size: int | None = None
    url: str | None = None


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of files."""

    total_count: int
    items: tuple[PackageFile, ...]


class BulkItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package, or one file of it."""

    name: str
    family: str
    ckey: str | None = None


class BulkWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done with packages."""

    action: Literal["copy", "move", "delete"]
    items: tuple[BulkItem, ...]
    target_channel: str | None = None
    target_subchannel: str | None = None


class BulkAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The job that does it."""

    job_id: str


class BulkFailure(msgspec.Struct, frozen=True, kw_only=True):
    """One file that it could not be done with."""

    ckey: str | None = None
    reason: str = ""


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is."""

    job_id: str
    status: Literal["waiting", "running", "done", "failed"]
    done: int = 0
    total: int = 0
    failed: int = 0
    reason: str | None = None
    failures: tuple[BulkFailure, ...] = ()


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out of a channel though a mirror brings it."""

    id: str
    name: str
    family: str = ""
    ckey: str | None = None
    at: str | None = None
    by: str | None = None


class RemovalPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of removals."""

    items: tuple[Removal, ...]
