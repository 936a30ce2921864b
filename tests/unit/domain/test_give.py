"""What somebody may give to others: nothing that they do not have."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.access.actions import NEEDS, SCOPES, Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.give import administrators, beyond, carried, rights_of
from libs.common.domain.access.identity import Credential, Identity, Limits
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import ADMIN, AUTHOR, EVERYONE, PRESETS, Rights, Role, combine
from libs.common.domain.channel import Channel
from tests.support.identities import an_identity, by_resources, by_scopes
from tests.support.people import a_group, a_role, a_user
from tests.support.records import a_channel

ROOT = an_identity("root", ADMIN)
AUTHORS, EVERYBODY, EVERYTHING = PRESETS[AUTHOR].rights, PRESETS[EVERYONE].rights, PRESETS[ADMIN].rights

levels = st.sampled_from(list(Level))
rights = st.builds(Rights, levels=st.dictionaries(st.sampled_from(list(Category)), levels), all_channels=levels)


def test_what_is_missing_is_named() -> None:
    """In the words of roles."""
    given_rights = Rights(levels={Category.CVE: Level.WRITE, Category.CHANNEL: Level.READ}, all_channels=Level.READ)

    assert beyond(AUTHORS, given_rights) == ("cve: write", "all channels: read")
    assert beyond(EVERYTHING, given_rights) == ()


@given(one=rights, other=rights)
def test_to_cover_is_an_order(one: Rights, other: Rights) -> None:
    """Everything covers all, all cover nothing, and what is added up covers its parts."""
    both = combine([Role(name="one", rights=one), Role(name="other", rights=other)])

    assert beyond(one, one) == beyond(one, Rights()) == beyond(EVERYTHING, one) == ()
    assert beyond(both, one) == beyond(both, other) == ()
    if not beyond(one, other) and not beyond(other, one):
        assert all(one.level(category) is other.level(category) for category in Category)


def test_a_sign_in_carries_all_and_a_narrow_token_what_everybody_has() -> None:
    """A scope carries a level where it is all that the level takes."""
    narrow = carried(by_scopes(ROOT, "user:edit", "user:view"))

    assert carried(ROOT) == ROOT.rights
    assert narrow.level(Category.USERS) is Level.MANAGE
    assert narrow.level(Category.CHANNEL) is Level.READ
    assert (narrow.level(Category.CHANNEL_MIRROR), narrow.all_channels) == (Level.NONE, Level.NONE)
    assert carried(by_scopes(ROOT, "user:edit")).level(Category.USERS) is Level.NONE
    assert not beyond(carried(by_scopes(ROOT, *SCOPES)), EVERYTHING)
    assert not beyond(EVERYBODY, carried(by_resources(ROOT, {"main": Level.MANAGE})))


@given(
    own=rights,
    given_rights=rights,
    scopes=st.none() | st.frozensets(st.sampled_from(SCOPES)) | st.just(frozenset(SCOPES)),
    action=st.sampled_from(list(Action)),
    channel=st.builds(
        a_channel, st.sampled_from(["main", "main/stage"]), privacy=st.sampled_from(["private", "public"])
    ),
)
def test_nobody_can_make_somebody_who_may_do_more(
    own: Rights, given_rights: Rights, scopes: frozenset[str] | None, action: Action, channel: Channel
) -> None:
    """Whatever who is made may do, who makes them may do, with the very token, or everybody may."""
    giver = Identity(
        name="giver",
        rights=combine([PRESETS[EVERYONE], Role(name="own", rights=own)]),
        credential=Credential.SESSION if scopes is None else Credential.TOKEN,
        limits=Limits(scopes=scopes) if scopes is not None else None,
    )
    made = an_identity("made", rights=combine([PRESETS[EVERYONE], Role(name="given", rights=given_rights)]))
    if beyond(carried(giver), made.rights):
        return
    on = channel if NEEDS[action].standing is not None else None
    stranger = an_identity("eve", rights=EVERYBODY)
    if (
        decide_access(made, action, on) is Verdict.ALLOWED
        and decide_access(stranger, action, on) is not Verdict.ALLOWED
    ):
        assert decide_access(giver, action, on) is Verdict.ALLOWED


def test_rights_come_from_roles_and_groups_that_are_there() -> None:
    """Those that nobody knows are passed over; everybody's are always among them."""
    roles = {**PRESETS, "curator": a_role("curator", rights=Rights(levels={Category.CVE: Level.WRITE}))}
    groups = {"team": a_group("team", roles=("curator", "gone"))}

    held = rights_of(a_user(roles=("gone",), groups=("team", "lost")), roles=roles, groups=groups)

    assert held == combine([PRESETS[EVERYONE], roles["curator"]])


@pytest.mark.parametrize("told", [{"told_roles": (ADMIN,)}, {"told_groups": ("admins",)}])
def test_what_a_provider_told_counts_for_what_one_may_and_not_for_who_stays(told: dict[str, object]) -> None:
    """Nobody changes such a user who may do less; but tomorrow it may be told no more."""
    user, groups = msgspec.structs.replace(a_user(), **told), {"admins": a_group("admins", roles=(ADMIN,))}

    assert not beyond(rights_of(user, roles=PRESETS, groups=groups), EVERYTHING)
    assert administrators([user], roles=PRESETS, groups=groups) == frozenset()


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        ({"roles": (ADMIN,)}, True),
        ({"groups": ("admins",)}, True),
        ({"roles": ("all",)}, True),
        ({"roles": (ADMIN,), "is_disabled": True}, False),
        ({"roles": ("nearly",)}, False),
        ({"roles": (AUTHOR,)}, False),
    ],
)
def test_an_administrator_may_do_everything_by_whatever_role(changes: dict[str, object], is_one: bool) -> None:
    """Disabled ones are none."""
    nearly = Rights(levels=EVERYTHING.levels, all_channels=Level.WRITE)
    roles = {**PRESETS, "all": a_role("all", rights=EVERYTHING), "nearly": a_role("nearly", rights=nearly)}
    user = msgspec.structs.replace(a_user(), **changes)

    found = administrators([user], roles=roles, groups={"admins": a_group("admins", roles=(ADMIN,))})

    assert found == ({user.id} if is_one else set())
