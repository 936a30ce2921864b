"""Every message on the bus, one Struct each; the subject is part of the type.

Commands are imperative, events past tense. Evolution is additive: new fields have
defaults, readers ignore unknown ones (golden files in tests/contract/golden).
Messages carry identifiers and facts, never blobs and never a secret in clear:
`Sealed` values are encrypted with the installation's key. `by` is who asked for a change,
and `by_address` where the request came from.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from libs.common.contracts.access_messages import ACCESS_MESSAGES
from libs.common.contracts.artifact_messages import ARTIFACT_MESSAGES
from libs.common.contracts.message import Message
from libs.common.contracts.policy_messages import POLICY_MESSAGES

Sealed = str
"""A JSON Web Encryption of a secret value, compact form (RFC 7516)."""


class MirrorRequested(Message, frozen=True, kw_only=True):
    """Run this mirror now. Public: a channel and a mirror name are enough.

    `channel` is CHANNEL or CHANNEL/SUBCHANNEL. `trigger` is free to leave out, and so is
    `mirror_id`: with it the mirror is found also where it was renamed meanwhile.
    """

    subject: ClassVar[str] = "mirror.requested"
    is_public: ClassVar[bool] = True

    channel: str
    mirror: str
    trigger: Literal["user", "cron", "event"] = "event"
    requested_by: str | None = None
    by_address: str | None = None
    mirror_id: str | None = None


class MirrorStop(Message, frozen=True, kw_only=True):
    """Stop this mirror's run. Public: a channel and a mirror name are enough.

    With `mirror_id` the mirror is found also where it was renamed meanwhile.
    """

    subject: ClassVar[str] = "mirror.stop"
    is_public: ClassVar[bool] = True

    channel: str
    mirror: str
    requested_by: str | None = None
    by_address: str | None = None
    mirror_id: str | None = None


class MirrorRejected(Message, frozen=True, kw_only=True):
    """A public message that could not be followed, and what to do about it.

    `event_id` and `event_source` are those of the message that was rejected; `channel` and
    `mirror` are the names in it, where it has such.
    """

    subject: ClassVar[str] = "mirror.rejected"
    is_public: ClassVar[bool] = True

    event_id: str
    on: str
    code: str
    reason: str
    event_source: str = ""
    channel: str | None = None
    mirror: str | None = None


class MirrorStarted(Message, frozen=True, kw_only=True):
    """A run has begun; said once a run, whatever happens to who executes it.

    `request_id` and `request_source` are those of the mirror.requested that asked for it.
    """

    subject: ClassVar[str] = "mirror.started"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    run_id: str
    run_number: int
    trigger: Literal["user", "cron", "event"]
    request_id: str | None = None
    request_source: str | None = None


class MirrorProgress(Message, frozen=True, kw_only=True):
    """Where a run is; plain NATS, at most one a second and run."""

    subject: ClassVar[str] = "mirror.progress"
    is_public: ClassVar[bool] = True

    channel: str
    mirror: str
    mirror_id: str
    run_id: str
    run_number: int
    state: str
    step: str
    step_number: int
    step_percent: int
    active: int = 0
    passive: int = 0
    active_planned: int = 0
    failed: int = 0
    bytes_transferred: int = 0


class MirrorFinished(Message, frozen=True, kw_only=True):
    """A run has ended; the mirror's catalogue is what it left.

    `request_id` and `request_source` are those of the mirror.requested that asked for it,
    also where it was skipped.
    """

    subject: ClassVar[str] = "mirror.finished"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    run_id: str
    run_number: int
    state: Literal["completed", "failed", "stopped", "skipped"]
    reason: str | None = None
    request_id: str | None = None
    request_source: str | None = None


class MirrorCreated(Message, frozen=True, kw_only=True):
    """A mirror was made."""

    subject: ClassVar[str] = "mirror.created"

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    by: str | None = None
    by_address: str | None = None


class MirrorUpdated(Message, frozen=True, kw_only=True):
    """A mirror was edited; it applies from the next run. `fields` names what changed, never to what."""

    subject: ClassVar[str] = "mirror.updated"

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    fields: tuple[str, ...] = ()
    by: str | None = None
    by_address: str | None = None


class MirrorDeleted(Message, frozen=True, kw_only=True):
    """A mirror is gone; `packages` says what becomes of what it brought."""

    subject: ClassVar[str] = "mirror.deleted"

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    packages: Literal["keep", "remove"] = "keep"
    by: str | None = None
    by_address: str | None = None


class CatalogueDropped(Message, frozen=True, kw_only=True):
    """A deleted mirror's packages leave the channel."""

    subject: ClassVar[str] = "catalogue.dropped"

    channel: str
    channel_id: str
    mirror_id: str


