"""What happens to a channel can be read in its history."""

from collections.abc import Sequence
from typing import get_args, get_type_hints

import msgspec
import pytest

from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.nats.envelope import EventInfo
from libs.common.contracts import access_messages as x
from libs.common.contracts import artifact_messages as a
from libs.common.contracts import messages as m
from libs.common.contracts import policy_messages as p
from libs.common.contracts.message import Message
from libs.common.domain.history import EVENT_TYPES, HistoryEntry, HistoryFilter
from services.reporter.record_history import NO_CHANNEL, RECORDED, record_history
from tests.support.records import NOON, a_channel

PLACE = {"channel": "main", "channel_id": "id-of-main"}
MIRROR = {**PLACE, "mirror": "forge", "mirror_id": "id-of-forge"}
POLICY = {"policy_id": "id-of-strict", "name": "strict"}
DECIDED = {**MIRROR, "catalogue": "c", "cause": "filters", "files": 3, "added": 1, "removed": 2}
FILE = {**PLACE, "ckey": "noarch/tiny-1-0.conda", "artifact_family": "conda"}
TOKEN = {"token_id": "t", "name": "laptop", "user": "ann"}
FINISHED = {**MIRROR, "run_id": "run", "run_number": 3}
PUBLISHED = {**PLACE, "revision_id": "r", "number": 1, "artifact_count": 2, "size_bytes": 3, "files_written": 4}

EVENTS: Sequence[tuple[Message, str]] = (
    (m.ChannelCreated(**PLACE), "channel_created"),
    (msgspec.convert(PLACE, m.ChannelUpdated), "channel_updated"),
    (m.ChannelDeleted(**PLACE), "channel_deleted"),
    (m.ChannelFrozen(**PLACE), "channel_frozen"),
    (m.ChannelUnfrozen(**PLACE), "channel_unfrozen"),
    (m.ChannelRolledBack(**PLACE, revision_id="r", number=3, rolled_back_to=1), "channel_rolled_back"),
    (msgspec.convert(PUBLISHED, m.ChannelPublished), "channel_refresh_complete"),
    (m.MirrorCreated(**MIRROR), "mirror_registered"),
    (msgspec.convert(MIRROR, m.MirrorUpdated), "mirror_updated"),
    (msgspec.convert(MIRROR, m.MirrorDeleted), "mirror_deleted"),
    (m.MirrorRequested(channel="main", mirror="forge"), "mirroring_requested"),
    (m.MirrorStop(channel="main", mirror="forge"), "mirroring_stop_requested"),
    (msgspec.convert(FINISHED | {"trigger": "cron"}, m.MirrorStarted), "mirroring_started"),
    (msgspec.convert(FINISHED | {"state": "completed"}, m.MirrorFinished), "mirroring_completed"),
    (msgspec.convert(FINISHED | {"state": "failed"}, m.MirrorFinished), "mirroring_failed"),
    (msgspec.convert(FINISHED | {"state": "stopped"}, m.MirrorFinished), "mirroring_stopped"),
    (msgspec.convert(FINISHED | {"state": "skipped"}, m.MirrorFinished), "mirroring_skipped"),
    (msgspec.convert(PLACE | POLICY | {"target": "channel"}, p.PolicyAssigned), "channel_policy_assigned"),
    (msgspec.convert(MIRROR | POLICY | {"target": "mirror"}, p.PolicyAssigned), "mirror_policy_assigned"),
    (msgspec.convert(MIRROR | POLICY | {"target": "mirror"}, p.PolicyUnassigned), "mirror_policy_unassigned"),
    (msgspec.convert(DECIDED, p.CatalogueDecided), "mirror_policy_applied"),
    (p.ReportReady(report_id="r", kind="dependencies", channel="main"), "report_generated"),
    (msgspec.convert(FILE, a.ArtifactRegistered), "artifact_registered"),
    (msgspec.convert(FILE | {"how": "copied"}, a.ArtifactRegistered), "artifact_copied"),
    (msgspec.convert(FILE | {"how": "moved"}, a.ArtifactRegistered), "artifact_copied"),
    (msgspec.convert(FILE, a.ArtifactRemoved), "artifact_removed"),
    (x.ChannelGroupChanged(**PLACE, group="science", change="added", level="read"), "channel_group_added"),
    (x.ChannelGroupChanged(**PLACE, group="science", change="deleted"), "channel_group_deleted"),
)


async def records_with_main() -> MemoryRecords:
    """Return records that hold the channel `main`."""
    records = MemoryRecords()
    await records.channels.add(a_channel())
    return records


async def heard(
    records: MemoryRecords, message: Message, *, event_id: str = "event", source: str = "/tain/api"
) -> None:
    """Let the reporter hear a message."""
    event = EventInfo(id=event_id, time=NOON, source=source)
    await record_history(message, event=event, channels=records.channels, history=records.history)


async def entries_of(records: MemoryRecords, channel_id: str = "id-of-main") -> Sequence[HistoryEntry]:
    """Return what is recorded of a channel."""
    return (await records.history.list(HistoryFilter(channel_id=channel_id), offset=0, limit=100))[1]


