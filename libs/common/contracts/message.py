"""The base of every message on the bus."""

from typing import ClassVar

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all payloads."""

    subject: ClassVar[str]
    is_public: ClassVar[bool] = False

    @property
    def full_subject(self) -> str:
        """The subject to publish on; some messages add a token to share or purge by."""
        return self.subject
