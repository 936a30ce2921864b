"""Objects of checked sources as they stand on the wire; nothing else uses them."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SourceWish(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a source to try. Without `mirror_type` it is found out.

    With `channel` and `mirror_id` a masked `source_root` or `proxy` of that mirror keeps its secret.
    """

    source_root: Annotated[str, Meta(examples=["https://channels.example.org/main"])]
    mirror_type: Annotated[str, Meta(examples=["conda", "python_simple", "CRAN"])] | None = None
    proxy: str | None = None
    channel: str | None = None
    mirror_id: str | None = None


class SourceProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a source can't be mirrored as it was asked for, and what to do about it.

    `suggestion` is an address that would do; null where none is known, or it would show a secret.
    """

    code: Annotated[str, Meta(examples=["upstream_missing", "other_type", "timeout"])]
    detail: str
    hint: str
    suggestion: str | None = None


class SubdirOut(msgspec.Struct, frozen=True, kw_only=True):
    """A subdir of conda, or a folder of R packages, as `filters.subdirs` takes it.

    `packages` and `files` are null where the index is too large to be counted at once.
    """

    name: Annotated[str, Meta(examples=["linux-64", "windows/4.4"])]
    packages: int | None
    files: int | None
    index_bytes: int | None


class SourceCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a source is and has, as far as that is known quickly.

    `reachable` says that it is there and of the type that was asked for. `type_guess` is what it seems to
    be. `packages` counts package names over all subdirs, `projects` those of a Python index. `is_json` and
    `has_serials` are of Python: whether the index is JSON, and tells when each project changed.
    `sample` are some names. `is_partial` says that there was no time to look at all of it.
    """

    reachable: bool
    problem: SourceProblem | None
    type_guess: str | None
    source_root: str
    subdirs: tuple[SubdirOut, ...] = ()
    r_versions: tuple[str, ...] = ()
    packages: int | None = None
    projects: int | None = None
    index_bytes: int | None = None
    is_json: bool | None = None
    has_serials: bool | None = None
    sample: tuple[str, ...] = ()
    is_partial: bool = False
    took_ms: int
