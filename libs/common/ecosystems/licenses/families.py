"""License families, by conda-build's words.

`gpl` is any version of the GPL, but neither LGPL nor AGPL. A text that no row knows is
`other`; no text at all is `none`.
"""

import re
from functools import lru_cache

_GPL = r"(?:(?<![al])gpl|(?<!lesser )(?<!library )(?<!affero )general public licen[cs]e)"
_VERSION = r"[ ,_-]*\(?(?:>=? ?)?(?:version ?|v\.? ?)?"

_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (word, re.compile(pattern))
    for word, pattern in (
        ("agpl", r"agpl|affero"),
        ("lgpl", r"lgpl|lesser general public|library general public"),
        ("gpl", _GPL),
        ("gpl2", _GPL + _VERSION + "2"),
        ("gpl3", _GPL + _VERSION + "3"),
        ("bsd", r"bsd"),
        ("mit", r"\bmit\b"),
        ("apache", r"apache|\basl[ -]?2"),
        ("psf", r"\bpsf|\bpython(?: software foundation|-2\.0)"),
        ("public_domain", r"public[ _-]?domain|unlicense|\bcc0"),
        ("proprietary", r"proprietary|commercial|\beula\b|all rights reserved"),
        ("mozilla", r"mozilla|\bmpl\b|\bmpl[ -]?[0-9]"),
        ("cc", r"\bcc[ -](?:by|nc|nd|sa)|creative commons|^cc$"),
    )
)

OTHER = "other"
NONE = "none"
FAMILIES = frozenset({word for word, _ in _FAMILIES} | {OTHER, NONE})
"""Every word that a family has."""

_NOTHING = frozenset({"", "none", "null", "unknown"})
_LONGEST = 2000


def is_nothing(text: str | None) -> bool:
    """Tell whether a license field says nothing."""
    return text is None or text.strip().lower() in _NOTHING


@lru_cache(maxsize=4096)  # 600,000 records have a few hundred different licenses
def families_of(*texts: str | None) -> frozenset[str]:
    """Return the families of texts that describe one license together, never none of them."""
    said = [text.strip().lower()[:_LONGEST] for text in texts if text is not None and not is_nothing(text)]
    found = frozenset(word for word, pattern in _FAMILIES for text in said if pattern.search(text))
    if found:
        return found
    return frozenset({OTHER}) if said else frozenset({NONE})
