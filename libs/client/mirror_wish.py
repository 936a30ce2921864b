"""What was typed for a mirror -> the whole object that the server takes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.errors import UsageFailed
from libs.client.guess_type import Guess
from libs.client.wire import Mirror, MirrorWish

DEFAULT_CRON = "0 0 1 * *"
NAME_ENDS = {"conda": "conda", "python_simple": "python", "CRAN": "r"}
"""What the name of a channel's mirror ends in where one of another type has the plain one."""
TYPES = tuple(NAME_ENDS)


class MirrorOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    source: str
    channel: str
    name: str | None
    type: str | None
    mode: str | None
    subdir: tuple[str, ...]
    project: tuple[str, ...]
    spec: tuple[str, ...]
    exclude: tuple[str, ...]
    cron: str | None
    proxy: str | None
    upstream_removals: str | None
    policy: str | None
    privacy: str | None
    stop_on_interrupt: bool


def wish_for(typed: MirrorOptions, *, name: str, source: str, guess: Guess | None, before: Mirror | None) -> MirrorWish:
    """Put together what the mirror shall be; what was not typed stays, or takes its default.

    Raises:
        UsageFailed: for options that do not go together.
    """
    proxy = typed.proxy if typed.proxy is not None else before.proxy if before else None
    return MirrorWish(
        mirror_name=name,
        source_root=source,
        mirror_type=typed.type or (before.mirror_type if before else guess.type if guess else "conda"),
        mirror_mode=typed.mode or (before.mirror_mode if before else "passive"),
        cron=typed.cron or (before.cron if before else DEFAULT_CRON),
        proxy=proxy or None,
        upstream_removals=typed.upstream_removals or (before.upstream_removals if before else None),
        policy=msgspec.UNSET if typed.policy is None else typed.policy or None,
        filters=_filters(typed, before.filters if before else {}),
        run_now=True,
    )


def _filters(typed: MirrorOptions, before: dict[str, Any]) -> dict[str, Any]:
    """Lay what was typed over the filters that are there."""
    if typed.spec and typed.exclude:
        raise UsageFailed("--spec stands alone; leave out --exclude")
    # One takes the place of the other, since a mirror can't have both.
    replaced = ("exclude_specs", "include_specs") if typed.spec else ("only_specs",) if typed.exclude else ()
    kept = {key: value for key, value in before.items() if key not in replaced}
    wanted = {
        "subdirs": split(typed.subdir),
        "projects": split(typed.project),
        "only_specs": typed.spec,
        "exclude_specs": typed.exclude,
    }
    return {**kept, **{key: list(value) for key, value in wanted.items() if value}}


def split(words: Sequence[str]) -> tuple[str, ...]:
    """Take lists apart that were written with commas."""
    return tuple(part.strip() for word in words for part in word.split(",") if part.strip())
