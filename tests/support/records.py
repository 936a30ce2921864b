"""Builders of records with dull defaults; a test names what it is about."""

from datetime import UTC, datetime, timedelta

import msgspec

from libs.common.adapters.nats.envelope import EventInfo
from libs.common.domain.assignment import Assignment
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.domain.digest import Sha256
from libs.common.domain.history import HistoryEntry
from libs.common.domain.mirror import Mirror, MirrorMode, MirrorType
from libs.common.domain.policy import Action, Among, Policy, Rule, Where
from libs.common.domain.revision import IndexFile, Revision, RevisionMirror
from libs.common.domain.run import Run, RunId, RunState

NOON = datetime(2026, 5, 17, 12, 0, 0, 123000, tzinfo=UTC)
"""A time to the millisecond, which is what MongoDB keeps."""


def minutes_on(count: int) -> datetime:
    """Return the time so many minutes after NOON."""
    return NOON + timedelta(minutes=count)


def an_event(event_id: str = "event", *, source: str = "/tests") -> EventInfo:
    """Return the envelope of a message that was said at noon."""
    return EventInfo(id=event_id, time=NOON, source=source)


def a_channel(key: str = "main", **changes: object) -> Channel:
    """Return a channel whose id is made of its key."""
    channel = Channel(id=f"id-of-{key}", key=ChannelKey(key), created_at=NOON)
    return msgspec.structs.replace(channel, **changes)


def a_published(number: int = 1) -> PublishedRevision:
    """Return a pointer to a revision."""
    return PublishedRevision(
        number=number, revision_id=f"revision-{number}", published_at=NOON, artifact_count=3, size_bytes=5_000_000_000
    )


def a_mirror(name: str = "forge", *, channel: str = "main", **changes: object) -> Mirror:
    """Return a passive conda mirror whose id is made of its name."""
    mirror = Mirror(
        id=f"id-of-{name}",
        name=name,
        channel=ChannelKey(channel),
        channel_id=f"id-of-{channel}",
        source_root="https://source.example/forge",
        type=MirrorType.CONDA,
        mode=MirrorMode.PASSIVE,
        created_at=NOON,
    )
    return msgspec.structs.replace(mirror, **changes)


def a_run(run_id: str = "run", *, mirror_id: str = "id-of-forge", **changes: object) -> Run:
    """Return a pending run that has no number yet."""
    run = Run(
        id=RunId(run_id),
        mirror_id=mirror_id,
        channel=ChannelKey("main"),
        number=0,
        state=RunState.PENDING,
        requested_at=NOON,
    )
    return msgspec.structs.replace(run, **changes)


def a_head(mirror_id: str = "id-of-forge", *, run_number: int = 1, channel_id: str = "id-of-main") -> CatalogueHead:
    """Return a catalogue head that differs by its run."""
    return CatalogueHead(
        mirror_id=mirror_id,
        channel_id=channel_id,
        catalogue=Sha256(f"{run_number:064x}"),
        manifest=Sha256("a" * 64),
        run_id=f"run-{run_number}",
        run_number=run_number,
    )


def a_revision(number: int = 1, *, channel_id: str = "id-of-main", **changes: object) -> Revision:
    """Return a revision of one mirror and one file."""
    mirror = RevisionMirror(
        mirror_id="id-of-forge",
        type=MirrorType.CONDA,
        mode=MirrorMode.PASSIVE,
        catalogue=Sha256("c" * 64),
        rules=Sha256("d" * 64),
    )
    revision = Revision(
        id=f"{channel_id}-{number}",
        channel_id=channel_id,
        number=number,
        created_at=NOON,
        mirrors=(mirror,),
        files={"noarch/repodata.json": IndexFile(Sha256("e" * 64), 6_000_000_000)},
        contents=Sha256("f" * 64),
        artifact_count=1,
        size_bytes=2,
    )
    return msgspec.structs.replace(revision, **changes)


def an_entry(entry_id: str = "event", **changes: object) -> HistoryEntry:
    """Return an entry of a channel's history."""
    entry = HistoryEntry(
        id=entry_id, channel_id="id-of-main", channel="main", event_type="channel_created", created=NOON
    )
    return msgspec.structs.replace(entry, **changes)


def a_policy(name: str = "production", *rules: Rule, **changes: object) -> Policy:
    """Return the first revision of a policy whose id is made of its name; one rule unless others are given."""
    policy = Policy(
        id=f"id-of-{name}", name=name, rules=rules or (a_rule(),), created_at=NOON, saved_at=NOON, saved_by="admin"
    )
    return msgspec.structs.replace(policy, **changes)


def a_rule(id: str = "no-gpl", **changes: object) -> Rule:
    """Return a rule that leaves out one license family."""
    rule = Rule(id=id, action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))
    return msgspec.structs.replace(rule, **changes)


def an_assignment(policy: str = "production", *, channel: str = "main", mirror: str | None = None) -> Assignment:
    """Return a place of a policy, whose token is made of all three."""
    return Assignment(
        token=f"{policy}-{channel}-{mirror}",
        policy_id=f"id-of-{policy}",
        channel=ChannelKey(channel),
        channel_id=f"id-of-{channel}",
        mirror_id=f"id-of-{mirror}" if mirror else None,
        at=NOON,
    )
