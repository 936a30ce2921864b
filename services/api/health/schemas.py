"""How an installation is, as it stands on the wire; nothing else uses it.

Of a part that could not be asked `problem` says why, and what is not known is null.
"""

import msgspec


class StoreOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the api needs: `mongodb`, `nats` or `blobs`."""

    name: str
    is_up: bool


class ServiceOut(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a service, and where it runs."""

    name: str
    id: str
    version: str
    started_at: str | None
    host: str
    pid: str


class ServicesOut(msgspec.Struct, frozen=True, kw_only=True):
    """The processes that answer; `missing` names the services of which none does."""

    items: tuple[ServiceOut, ...] | None = None
    missing: tuple[str, ...] = ()
    problem: str | None = None


class QueueOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a service has still to hear: `does` says what it does with each of these messages.

    `waiting` was not given to it yet, `in_hand` is worked on or is to be tried again, and of these
    `redelivered` were given out more than once.
    """

    service: str
    does: str
    messages: tuple[str, ...]
    waiting: int
    in_hand: int
    redelivered: int
    stream: str
    consumer: str


class StreamOut(msgspec.Struct, frozen=True, kw_only=True):
    """How much a stream of NATS keeps."""

    name: str
    messages: int
    size_bytes: int


class QueuesOut(msgspec.Struct, frozen=True, kw_only=True):
    """The queues of the services; the streams that they are in."""

    items: tuple[QueueOut, ...] | None = None
    streams: tuple[StreamOut, ...] | None = None
    problem: str | None = None


class FetchersOut(msgspec.Struct, frozen=True, kw_only=True):
    """Fetchers, and batches of files: those that they have in hand, and those that wait for one.

    Which fetcher has which batch is not known.
    """

    instances: int | None = None
    in_hand: int | None = None
    waiting: int | None = None
    problem: str | None = None


class BlobsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How much the blob store holds, as it was counted at a moment."""

    count: int
    size_bytes: int
    counted_at: str


class DiskOut(msgspec.Struct, frozen=True, kw_only=True):
    """The disk that the blob store's folder lies on."""

    free_bytes: int
    total_bytes: int


class StorageOut(msgspec.Struct, frozen=True, kw_only=True):
    """The blob store; `disk` is null for object stores, `blobs` while they are counted for the first time."""

    blobs: BlobsOut | None = None
    is_counting: bool = False
    disk: DiskOut | None = None
    problem: str | None = None


class SweepOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep, or the dry run of one, found; `refused` says why it removed nothing."""

    report_id: str
    is_dry_run: bool
    started_at: str
    finished_at: str
    size_bytes: int
    counts: dict[str, int]
    refused: str | None


class SweepsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The last sweep that came by itself, the last that somebody asked for, and when the next one comes by itself."""

    daily: SweepOut | None = None
    asked: SweepOut | None = None
    next_at: str | None = None
    problem: str | None = None


class VerificationOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found: of all channels where it names none."""

    report_id: str
    channel: str | None
    is_deep: bool
    is_repair: bool
    started_at: str
    finished_at: str
    fault_count: int


class VerifyOut(msgspec.Struct, frozen=True, kw_only=True):
    """The last verification of the last week."""

    last: VerificationOut | None = None
    problem: str | None = None


class FailureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror whose newest run failed, rests, or left out files that it could not get."""

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    run_number: int
    state: str
    reason: str | None
    failed_files: int
    at: str


class FailuresOut(msgspec.Struct, frozen=True, kw_only=True):
    """The latest of such mirrors that who asks may see, and how many there are."""

    total_count: int | None = None
    items: tuple[FailureOut, ...] | None = None
    problem: str | None = None


class DeadLettersOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages could not be handled in the last 90 days."""

    total_count: int | None = None
    problem: str | None = None


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """How everything is, at one moment, as one api sees it."""

    at: str
    version: str
    stores: tuple[StoreOut, ...]
    services: ServicesOut
    queues: QueuesOut
    fetchers: FetchersOut
    storage: StorageOut
    sweep: SweepsOut
    verify: VerifyOut
    failures: FailuresOut
    dead_letters: DeadLettersOut
