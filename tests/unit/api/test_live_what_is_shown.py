"""Who is shown which message, and which facts of it."""

import msgspec
import pytest

from libs.common.contracts.access_messages import TokenChanged, UserChanged
from libs.common.contracts.message import Message
from libs.common.contracts.messages import (
    MESSAGES,
    ChannelCreated,
    ChannelPublished,
    GarbageSweep,
    GarbageSwept,
    MirrorProgress,
    MirrorUpdated,
)
from libs.common.contracts.policy_messages import PolicyAssigned, PolicyChanged, ReportReady
from libs.common.contracts.watched import WATCHED, watched_subjects
from libs.common.domain.access.identity import ANONYMOUS, Identity
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.channel import Channel, Privacy
from services.api.live.what_is_shown import SHOWN, facts_of, is_of_channel, is_shown
from tests.support.identities import a_stranger, an_identity, by_resources, by_scopes, with_levels
from tests.support.records import NOON, a_channel

ROOT = an_identity("root", ADMIN)
READS_MIRRORS = with_levels(an_identity("may"), {Category.CHANNEL_MIRROR: Level.READ})
READS_POLICIES = with_levels(an_identity("may"), {Category.POLICY: Level.READ})
PRIVATE = a_channel("secret", privacy=Privacy.PRIVATE, owners=("ann",))
PUBLIC = a_channel("open")


def progress(channel: str) -> MirrorProgress:
    """Return where a run is."""
    return MirrorProgress(
        channel=channel,
        mirror="forge",
        mirror_id="m",
        run_id="r",
        run_number=1,
        state="active",
        step="fetch",
        step_number=4,
        step_percent=50,
    )


@pytest.mark.parametrize(
    ("identity", "channel", "is_told"),
    [
        pytest.param(ROOT, PRIVATE, True, id="who may do all"),
        pytest.param(READS_MIRRORS, PUBLIC, True, id="who may see mirrors, on an open channel"),
        pytest.param(READS_MIRRORS, PRIVATE, False, id="who may see mirrors, on a channel that is hidden"),
        pytest.param(an_identity("may"), PUBLIC, False, id="who may see channels alone"),
        pytest.param(by_scopes(ROOT, "channel:view"), PUBLIC, False, id="a token of another scope"),
        pytest.param(by_resources(ROOT, {"open": Level.READ}), PUBLIC, True, id="a token of the channel"),
        pytest.param(by_resources(ROOT, {"open": Level.READ}), PRIVATE, False, id="a token of another channel"),
        pytest.param(ROOT, None, False, id="a channel that is not there"),
    ],
)
def test_a_mirrors_progress_is_for_who_may_see_the_mirror(
    identity: Identity, channel: Channel | None, *, is_told: bool
) -> None:
    """On a channel that they see."""
    assert is_shown(progress("any"), identity, channel) is is_told


@pytest.mark.parametrize(
    ("message", "identity", "is_told"),
    [
        pytest.param(ChannelCreated(channel="open", channel_id="c"), a_stranger(), True, id="a channel"),
        pytest.param(PolicyChanged(policy_id="p", name="n", number=1, change="created"), a_stranger(), False, id="p"),
        pytest.param(
            PolicyChanged(policy_id="p", name="n", number=1, change="created"), READS_POLICIES, True, id="policies"
        ),
        pytest.param(UserChanged(user_id="u", user="bob", change="updated"), an_identity("ann"), False, id="others"),
        pytest.param(UserChanged(user_id="u", user="ann", change="updated"), an_identity("ann"), True, id="oneself"),
        pytest.param(
            TokenChanged(token_id="t", name="ci", user="ann", change="created"),
            by_scopes(an_identity("ann"), "channel:view"),
            False,
            id="oneself by a token",
        ),
        pytest.param(UserChanged(user_id="u", user="bob", change="updated"), ROOT, True, id="all users"),
        pytest.param(
            GarbageSwept(report_id="r", is_dry_run=True, blob_count=1, size_bytes=1), an_identity("ann"), False, id="s"
        ),
        pytest.param(
            GarbageSwept(report_id="r", is_dry_run=True, blob_count=1, size_bytes=1), ROOT, True, id="the system"
        ),
        pytest.param(GarbageSweep(report_id="r"), ROOT, False, id="what nobody is shown"),
        pytest.param(UserChanged(user_id="u", user="", change="updated"), ANONYMOUS, False, id="nobody"),
    ],
)
def test_what_is_of_no_channel_is_for_who_may_see_its_kind(
    message: Message, identity: Identity, *, is_told: bool
) -> None:
    """And of users and tokens also for whose they are."""
    assert is_shown(message, identity, PUBLIC if is_of_channel(message) else None) is is_told


def test_which_policy_a_channel_has_is_for_who_may_see_policies() -> None:
    """The channel alone is not enough."""
    assigned = PolicyAssigned(policy_id="p", name="n", channel="open", channel_id="c", target="channel")

    assert not is_shown(assigned, an_identity("ann"), PUBLIC)
    assert is_shown(assigned, READS_POLICIES, PUBLIC)


def test_facts_are_those_that_are_named_with_the_channels_id() -> None:
    """Who did it from where is for the audit trail; progress has no id of its channel by itself."""
    updated = MirrorUpdated(
        channel="open", channel_id="id-of-open", mirror="m", mirror_id="i", fields=("cron",), by="x", by_address="y"
    )

    assert facts_of(updated, at=NOON) == {
        "channel": "open",
        "channel_id": "id-of-open",
        "mirror": "m",
        "mirror_id": "i",
        "fields": ("cron",),
        "at": NOON,
    }
    assert facts_of(progress("open"), at=NOON, channel=PUBLIC) == {
        **msgspec.structs.asdict(progress("open")),
        "channel_id": PUBLIC.id,
        "at": NOON,
    }


def test_everything_that_is_watched_has_a_rule_and_is_subscribed_to() -> None:
    """And the other way round; no rule shows where people come from."""
    subscribed = watched_subjects()

    assert set(WATCHED) == {*SHOWN, ReportReady}
    for message in WATCHED:
        assert message.subject in subscribed or f"{message.subject.partition('.')[0]}.*" in subscribed
    for message, shown in SHOWN.items():
        assert set(shown.fields) <= set(message.__struct_fields__) | {"channel_id"}
        assert not {"by", "by_address", "requested_by"} & set(shown.fields)


def test_nothing_of_the_work_is_subscribed_to() -> None:
    """It is much, and of no use to who looks on."""
    work = {message.subject for message in MESSAGES if message.subject.startswith("artifact.f")}
    nouns = {subject.partition(".")[0] for subject in watched_subjects() if subject.endswith(".*")}

    assert work
    assert not {subject.partition(".")[0] for subject in work} & nouns
    assert ChannelPublished.subject.partition(".")[0] in nouns