@pytest.mark.parametrize(("message", "event_type"), EVENTS, ids=[event_type for _, event_type in EVENTS])
async def test_every_event_has_the_name_of_the_wire(message: Message, event_type: str) -> None:
    """Clients of the incumbent know these names; requests are filed under the channel that they name."""
    records = await records_with_main()

    await heard(records, message)

    (entry,) = await entries_of(records)
    assert (entry.event_id, entry.event_type, entry.created, entry.channel) == ("event", event_type, NOON, "main")
    assert msgspec.convert(msgspec.to_builtins(entry), HistoryEntry) == entry


OF_NO_CHANNEL: Sequence[tuple[Message, str]] = (
    (m.MirrorRejected(event_id="e", on="mirror.stop", code="c", reason="r"), "mirroring_rejected"),
    (m.GarbageSweep(report_id="r", only=tuple(map(str, range(30))), requested_by="ann"), "blob_cleanup_requested"),
    (m.GarbageSwept(report_id="r", is_dry_run=False, blob_count=1, size_bytes=2), "blob_cleanup_completed"),
    (m.ChannelVerify(report_id="r", requested_by="ann"), "verification_requested"),
    (m.ChannelVerified(report_id="r", channel=None, fault_count=0), "verification_completed"),
    (msgspec.convert(POLICY | {"number": 1, "change": "created"}, p.PolicyChanged), "policy_created"),
    (p.AdvisoriesChanged(digest="d", advisory_count=1, changed=1, cause="import"), "cve_update_finished"),
    (x.UserChanged(user_id="u", user="ann", change="created"), "user_created"),
    (x.UserChanged(user_id="u", user="ann", change="updated", fields=("roles",)), "user_updated"),
    (x.UserChanged(user_id="u", user="ann", change="deleted"), "user_deleted"),
    (x.UserSignedIn(user_id="u", user="ann", way="password"), "user_signed_in"),
    (x.SignInRefused(user=None, failures=5, locked_s=30), "sign_in_refused"),
    (x.TokenChanged(**TOKEN, change="created"), "user_token_created"),
    (x.TokenChanged(**TOKEN, change="updated"), "user_token_updated"),
    (x.TokenChanged(**TOKEN, change="metadata_updated"), "user_token_metadata_updated"),
    (x.TokenChanged(**TOKEN, change="revoked"), "user_token_revoked"),
    (x.RoleChanged(role="curator", change="created"), "role_created"),
    (x.RoleChanged(role="curator", change="updated"), "role_updated"),
    (x.RoleChanged(role="curator", change="deleted"), "role_deleted"),
    (x.GroupChanged(group="science", change="created"), "group_created"),
    (x.GroupChanged(group="science", change="updated"), "group_updated"),
    (x.GroupChanged(group="science", change="deleted"), "group_deleted"),
    (x.GroupChanged(group="science", change="user_added", user="ann"), "group_user_added"),
    (x.GroupChanged(group="science", change="user_deleted", user="ann"), "group_user_deleted"),
    (x.SettingsChanged(fields=("user_channel_autocreate",)), "settings_updated"),
)


@pytest.mark.parametrize(("message", "event_type"), OF_NO_CHANNEL, ids=[event_type for _, event_type in OF_NO_CHANNEL])
async def test_what_is_about_no_channel_is_in_the_history_of_all(message: Message, event_type: str) -> None:
    """A sweep is a decision of a person, too."""
    records = await records_with_main()

    await heard(records, message)

    (entry,) = await entries_of(records, NO_CHANNEL)
    assert (entry.event_type, entry.by) == (event_type, getattr(message, "requested_by", None))
    assert msgspec.convert(msgspec.to_builtins(entry), HistoryEntry) == entry


async def test_a_long_list_in_an_event_is_cut() -> None:
    """A sweep may name thousands of blobs; an entry is for people."""
    records = await records_with_main()

    await heard(records, m.GarbageSweep(report_id="r", only=tuple(map(str, range(30)))))

    (entry,) = await entries_of(records, NO_CHANNEL)
    assert str(entry.data["only"]).endswith("18, 19 and 10 more")


async def test_a_verification_of_a_channel_belongs_to_it() -> None:
    """Found where one looks for it."""
    records = await records_with_main()

    await heard(records, m.ChannelVerified(report_id="r", channel="main", fault_count=2))

    (entry,) = await entries_of(records)
    assert (entry.event_type, entry.data["fault_count"]) == ("verification_completed", 2)


def test_no_recorded_event_is_untested() -> None:
    """A new message needs a name here."""
    assert {type(message) for message, _ in (*EVENTS, *OF_NO_CHANNEL)} == set(RECORDED)


