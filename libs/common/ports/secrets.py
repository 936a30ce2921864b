"""Sealing secrets, so that they can be stored and sent."""

from typing import Protocol


class Seal(Protocol):
    """Encrypts with the installation's key."""

    def seal(self, text: str) -> str:
        """Return the sealed form; unlike each time."""

    def unseal(self, sealed: str) -> str:
        """Return what was sealed.

        Raises:
            InvalidInput: when it was sealed with another key or is damaged.
        """
