"""Who may do what: the table, standings, tokens, and what is told of channels that one may not see."""

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.access.actions import NEEDS, SCOPES, Action, scope_of
from libs.common.domain.access.decide_access import Verdict, allowed_actions, can_see, decide_access, standing
from libs.common.domain.access.identity import ANONYMOUS, Credential, Identity, Limits
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import ADMIN, EVERYONE, PRESETS, Rights, Role, combine
from libs.common.domain.channel import Channel, ChannelKey, Privacy
from tests.support.identities import a_stranger, an_identity, by_resources, by_scopes, with_levels
from tests.support.records import a_channel

ALLOWED, SIGN_IN, HIDDEN, FORBIDDEN = Verdict.ALLOWED, Verdict.SIGN_IN, Verdict.HIDDEN, Verdict.FORBIDDEN
ROOT = an_identity("root", ADMIN)
LEVELS = (Level.NONE, Level.READ, Level.WRITE, Level.MANAGE)

levels = st.sampled_from(LEVELS)
rights = st.builds(Rights, levels=st.dictionaries(st.sampled_from(list(Category)), levels), all_channels=levels).map(
    lambda it: combine([PRESETS[EVERYONE], Role(name="more", rights=it)])
)
channels = st.builds(
    a_channel,
    st.sampled_from(["main", "main/stage"]),
    privacy=st.sampled_from(Privacy),
    owners=st.sampled_from([(), ("ann",), ("bob", "ann"), ("bob",)]),
    groups=st.dictionaries(st.sampled_from(["team", "other"]), levels),
)
limits = st.none() | st.one_of(
    st.builds(Limits, scopes=st.frozensets(st.sampled_from(SCOPES))),
    st.builds(
        Limits, resources=st.dictionaries(st.sampled_from([ChannelKey("main"), ChannelKey("main/stage")]), levels)
    ),
)
signed_in = st.builds(
    Identity,
    user_id=st.just("id-of-ann"),
    name=st.just("ann"),
    rights=rights,
    groups=st.frozensets(st.sampled_from(["team", "other"])),
    serves=st.sampled_from([None, ChannelKey("main")]),
    credential=st.sampled_from([Credential.SESSION, Credential.TOKEN, Credential.BOOTSTRAP]),
)
actions = st.sampled_from(list(Action))


def decided(identity: Identity, action: Action, channel: Channel) -> Verdict:
    """Decide on a channel where the action is one of channels."""
    return decide_access(identity, action, channel if NEEDS[action].standing is not None else None)


@pytest.mark.parametrize(
    ("privacy", "anonymous", "stranger"),
    [
        (Privacy.PUBLIC, ALLOWED, ALLOWED),
        (Privacy.AUTHENTICATED, SIGN_IN, ALLOWED),
        (Privacy.PRIVATE, SIGN_IN, HIDDEN),
    ],
)
@pytest.mark.parametrize("key", ["main", "main/stage"])
@pytest.mark.parametrize("action", [Action.CHANNEL_VIEW, Action.ARTIFACT_DOWNLOAD, Action.CHANNEL_VIEW_ARTIFACTS])
def test_privacy_says_who_reads(
    key: str, action: Action, privacy: Privacy, anonymous: Verdict, stranger: Verdict
) -> None:
    """As rest-api.md section 7.2 has it."""
    channel = a_channel(key, privacy=privacy, owners=("bob",))

    assert decide_access(ANONYMOUS, action, channel) is anonymous
    assert decide_access(a_stranger(), action, channel) is stranger


@pytest.mark.parametrize("privacy", Privacy)
def test_owners_manage_what_their_roles_let_them(privacy: Privacy) -> None:
    """An author who owns a channel edits it, and has no mirrors; whose role is gone only reads."""
    channel = a_channel(owners=("ann",), privacy=privacy)

    assert decide_access(an_identity("ann"), Action.CHANNEL_DELETE, channel) is ALLOWED
    assert decide_access(an_identity("ann"), Action.MIRROR_EDIT, channel) is FORBIDDEN
    assert decide_access(a_stranger("ann"), Action.CHANNEL_VIEW, channel) is ALLOWED
    assert decide_access(a_stranger("ann"), Action.CHANNEL_EDIT, channel) is FORBIDDEN


