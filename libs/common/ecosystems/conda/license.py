"""Which license families a record belongs to, by conda-build's words.

The words of `license_family` and of the `license` text count together: `GPL` with
`GPL-3.0-only` is gpl and gpl3. A text of several licenses (`MIT OR Apache-2.0`) belongs to
each of their families. `gpl` is any version of the GPL, but neither LGPL nor AGPL.
A license that no row knows is `other`; a record without any is `none`.
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
_NOTHING = frozenset({"", "none", "null", "unknown"})


@lru_cache(maxsize=4096)  # 600,000 records have a few hundred different licenses
def license_families(license_text: str | None, license_family: str | None) -> frozenset[str]:
    """Return all words that fit, never none of them."""
    texts = [text.strip().lower() for text in (license_text, license_family) if text is not None]
    texts = [text for text in texts if text not in _NOTHING]
    found = frozenset(word for word, pattern in _FAMILIES for text in texts if pattern.search(text))
    if found:
        return found
    return frozenset({"other"}) if texts else frozenset({"none"})
