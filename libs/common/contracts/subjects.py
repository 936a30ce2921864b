"""Streams and buckets: where messages are kept, and for how long."""

import msgspec

from libs.common.contracts.messages import (
    MESSAGES,
    ArtifactDelayed,
    ArtifactFetch,
    ArtifactFetched,
    ArtifactProgress,
    MirrorProgress,
)


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One JetStream stream; `is_work_queue` means a message goes once it is acknowledged.

    A message whose id was stored less than `same_within_s` ago is not stored again.
    """

    name: str
    subjects: tuple[str, ...]
    is_work_queue: bool = False
    max_age_s: int = 0
    same_within_s: int = 120


WORK = Stream(name="TAIN_WORK", subjects=(f"{ArtifactFetch.subject}.>",), is_work_queue=True)
RESULTS = Stream(
    name="TAIN_RESULTS",
    subjects=(ArtifactFetched.subject, ArtifactDelayed.subject, ArtifactProgress.subject),
    is_work_queue=True,
)
EVENTS = Stream(
    name="TAIN_EVENTS",
    subjects=tuple(
        message.subject
        for message in MESSAGES
        if message not in (ArtifactFetch, ArtifactFetched, ArtifactDelayed, ArtifactProgress, MirrorProgress)
    ),
    max_age_s=30 * 24 * 3600,
)
DEAD_LETTERS = Stream(name="TAIN_DEAD_LETTERS", subjects=("dead.>",), max_age_s=90 * 24 * 3600, same_within_s=24 * 3600)
"""A service that dies while it buries a message may be away for long before it does so again."""

STREAMS = (WORK, RESULTS, EVENTS, DEAD_LETTERS)

STOP_FLAGS = "tain_stop_flags"
"""Key-value bucket: run id -> reason. A fetcher that starts late still sees them."""

LEASES = "tain_leases"
"""Key-value bucket: who fires, publishes or fetches what, for a few seconds."""


def stream_of(subject: str) -> Stream | None:
    """Return the stream that keeps a subject; None for plain NATS."""
    for stream in STREAMS:
        for pattern in stream.subjects:
            if subject == pattern or (pattern.endswith(".>") and subject.startswith(pattern[:-1])):
                return stream
    return None
