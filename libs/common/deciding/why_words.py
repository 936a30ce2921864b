"""Answers to why, and how they are put in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from libs.common.domain.policy import REMOVED_BY_HAND
from libs.common.domain.upload import Upload

Status = Literal[
    "visible", "excluded", "excluded_but_visible", "frozen", "not_published", "not_stored", "conflict", "stale"
]


class WhyFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file that the spec matches: what was decided of it, and whether clients see it; `words` say it all."""

    ckey: str
    version: str
    status: Status
    words: str
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None


class WhyMirror(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mirror's answer; `versions` and `names` are what its source has where it has no such file.

    `is_unread` tells that the source has the name, and that nobody has read yet which files.
    """

    mirror: str
    mirror_id: str
    words: str
    files: tuple[WhyFile, ...] = ()
    file_count: int = 0
    versions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    is_unread: bool = False


class MissingDependency(msgspec.Struct, frozen=True, kw_only=True):
    """What a file that clients see needs and they do not: from its own dependency to the one that is missing."""

    ckey: str
    chain: tuple[str, ...]
    words: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer; `words` is its first line."""

    channel: str
    spec: str
    platform: str | None
    words: str
    mirrors: tuple[WhyMirror, ...]
    missing: tuple[MissingDependency, ...] = ()


_STATUS_WORDS: Mapping[Status, str] = {
    "visible": "visible to clients",
    "excluded_but_visible": "excluded, and still visible",
    "frozen": "kept, but the channel is frozen",
    "not_published": "kept, but the channel was not published since",
    "not_stored": "kept, but not stored",
    "conflict": "kept, but another mirror brings another file of that name",
    "stale": "gone from the source, and still visible",
}


def came_words(upload: Upload) -> str:
    """Say who put a file into the channel, how and when."""
    by = f" by {upload.by}" if upload.by is not None else ""
    return f"{upload.came}{by} on {upload.at.date().isoformat()}"


def sum_up(files: Iterable[WhyFile], policies: Mapping[str | None, str]) -> str:
    """Say of some files how many are visible, and why the others are not."""
    files = tuple(files)
    counted = Counter(
        f"excluded by {rule_words(file.rule, file.policy, policies)}"
        if file.status == "excluded"
        else _STATUS_WORDS[file.status]
        for file in files
    )
    if len(counted) == 1:
        (words,) = counted
        return f"{'its only matching file is' if len(files) == 1 else f'all {len(files)} matching files are'} {words}"
    return f"of {len(files)} matching files " + ", ".join(f"{count} {words}" for words, count in counted.items())


def sum_up_all(spec: str, mirrors: Sequence[WhyMirror], missing: Sequence[MissingDependency]) -> str:
    """Say in one line whether what a spec matches is there."""
    files = [file for mirror in mirrors for file in mirror.files]
    visible = [file for file in files if file.status in ("visible", "excluded_but_visible", "stale")]
    if not mirrors:
        return f"{spec} is not there: the channel has no mirror"
    if visible and missing:
        return f"{spec} is there, but something that it needs is not"
    if visible:
        return f"{spec} is there: clients see {len(visible)} of {len(files)} matching files"
    if files:
        return f"{spec} is not there: clients see none of the {len(files)} matching files"
    if any(mirror.is_unread for mirror in mirrors):
        return f"of {spec} it is not known: a source has the name, and nobody has read yet which files"
    return f"{spec} is not there: no source has a file that matches"


def rule_words(rule: str | None, policy: str | None, policies: Mapping[str | None, str]) -> str:
    """Name a rule and its policy; a rule without one is a filter, or for what was removed by hand."""
    if policy is None and rule == REMOVED_BY_HAND:
        return "a removal by hand"
    if policy is None:
        return f"the filter {rule}"
    return f"rule {rule} of policy {policies.get(policy, policy)}"
