"""One way to refuse what somebody brought."""

from typing import NoReturn

from libs.common.domain.errors import InvalidInput

CONTENT = "content"
"""The field of an upload that has the file."""


def refuse(reason: str, *, cause: Exception | None = None) -> NoReturn:
    """Say what is wrong with a file.

    Raises:
        InvalidInput: always.
    """
    raise InvalidInput(reason, field=CONTENT) from cause


def shown(text: str) -> str:
    """Return a text of a file as it can stand in a message."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])
