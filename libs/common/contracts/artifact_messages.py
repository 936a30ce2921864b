"""Messages about package files that people put into channels and take out of them."""

from typing import ClassVar, Literal

from libs.common.contracts.message import Message


class ArtifactRegistered(Message, frozen=True, kw_only=True):
    """Somebody put a file into a channel, by upload or from another channel (`source_channel`).

    It shows when the channel is published with it; a policy may leave it out.
    """

    subject: ClassVar[str] = "artifact.registered"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    ckey: str
    artifact_family: str
    how: Literal["uploaded", "copied", "moved"] = "uploaded"
    source_channel: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    by: str | None = None
    by_address: str | None = None


class ArtifactRemoved(Message, frozen=True, kw_only=True):
    """Somebody took a file out of a channel, or a whole package (`name`, where `ckey` is None).

    Or, where `is_restored`, let in again what was taken out of a mirror's files.
    """

    subject: ClassVar[str] = "artifact.removed"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    artifact_family: str
    ckey: str | None = None
    name: str | None = None
    is_restored: bool = False
    by: str | None = None
    by_address: str | None = None


ARTIFACT_MESSAGES: tuple[type[Message], ...] = (ArtifactRegistered, ArtifactRemoved)
