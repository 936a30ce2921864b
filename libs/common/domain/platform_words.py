"""The words for platforms that rules may use, of all ecosystems together.

A rule may speak of several ecosystems at once, so none can refuse another's words; what
looks like none of them is a slip of the pen.
"""

import re

from libs.common.domain.errors import InvalidInput

_WORDS = frozenset("any source noarch windows macosx win32".split())
_WITH_HYPHENS = re.compile(r"[a-z0-9*]+(?:-[a-z0-9_*]+){1,4}")
"""conda's subdirs (`linux-64`), R's builds (`big-sur-arm64`, `x86_64-pc-linux-gnu`)."""
_WHEELS = re.compile(r"(?:linux|manylinux|musllinux|macosx|win|android|ios|pyodide|emscripten|wasi)[0-9]*_[a-z0-9_*]+")
_LONGEST = 100


def platform_word(text: str, *, field: str) -> str:
    """Return a platform in lower case; `*` stands for any part of it.

    Raises:
        InvalidInput: for what can't be a platform of any ecosystem.
    """
    word = text.strip().lower()
    if len(word) <= _LONGEST and (
        "*" in word or word in _WORDS or _WITH_HYPHENS.fullmatch(word) or _WHEELS.fullmatch(word)
    ):
        return word
    raise InvalidInput(
        f"{field} has {text[:80]!r}, which is no platform; write it as linux-64, noarch, manylinux_2_28_x86_64, "
        "macosx_11_0_arm64, win_amd64, any or source",
        field=field,
    )