@pytest.mark.parametrize(("given_level", "wanted"), list(product(LEVELS, LEVELS)))
def test_a_group_has_what_it_was_given(given_level: Level, wanted: Level) -> None:
    """Of a private channel; without a level it is not there."""
    action = {
        Level.NONE: Action.CHANNEL_VIEW,
        Level.READ: Action.ARTIFACT_VIEW,
        Level.WRITE: Action.ARTIFACT_CREATE,
        Level.MANAGE: Action.CHANNEL_EDIT,
    }[wanted]
    member = an_identity("ann", groups=frozenset({"team"}))
    channel = a_channel(privacy=Privacy.PRIVATE, groups={"team": given_level, "other": Level.MANAGE})
    enough = given_level >= max(wanted, Level.READ)

    expected = ALLOWED if enough else HIDDEN if given_level is Level.NONE else FORBIDDEN
    assert decide_access(member, action, channel) is expected
    assert standing(member, channel) is given_level


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        (Level.NONE, ()),
        (Level.READ, (Action.MIRROR_VIEW,)),
        (Level.WRITE, (Action.MIRROR_VIEW, Action.MIRROR_EDIT)),
        (Level.MANAGE, (Action.MIRROR_VIEW, Action.MIRROR_EDIT, Action.MIRROR_VIEW_ALL)),
    ],
)
@pytest.mark.parametrize(
    ("key", "category"), [("main", Category.CHANNEL_MIRROR), ("main/stage", Category.SUBCHANNEL_MIRROR)]
)
def test_mirrors_take_write_or_manage(key: str, category: Category, level: Level, allowed: tuple[Action, ...]) -> None:
    """Only Write or Manage create and manage mirrors, and the page of all of them takes Manage (behaviour.md 2.3)."""
    ann = with_levels(an_identity("ann"), {category: level})
    channel = a_channel(key, owners=("ann",))

    for action in (Action.MIRROR_VIEW, Action.MIRROR_EDIT):
        assert decide_access(ann, action, channel) is (ALLOWED if action in allowed else FORBIDDEN)
    of_channels = with_levels(an_identity("ann"), {Category.CHANNEL_MIRROR: level})
    sees_all = decide_access(of_channels, Action.MIRROR_VIEW_ALL)
    assert sees_all is (ALLOWED if Action.MIRROR_VIEW_ALL in allowed else FORBIDDEN)


def test_the_category_of_channels_says_nothing_of_subchannels() -> None:
    """And the other way round."""
    ann = with_levels(a_stranger("ann"), {Category.CHANNEL: Level.MANAGE})

    assert decide_access(ann, Action.CHANNEL_EDIT, a_channel("main", owners=("ann",))) is ALLOWED
    assert decide_access(ann, Action.CHANNEL_EDIT, a_channel("main/stage", owners=("ann",))) is FORBIDDEN


def test_a_service_account_manages_its_channel_alone() -> None:
    """Private or not; others it sees as anybody does."""
    machine = an_identity("service-account-channel-main", serves=ChannelKey("main"))

    assert decide_access(machine, Action.ARTIFACT_CREATE, a_channel("main", privacy=Privacy.PRIVATE)) is ALLOWED
    assert decide_access(machine, Action.ARTIFACT_CREATE, a_channel("other")) is FORBIDDEN
    assert decide_access(machine, Action.ARTIFACT_CREATE, a_channel("main/stage", privacy=Privacy.PRIVATE)) is HIDDEN


def test_a_token_takes_the_scope_of_the_place() -> None:
    """A subchannel's word is another one."""
    main, stage = a_channel("main", owners=("ann",)), a_channel("main/stage", owners=("ann",))
    token = by_scopes(an_identity("ann"), "channel:view", "subchannel:edit")

    assert decide_access(token, Action.CHANNEL_VIEW, main) is ALLOWED
    assert decide_access(token, Action.CHANNEL_VIEW, stage) is FORBIDDEN
    assert decide_access(token, Action.CHANNEL_EDIT, stage) is ALLOWED
    assert decide_access(token, Action.CHANNEL_EDIT, main) is FORBIDDEN


def test_a_token_of_some_channels_does_not_know_the_owner_s_others() -> None:
    """It reads what anybody reads, and does nothing that is of no channel."""
    token = by_resources(ROOT, {"main": Level.WRITE})

    assert decide_access(token, Action.ARTIFACT_CREATE, a_channel("main", privacy=Privacy.PRIVATE)) is ALLOWED
    assert decide_access(token, Action.CHANNEL_EDIT, a_channel("main")) is FORBIDDEN
    assert decide_access(token, Action.CHANNEL_VIEW, a_channel("other", privacy=Privacy.PRIVATE)) is HIDDEN
    assert decide_access(token, Action.CHANNEL_VIEW, a_channel("other", privacy=Privacy.AUTHENTICATED)) is ALLOWED
    assert decide_access(token, Action.ARTIFACT_CREATE, a_channel("other")) is FORBIDDEN
    for action in (Action.CHANNEL_CREATE, Action.USER_VIEW, Action.MIRROR_VIEW_ALL, Action.ACCOUNT_EDIT):
        assert decide_access(token, action) is FORBIDDEN
    assert decide_access(token, Action.ACCOUNT_VIEW) is ALLOWED


def test_tokens_make_no_tokens() -> None:
    """Who finds one can't prolong it; the administrator's token of a file may."""
    token = msgspec.structs.replace(ROOT, credential=Credential.TOKEN)

    assert decide_access(token, Action.ACCOUNT_EDIT) is FORBIDDEN
    assert decide_access(ROOT, Action.ACCOUNT_EDIT) is ALLOWED
    assert decide_access(ANONYMOUS, Action.ACCOUNT_VIEW) is SIGN_IN


def test_an_action_of_channels_is_decided_on_one() -> None:
    """Anything else is a mistake of ours."""
    with pytest.raises(ValueError, match="decided for a channel"):
        decide_access(ROOT, Action.CHANNEL_EDIT)


