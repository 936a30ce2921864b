"""Who may say and hear what on the bus, derived from `FLOW`: no service has more than it uses.

Beside the messages themselves a service needs what JetStream is made of: subjects of its
API for its own streams and consumers, of the key-value buckets, of its own answers.
`deploy/nats/permissions.conf` is generated from this (`./tain check` compares).

1. Streams and buckets are made by `SETTERS`; who is none of them waits until they are there.
2. A consumer is made by a subject that holds its name and filter, so that both are checked.
3. Answers come to an inbox of one's own; others can't listen there.
"""

from collections.abc import Iterator, Mapping

import msgspec

from libs.common.contracts.flow import FLOW, Arrow
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MESSAGES, MirrorRequested, MirrorStop
from libs.common.contracts.subjects import DEAD_LETTERS, EVENTS, LEASES, STOP_FLAGS, STREAMS, WORK, Stream, stream_of
from libs.common.contracts.watched import WATCHER, watched_subjects

SERVICES = ("api", "scheduler", "fetcher", "indexer", "reporter")
OTHERS = "others"
"""The user of other systems, which say and hear what is public."""
OPERATOR = "operator"
"""The user of people who look after the bus; it may do anything."""
USERS = (*SERVICES, OTHERS, OPERATOR)

SETTERS = frozenset({"api", "scheduler", "indexer"})
"""Who makes streams and buckets. Not the fetcher, which speaks with the world outside."""

_LANES = {("scheduler", MirrorRequested): "runs", ("scheduler", MirrorStop): "runs"}
"""Consumers of several subjects, kept in order (`Route.lane`)."""

STATS_CALL = "$SRV.STATS"
"""What every service answers with who it is and since when (ADR-32)."""

_API = "$JS.API"


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects that a user may publish on and subscribe to, wildcards included; what is denied counts more.

    `answers` lets it answer whoever asked, once for each question.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    publish_denied: tuple[str, ...] = ()
    subscribe_denied: tuple[str, ...] = ()
    answers: bool = False


def inbox_prefix(user: str) -> str:
    """Return where a service's answers come to, without the last dot."""
    return f"_INBOX.{user}" if user in SERVICES else "_INBOX"


def durable_of(service: str, message: type[Message], *, lane: str | None = None) -> str:
    """Name the durable consumer that all processes of a service share for a message, or for a lane of several."""
    return f"{service}-{lane or message.subject.replace('.', '-')}"


def durables() -> Mapping[tuple[str, str], tuple[Arrow, ...]]:
    """Return the consumers of all services by stream and name, and what they are for."""
    found: dict[tuple[str, str], tuple[Arrow, ...]] = {}
    for service in SERVICES:
        for arrow in FLOW:
            if service in arrow.hears:
                lane = _LANES.get((service, arrow.message))
                name = _stream(arrow.message).name, durable_of(service, arrow.message, lane=lane)
                found[name] = (*found.get(name, ()), arrow)
    return found


def permissions_of(user: str) -> Permissions:
    """Return what one of `USERS` may do."""
    if user == OPERATOR:
        return Permissions(publish=(">",), subscribe=(">",))
    if user == OTHERS:
        return _of_others()
    return Permissions(
        publish=tuple(dict.fromkeys(_service_publishes(user))),
        subscribe=(f"{inbox_prefix(user)}.>", *_pings(user), *(watched_subjects() if user == WATCHER else ())),
        answers=True,
    )


def _service_publishes(service: str) -> Iterator[str]:
    for arrow in FLOW:
        if service in arrow.says:
            yield _subjects(arrow.message)
    for message in _heard_by(service):
        yield from _hearing(service, message)
    yield from (subject for stream in STREAMS for subject in _keeping(service, stream.name))
    yield from (subject for bucket in (STOP_FLAGS, LEASES) for subject in _keeping(service, f"KV_{bucket}"))
    yield from _OWN_USES.get(service, ())


def _hearing(service: str, message: type[Message]) -> Iterator[str]:
    """Yield what it takes to make one's consumer, take from it, acknowledge, and bury what can't be handled."""
    stream = _stream(message)
    lane = _LANES.get((service, message))
    consumer = f"{stream.name}.{durable_of(service, message, lane=lane)}"
    # One of several subjects is made without any in the name of the call.
    yield f"{_API}.CONSUMER.CREATE.{consumer}" + (f".{_subjects(message)}" if lane is None else "")
    yield f"{_API}.CONSUMER.INFO.{consumer}"
    yield f"{_API}.CONSUMER.MSG.NEXT.{consumer}"
    yield f"$JS.ACK.{consumer}.>"
    yield f"dead.{_subjects(message)}"


