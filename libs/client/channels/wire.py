"""Revisions of channels as they stand on the wire."""

import msgspec


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that made a revision differ from the one before."""

    kind: str
    mirror: str | None = None
    run: int | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a revision was made."""

    rolled_back_to: int | None = None
    user: str | None = None
    causes: tuple[Cause, ...] = ()


class PackagesChanged(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages came, went, or have other files."""

    added: int = 0
    removed: int = 0
    changed: int = 0


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One published state of a channel."""

    number: int
    published_at: str
    is_current: bool = False
    artifact_count: int = 0
    size_bytes: int = 0
    package_count: int | None = None
    packages: PackagesChanged | None = None
    by: Reason = Reason()
    can_roll_back: bool = False
    why_not: str | None = None
    remarks: tuple[str, ...] = ()


class RevisionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of them."""

    total_count: int
    items: tuple[Revision, ...]


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, and their bytes together."""

    files: int = 0
    size_bytes: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two revisions, counted."""

    packages: PackagesChanged
    added: Amount
    removed: Amount
    replaced: Amount
    unread: int = 0
    removed_by_hand: int = 0


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came, went, or has other bytes."""

    ckey: str
    change: str
    size_bytes: int | None = None
    is_removed_by_hand: bool = False


class PackageChange(msgspec.Struct, frozen=True, kw_only=True):
    """A package that differs, with its files that do."""

    name: str
    family: str
    change: str
    is_unread: bool = False
    files: tuple[FileChange, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what differs."""

    revision: int
    against: int | None = None
    summary: Summary | None = None
    items: tuple[PackageChange, ...] = ()
    next_cursor: str | None = None


class RollBackWish(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a roll back."""

    revision: int


class RolledBack(msgspec.Struct, frozen=True, kw_only=True):
    """What clients read since."""

    revision: int
    rolled_back_to: int
    published_at: str