async def test_an_entry_says_who_and_what() -> None:
    """What has a place of its own does not stand in the data again."""
    records = await records_with_main()
    edited = m.ChannelUpdated(channel="main", channel_id="id-of-main", fields=("privacy", "description"), by="ann")

    await heard(records, edited, event_id="a")
    await heard(
        records, m.MirrorRequested(channel="main", mirror="forge", trigger="user", requested_by="bob"), event_id="b"
    )

    by_id = {entry.event_id: (entry.by, entry.data) for entry in await entries_of(records)}
    assert by_id == {
        "a": ("ann", {"fields": "privacy, description"}),
        "b": ("bob", {"mirror": "forge", "mirror_id": None, "trigger": "user"}),
    }


async def test_an_entry_says_from_where() -> None:
    """Beside who it was, for those who look after the audit trail; not among what the event tells."""
    records = await records_with_main()

    await heard(records, x.RoleChanged(role="curator", change="updated", by="ann", by_address="192.0.2.7"))

    (entry,) = await entries_of(records, NO_CHANNEL)
    assert (entry.by, entry.by_address, entry.data) == ("ann", "192.0.2.7", {"role": "curator", "change": "updated"})


async def test_the_same_event_again_changes_nothing() -> None:
    """Messages may be delivered twice."""
    records = await records_with_main()

    await heard(records, m.ChannelCreated(**PLACE))
    await heard(records, m.ChannelCreated(**PLACE))

    assert len(await entries_of(records)) == 1


async def test_an_id_that_another_system_chose_hides_nothing() -> None:
    """An id is unique in its source only, and who names no source may use it for two subjects."""
    records = await records_with_main()
    request = m.MirrorRequested(channel="main", mirror="forge")

    await heard(records, m.ChannelFrozen(**PLACE), event_id="1")
    await heard(records, request, event_id="1", source="unknown")
    await heard(records, m.MirrorStop(channel="main", mirror="forge"), event_id="1", source="unknown")
    await heard(records, request, event_id="1", source="/ci")

    assert {(entry.event_type, entry.source) for entry in await entries_of(records)} == {
        ("channel_frozen", "/tain/api"),
        ("mirroring_requested", "unknown"),
        ("mirroring_requested", "/ci"),
        ("mirroring_stop_requested", "unknown"),
    }


@pytest.mark.parametrize("channel", ["unknown", "no/such/thing", ""], ids=["unknown", "too deep", "empty"])
async def test_a_request_for_no_channel_of_ours_leaves_nothing(channel: str) -> None:
    """Anyone may publish it; the scheduler's answer is what is recorded."""
    records = await records_with_main()

    await heard(records, m.MirrorRequested(channel=channel, mirror="forge"))
    await heard(records, m.MirrorStop(channel=channel, mirror="forge"))

    assert await entries_of(records) == []
    assert await entries_of(records, NO_CHANNEL) == []


async def test_a_rejection_that_names_a_channel_of_ours_belongs_to_it() -> None:
    """Its people want to know that someone asks for a mirror that is not there."""
    records = await records_with_main()
    rejected = m.MirrorRejected(
        event_id="e", on="mirror.requested", code="invalid_input", reason="no such", channel="main", mirror="gone"
    )

    await heard(records, rejected)

    (entry,) = await entries_of(records)
    assert (entry.event_type, entry.data["mirror"]) == ("mirroring_rejected", "gone")


async def test_another_rejection_belongs_to_no_channel() -> None:
    """Its reason can still be found."""
    records = await records_with_main()

    await heard(records, m.MirrorRejected(event_id="e", on="mirror.requested", code="invalid_input", reason="no such"))

    (entry,) = await entries_of(records, NO_CHANNEL)
    assert entry.event_type == "mirroring_rejected"
    assert entry.data == {
        "event_id": "e",
        "event_source": "",
        "on": "mirror.requested",
        "code": "invalid_input",
        "reason": "no such",
        "mirror": None,
    }


@pytest.mark.parametrize(
    ("cause", "event_type"),
    [("import", "cve_update_finished"), ("update", "cve_update_finished"), ("curation", "cve_updated")],
)
async def test_changes_of_advisories_are_recorded(cause: str, event_type: str) -> None:
    """With who did it and which CVEs a person spoke of; they belong to no channel."""
    records = MemoryRecords()
    fields = {"digest": "d", "advisory_count": 2, "changed": 1, "cause": cause, "by": "ann", "cves": ("CVE-1", "CVE-2")}
    await heard(records, msgspec.convert(fields, p.AdvisoriesChanged))
    (entry,) = await entries_of(records, NO_CHANNEL)

    assert (entry.event_type, entry.by, entry.data["cves"]) == (event_type, "ann", "CVE-1, CVE-2")


def test_every_name_that_is_recorded_can_be_asked_for() -> None:
    """The names that the history offers are those that it has; those with a field in them, for each of its values."""
    fields = ("state", "change", "target")
    names = {"cve_updated", "artifact_copied"}
    for message, pattern in RECORDED.items():
        field = next((name for name in fields if f"{{{name}}}" in pattern), None)
        values = get_args(get_type_hints(message)[field]) if field else ()
        names |= {pattern.format_map({field: value}) for value in values} if field else {pattern}

    assert names == EVENT_TYPES
