"""what is wrong with a source -> what a person should do about it.

Everything here is pure: no word of an address goes further than `mask_url` lets it.
"""

from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

from libs.common.domain.errors import (
    Permanent,
    SourceNotAllowed,
    TainError,
    UnreadableIndex,
    UpstreamRefused,
    UpstreamUnavailable,
    UpstreamUnreachable,
)
from libs.common.domain.mirror import MirrorType
from libs.common.domain.source_url import has_secret
from services.api.sources.schemas import SourceProblem

WORDS: Mapping[MirrorType, str] = {
    MirrorType.CONDA: "a conda channel",
    MirrorType.PYTHON_SIMPLE: "a Python index",
    MirrorType.CRAN: "a repository of R packages",
}
_EXPECTED: Mapping[MirrorType, str] = {
    MirrorType.CONDA: "no repodata in any known subdir, such as noarch or linux-64",
    MirrorType.PYTHON_SIMPLE: "no list of projects",
    MirrorType.CRAN: "no src/contrib/PACKAGES",
}
_HINTS: tuple[tuple[type[TainError], str], ...] = (
    (
        UpstreamUnreachable,
        "Check the host name and port; this server may need a proxy, or its operator's TAIN_CA_BUNDLE, to reach it.",
    ),
    (UpstreamUnavailable, "Try again in a moment; if it stays so, check the address, and the proxy if there is one."),
    (
        UpstreamRefused,
        "Check the user and password or the token in the address: https://USER:PASSWORD@HOST/... or /t/TOKEN/.",
    ),
    (SourceNotAllowed, "Ask the operator of this server, or use another address."),
    (UnreadableIndex, "Check the address: something is there, and it is not such an index."),
)


def problem_of(error: TainError) -> SourceProblem:
    """Say what to do about an error of the source."""
    hint = next((hint for kind, hint in _HINTS if isinstance(error, kind)), "Check the address.")
    return SourceProblem(code=error.code, detail=error.message, hint=hint)


def too_slow(within_s: float) -> SourceProblem:
    """Say that nothing came in time."""
    return SourceProblem(
        code="timeout",
        detail=f"the source did not answer within {within_s:.0f} seconds",
        hint="Check the address, and the proxy if there is one; a slow source can still be mirrored.",
    )


def other_type(wanted: MirrorType, found: MirrorType) -> SourceProblem:
    """Say that it is something else."""
    return SourceProblem(
        code="other_type",
        detail=f"this is {WORDS[found]}, not {WORDS[wanted]}",
        hint=f"Choose the type for {WORDS[found]}, or check the address.",
    )


def elsewhere(url: str, *, found_at: str, type: MirrorType) -> SourceProblem:
    """Say that what is wanted is at another address; `url` is as it was entered, `found_at` too, so to say."""
    before, after = urlsplit(url).path.rstrip("/"), urlsplit(found_at).path.rstrip("/")
    ending = after.removeprefix(before) if len(after) > len(before) else before.removeprefix(after)
    how = f"with {ending} at its end" if len(after) > len(before) else f"without {ending}"
    return SourceProblem(
        code="other_address",
        detail=f"{WORDS[type]} is at the address {how}",
        hint="A mirror takes the address of the source as a whole.",
        suggestion=None if has_secret(found_at) else found_at,
    )


def nothing_found(type: MirrorType, *, why: Permanent | None) -> SourceProblem:
    """Say that there is no such index, and what there is instead; `why` is what the source said."""
    if why is not None:
        return problem_of(why)
    return SourceProblem(
        code="upstream_missing",
        detail=f"the source answers, and there is {_EXPECTED[type]} at this address",
        hint=f"Check the address: it is that of {WORDS[type]} itself, such as a browser shows it.",
    )


def addresses_nearby(root: str, *, type: MirrorType, subdirs: Collection[str]) -> tuple[str, ...]:
    """Return where people mean it to be who enter this address: one folder up or down."""
    before, _, last = root.rpartition("/")
    name = unquote(last)
    if type is MirrorType.CONDA and (name in subdirs or name.startswith(("repodata", "channeldata", "current_repo"))):
        is_file = "." in name
        grand, _, folder = before.rpartition("/")
        return (grand,) if is_file and folder in subdirs else (before,)
    if type is MirrorType.PYTHON_SIMPLE and name != "simple":
        return (f"{root}/simple",)
    return ()