def test_the_administrator_may_do_everything() -> None:
    """Everywhere."""
    for action in Action:
        for key in ("main", "main/stage"):
            assert decided(ROOT, action, a_channel(key, privacy=Privacy.PRIVATE)) is ALLOWED


def test_an_author_gets_the_scopes_that_the_incumbent_s_author_got() -> None:
    """rest-api.md section 6.3; ours besides are those of everybody."""
    author = an_identity("ann")
    told = (
        "channel:create channel:view channel:edit channel:delete channel:history channel:view-artifacts "
        "channel.default-channel:edit channel.group:edit subchannel:create subchannel:view subchannel:edit "
        "subchannel:delete subchannel:history subchannel:view-artifacts subchannel.group:edit artifact:create "
        "artifact:view artifact:edit artifact:download artifact:delete"
    )
    may = {
        scope_of(action, is_subchannel=below)
        for action, need in NEEDS.items()
        for below in (False, True)
        if need.is_scope
        and decided(author, action, a_channel("main/x" if below else "main", owners=("ann",))) is ALLOWED
    }

    assert may == set(told.split()) | {"channel.group:view", "subchannel.group:view"}


@given(
    identity=signed_in,
    more=rights,
    groups=st.frozensets(st.sampled_from(["team", "other"])),
    action=actions,
    channel=channels,
)
def test_more_rights_never_allow_less(
    identity: Identity, more: Rights, groups: frozenset[str], action: Action, channel: Channel
) -> None:
    """Another role or group takes nothing away."""
    both = combine([Role(name="one", rights=identity.rights), Role(name="more", rights=more)])
    richer = msgspec.structs.replace(identity, rights=both, groups=identity.groups | groups)

    assert standing(richer, channel) >= standing(identity, channel)
    if decided(identity, action, channel) is ALLOWED:
        assert decided(richer, action, channel) is ALLOWED


@given(identity=signed_in, narrowed=limits, action=actions, channel=channels)
def test_a_token_never_allows_more_than_its_owner_may(
    identity: Identity, narrowed: Limits | None, action: Action, channel: Channel
) -> None:
    """Nor does it see more."""
    token = msgspec.structs.replace(identity, limits=narrowed, credential=Credential.TOKEN)

    assert standing(token, channel) <= standing(identity, channel)
    if decided(token, action, channel) is ALLOWED:
        assert decided(identity, action, channel) is ALLOWED


@given(identity=signed_in, action=actions, channel=channels)
def test_who_shows_nothing_never_gets_what_a_signed_in_stranger_does_not(
    identity: Identity, action: Action, channel: Channel
) -> None:
    """Signing in takes nothing away."""
    if decided(ANONYMOUS, action, channel) is ALLOWED:
        assert decided(identity, action, channel) is ALLOWED
        assert decided(a_stranger(), action, channel) is ALLOWED


@given(identity=signed_in, narrowed=limits, action=actions, channel=channels)
def test_what_one_may_not_see_looks_as_if_it_were_not_there(
    identity: Identity, narrowed: Limits | None, action: Action, channel: Channel
) -> None:
    """The same verdict for every action; and what one sees is never said not to be there."""
    token = msgspec.structs.replace(identity, limits=narrowed)
    if NEEDS[action].standing is None:
        return
    assert (decide_access(token, action, channel) is HIDDEN) is (not can_see(token, channel))
    assert (decide_access(ANONYMOUS, action, channel) in (SIGN_IN, ALLOWED)) is True


@given(who=signed_in, narrowed=limits, channel=channels)
def test_what_is_offered_is_what_is_allowed(who: Identity, narrowed: Limits | None, channel: Channel) -> None:
    """On a channel just that; without one all that may be allowed on some channel."""
    who = msgspec.structs.replace(who, limits=narrowed)
    of_channels = {action for action, need in NEEDS.items() if need.standing is not None}
    here = {action for action in of_channels if decide_access(who, action, channel) is ALLOWED}
    elsewhere = {action for action in set(Action) - of_channels if decide_access(who, action) is ALLOWED}

    offered = set(allowed_actions(who))
    assert set(allowed_actions(who, channel)) in (here, here - {Action.SUBCHANNEL_CREATE})
    assert offered - of_channels == elsewhere
    assert here <= offered


def test_no_subchannel_is_offered_below_a_subchannel() -> None:
    """There is one level of them."""
    assert Action.SUBCHANNEL_CREATE in allowed_actions(ROOT, a_channel("main"))
    assert Action.SUBCHANNEL_CREATE not in allowed_actions(ROOT, a_channel("main/stage"))


def test_what_no_channel_of_a_token_gives_is_not_offered() -> None:
    """A token that reads one channel edits none, whatever its owner may do."""
    offered = allowed_actions(by_resources(ROOT, {"main": Level.READ}))

    assert Action.ARTIFACT_DOWNLOAD in offered
    assert Action.ARTIFACT_CREATE not in offered
    assert Action.CHANNEL_CREATE not in offered
    assert Action.ARTIFACT_CREATE in allowed_actions(by_resources(ROOT, {"main": Level.WRITE}))
