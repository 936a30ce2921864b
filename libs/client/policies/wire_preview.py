"""What the client sends and reads of previews; unknown keys are ignored."""

import msgspec

from libs.common.domain.policy_document import DocumentRule


class PreviewWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """POST of a preview."""

    policy: str | None = None
    rules: tuple[DocumentRule, ...] | None = None
    channel: str | None = None
    mirror: str | None = None
    uninstallable: bool = True


class PreviewPromised(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to it, whether the preview is there already or not."""

    report_id: str


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files, and their bytes together."""

    files: int
    size_bytes: int


class Packages(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages, and some of their names."""

    count: int
    names: tuple[str, ...]


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many files one rule leaves out."""

    rule: str
    policy: str | None
    policy_name: str | None
    reason: str
    before: int
    after: int


class PreviewFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that would come or go."""

    ckey: str
    name: str
    version: str
    change: str
    size_bytes: int | None = None
    rule: str | None = None
    detail: str | None = None


class MirrorPreview(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror."""

    mirror: str
    mirror_id: str
    channel: str
    before: Amount
    after: Amount
    gained: Amount
    lost: Amount
    packages_gained: Packages
    packages_lost: Packages
    rules: tuple[RuleCount, ...]
    files_gained: tuple[PreviewFile, ...]
    files_lost: tuple[PreviewFile, ...]


class Uninstallable(msgspec.Struct, frozen=True, kw_only=True):
    """A package that could not be installed any more."""

    name: str
    channel: str
    platform: str
    goes: str
    rule: str | None = None
    policy_name: str | None = None
    reasons: tuple[str, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would change; `uninstallable` is None while `solving`."""

    report_id: str
    title: str
    gained: Amount
    lost: Amount
    mirrors: tuple[MirrorPreview, ...]
    not_yet_run: tuple[str, ...] = ()
    solving: bool = False
    uninstallable: tuple[Uninstallable, ...] | None = ()
    unsolved: int = 0