def _keeping(service: str, stream: str) -> Iterator[str]:
    """Yield what it takes to see that a stream is there, and for some to make it."""
    yield f"{_API}.STREAM.INFO.{stream}"
    if service in SETTERS:
        yield f"{_API}.STREAM.CREATE.{stream}"
        yield f"{_API}.STREAM.UPDATE.{stream}"


def _reading(bucket: str) -> tuple[str, ...]:
    stream = f"KV_{bucket}"
    return (f"{_API}.DIRECT.GET.{stream}.>", f"{_API}.STREAM.MSG.GET.{stream}")


def _watching(bucket: str) -> tuple[str, ...]:
    stream = f"KV_{bucket}"
    return (f"{_API}.CONSUMER.CREATE.{stream}", f"{_API}.CONSUMER.INFO.{stream}.*", f"$JS.FC.{stream}.>")


_LEASING = (*_reading(LEASES), f"$KV.{LEASES}.>")

_OWN_USES = {
    "api": (
        *_LEASING,
        f"{_API}.STREAM.MSG.GET.{DEAD_LETTERS.name}",
        "$SRV.PING",
        STATS_CALL,
        *(f"{_API}.CONSUMER.LIST.{stream.name}" for stream in STREAMS),
    ),
    "indexer": _LEASING,
    "scheduler": (f"$KV.{STOP_FLAGS}.>", *_watching(STOP_FLAGS), f"{_API}.STREAM.PURGE.{WORK.name}"),
    "fetcher": _watching(STOP_FLAGS),
}
"""Leases; reading dead letters, asking who is up and what waits; raising stop flags and dropping work; seeing flags."""


def _pings(service: str) -> Iterator[str]:
    """Yield where a service answers who asks for it (ADR-32)."""
    for verb in ("PING", "INFO", "STATS"):
        yield from (f"$SRV.{verb}", f"$SRV.{verb}.tain-{service}", f"$SRV.{verb}.tain-{service}.*")


def _of_others() -> Permissions:
    """Public commands to say; public events to hear now, or from the stream by consumers of their own."""
    public = [message.subject for message in MESSAGES if message.is_public]
    nouns = sorted({subject.partition(".")[0] for subject in public})
    name = EVENTS.name
    durables = sorted(
        {
            f"{name}.{durable_of(service, message, lane=_LANES.get((service, message)))}"
            for service in SERVICES
            for message in _heard_by(service)
            if _stream(message) is EVENTS
        }
    )
    return Permissions(
        publish=(
            *(arrow.message.subject for arrow in FLOW if OTHERS in arrow.says),
            f"{_API}.INFO",
            f"{_API}.STREAM.NAMES",
            f"{_API}.STREAM.INFO.{name}",
            *(f"{_API}.CONSUMER.CREATE.{name}.*.{subject}" for subject in public if stream_of(subject) is EVENTS),
            *(f"{_API}.CONSUMER.{verb}.{name}.*" for verb in ("INFO", "MSG.NEXT", "DELETE")),
            f"$JS.ACK.{name}.>",
            f"$JS.FC.{name}.>",
        ),
        # The services' consumers are theirs: who takes or acknowledges for them takes their messages away.
        publish_denied=tuple(
            subject
            for durable in durables
            for subject in (
                f"{_API}.CONSUMER.CREATE.{durable}.>",
                f"{_API}.CONSUMER.MSG.NEXT.{durable}",
                f"{_API}.CONSUMER.DELETE.{durable}",
                f"$JS.ACK.{durable}.>",
            )
        ),
        # By noun, so that one subscription hears several events in the order in which they were said.
        subscribe=("_INBOX.>", *(f"{noun}.*" for noun in nouns)),
        subscribe_denied=(
            *(f"{inbox_prefix(service)}.>" for service in SERVICES),
            *(
                message.subject
                for message in MESSAGES
                if not message.is_public and message.subject.partition(".")[0] in nouns
            ),
        ),
    )


def _heard_by(service: str) -> Iterator[type[Message]]:
    return (arrow.message for arrow in FLOW if service in arrow.hears)


def _subjects(message: type[Message]) -> str:
    """Return what a message is said on; work has its run after its subject."""
    return message.subject if stream_of(message.subject) or not _is_kept_below(message) else f"{message.subject}.>"


def _is_kept_below(message: type[Message]) -> bool:
    return stream_of(f"{message.subject}.>") is not None


def _stream(message: type[Message]) -> Stream:
    stream = stream_of(_subjects(message))
    if stream is None:
        raise ValueError(f"{message.subject} is kept by no stream and can't be heard durably")
    return stream
