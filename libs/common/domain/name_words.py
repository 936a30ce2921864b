"""The package names that rules may use, of all ecosystems together."""

import re

from libs.common.domain.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9_.*-]{1,200}")


def name_word(text: str, *, field: str) -> str:
    """Return a package name without blanks around it, as it is written; `*` stands for any part of it.

    Raises:
        InvalidInput: for characters that no package of any ecosystem has.
    """
    word = text.strip()
    if _NAME.fullmatch(word):
        return word
    raise InvalidInput(f"{field} has {text[:80]!r}, which is no package name; * stands for any part", field=field)