class ChannelCreated(Message, frozen=True, kw_only=True):
    """A channel or subchannel was made."""

    subject: ClassVar[str] = "channel.created"

    channel: str
    channel_id: str
    by: str | None = None
    by_address: str | None = None


class ChannelUpdated(Message, frozen=True, kw_only=True):
    """A channel's description, privacy or filters changed; `fields` names which."""

    subject: ClassVar[str] = "channel.updated"

    channel: str
    channel_id: str
    fields: tuple[str, ...] = ()
    by: str | None = None
    by_address: str | None = None


class ChannelDeleted(Message, frozen=True, kw_only=True):
    """A channel is gone; its revisions may go too."""

    subject: ClassVar[str] = "channel.deleted"

    channel: str
    channel_id: str
    by: str | None = None
    by_address: str | None = None


class ChannelFrozen(Message, frozen=True, kw_only=True):
    """A channel holds its published revision from now on."""

    subject: ClassVar[str] = "channel.frozen"

    channel: str
    channel_id: str
    by: str | None = None
    by_address: str | None = None


class ChannelUnfrozen(Message, frozen=True, kw_only=True):
    """A channel may be published again, and is."""

    subject: ClassVar[str] = "channel.unfrozen"

    channel: str
    channel_id: str
    by: str | None = None
    by_address: str | None = None


class ChannelRolledBack(Message, frozen=True, kw_only=True):
    """Clients read an older revision's content again, as revision `number`; the channel is frozen since."""

    subject: ClassVar[str] = "channel.rolledback"

    channel: str
    channel_id: str
    revision_id: str
    number: int
    rolled_back_to: int
    by: str | None = None
    by_address: str | None = None


class ChannelPublished(Message, frozen=True, kw_only=True):
    """Clients now read this revision of the channel."""

    subject: ClassVar[str] = "channel.published"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    revision_id: str
    number: int
    artifact_count: int
    size_bytes: int
    files_written: int


class FileToFetch(msgspec.Struct, frozen=True, array_like=True):
    """One file of a batch; `url` is relative to the batch's origin or absolute."""

    ckey: str
    url: str
    digest: str
    size_bytes: int | None = None


class ArtifactFetch(Message, frozen=True, kw_only=True):
    """Fetch, verify and store these files. Work queue: one fetcher takes each batch.

    `origin` is a sealed `Origin` as JSON: the base URL with its token, and the proxy. A batch
    below 0 has what belongs to package files, and is not counted.
    """

    subject: ClassVar[str] = "artifact.fetch"

    run_id: str
    mirror_id: str
    attempt: int
    batch: int
    origin: Sealed
    files: tuple[FileToFetch, ...]

    @property
    def full_subject(self) -> str:
        """`artifact.fetch.<run>`: the queued work of one run can be purged at once."""
        return f"{self.subject}.{self.run_id}"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a batch's files come from; only ever travels sealed.

    `home` is the source's root as the operator entered it, None where that is `base_url`.
    """

    base_url: str
    proxy: str | None = None
    home: str | None = None


class StoredFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that is in the blob store; `fetched_bytes` is 0 where it already was."""

    ckey: str
    sha256: str
    size_bytes: int
    fetched_bytes: int


class CveWord(msgspec.Struct, frozen=True, array_like=True):
    """What a package says of a CVE in itself (info/security.json); `status` in the wire's words."""

    cve: str
    status: str
    comment: str | None = None


class FailedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that could not be stored, and why."""

    ckey: str
    code: str
    reason: str


class ArtifactFetched(Message, frozen=True, kw_only=True):
    """What became of a batch; `not_tried` are ckeys that were dropped because the run was stopped.

    `cves` has, by ckey, what packages that were stored say of themselves. `received_bytes`
    is the sum of this fetcher process for the run so far, as in artifact.progress.
    """

    subject: ClassVar[str] = "artifact.fetched"

    run_id: str
    mirror_id: str
    attempt: int
    batch: int
    stored: tuple[StoredFile, ...] = ()
    failed: tuple[FailedFile, ...] = ()
    not_tried: tuple[str, ...] = ()
    is_stopped: bool = False
    cves: Mapping[str, tuple[CveWord, ...]] = {}
    fetcher: str = ""
    received_bytes: int = 0


class ArtifactProgress(Message, frozen=True, kw_only=True):
    """What one fetcher process received for a run so far, at most once a second; the sum never shrinks.

    Bytes of files that failed, were tried again or dropped count, those of other fetchers do not.
    """

    subject: ClassVar[str] = "artifact.progress"

    run_id: str
    fetcher: str
    received_bytes: int


class ArtifactDelayed(Message, frozen=True, kw_only=True):
    """A batch that waits, since its fetcher's store does not take it now, and why."""

    subject: ClassVar[str] = "artifact.delayed"

    run_id: str
    mirror_id: str
    attempt: int
    batch: int
    reason: str


class ArtifactServed(Message, frozen=True, kw_only=True):
    """Package files that clients got, counted by the api over a short while, which ended at `at`.

    `counts` is by ckey. `by_user` says the same by the name of who got them, "" for people without a token.
    """

    subject: ClassVar[str] = "artifact.served"

    channel: str
    channel_id: str
    counts: dict[str, int]
    at: datetime | None = None
    by_user: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)


class GarbageSweep(Message, frozen=True, kw_only=True):
    """Remove what nothing names and is older than the grace period, or only tell what that is.

    `only` narrows it to these blobs. The answer is a report under `report_id`.
    """

    subject: ClassVar[str] = "garbage.sweep"

    report_id: str
    is_dry_run: bool = False
    grace_s: float | None = None
    only: tuple[str, ...] = ()
    requested_by: str | None = None
    by_address: str | None = None


class GarbageSwept(Message, frozen=True, kw_only=True):
    """A sweep, or the dry run of one, has ended; `refused` says why it removed nothing."""

    subject: ClassVar[str] = "garbage.swept"
    is_public: ClassVar[bool] = True

    report_id: str
    is_dry_run: bool
    blob_count: int
    size_bytes: int
    refused: str | None = None


class ChannelVerify(Message, frozen=True, kw_only=True):
    """Compare store, catalogues and index of one channel, or of all; `is_deep` reads every file.

    The answer is a report under `report_id`.
    """

    subject: ClassVar[str] = "channel.verify"

    report_id: str
    channel: str | None = None
    is_deep: bool = False
    is_repair: bool = False
    requested_by: str | None = None
    by_address: str | None = None


class ChannelVerified(Message, frozen=True, kw_only=True):
    """A verification has ended; `fault_count` things are missing or damaged."""

    subject: ClassVar[str] = "channel.verified"
    is_public: ClassVar[bool] = True

    report_id: str
    channel: str | None
    fault_count: int


MESSAGES: tuple[type[Message], ...] = (
    MirrorCreated,
    MirrorUpdated,
    MirrorDeleted,
    MirrorRequested,
    MirrorStop,
    MirrorRejected,
    MirrorStarted,
    MirrorProgress,
    MirrorFinished,
    CatalogueDropped,
    ChannelCreated,
    ChannelUpdated,
    ChannelDeleted,
    ChannelFrozen,
    ChannelUnfrozen,
    ChannelRolledBack,
    ChannelPublished,
    ArtifactFetch,
    ArtifactFetched,
    ArtifactProgress,
    ArtifactDelayed,
    ArtifactServed,
    GarbageSweep,
    GarbageSwept,
    ChannelVerify,
    ChannelVerified,
    *POLICY_MESSAGES,
    *ARTIFACT_MESSAGES,
    *ACCESS_MESSAGES,
)
