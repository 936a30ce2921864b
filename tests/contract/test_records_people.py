"""Users, groups, roles and their tokens: what every adapter of the ports keeps to."""

import asyncio

import pytest

from libs.common.contracts.access_messages import TokenChanged, UserChanged
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.people import TokenKind
from libs.common.domain.access.roles import Rights
from libs.common.domain.channel import ChannelKey
from libs.common.ports.outbox import Outbox, Unsaid
from tests.contract.conftest import Records
from tests.support.people import a_group, a_role, a_token, a_user, digest_of
from tests.support.records import NOON, minutes_on


def word(event_id: str, *, minute: int = 0) -> Unsaid:
    """Return something to say of a user."""
    message = UserChanged(user_id="id-of-ann", user="ann", change="updated", by="admin")
    return Unsaid(event_id=event_id, at=minutes_on(minute), message=message)


async def held(outbox: Outbox, document_id: str) -> list[str]:
    """Return the ids of what a document has still to say."""
    return [it.event_id for it in await outbox.unsaid(document_id)]


async def test_a_user_comes_back_as_it_was(records: Records) -> None:
    """By id, by name, and by what the provider knows them as."""
    ann = a_user(
        issuer="https://sso.example/realms/main",
        subject="4711",
        groups=("team",),
        default_channel=ChannelKey("ann"),
        last_sign_in_at=NOON,
    )

    assert await records.users.add(ann)

    assert await records.users.get(ann.id) == ann
    assert await records.users.find("ann") == ann
    assert await records.users.find_subject("https://sso.example/realms/main", "4711") == ann
    assert await records.users.find_subject("https://sso.example/realms/other", "4711") is None
    assert await records.users.find("Ann") is None
    assert await records.users.get("id-of-bob") is None


async def test_a_name_is_one_user_s(records: Records) -> None:
    """Two administrators make the same user in one moment."""
    made = await asyncio.gather(*(records.users.add(a_user(id=f"id-{place}")) for place in range(5)))

    assert sorted(made) == [False, False, False, False, True]
    assert len(await records.users.list()) == 1


async def test_a_subject_of_an_issuer_is_one_user(records: Records) -> None:
    """Their first two requests come at once; users without a provider are not each other's double."""
    told = {"issuer": "https://sso.example", "subject": "4711"}
    assert await records.users.add(a_user("ann", **told))

    assert not await records.users.add(a_user("ann2", **told))
    assert await records.users.add(a_user("bob", **(told | {"subject": "4712"})))
    assert await records.users.add(a_user("carl"))
    assert await records.users.add(a_user("dora"))
    assert [it.name for it in await records.users.list()] == ["ann", "bob", "carl", "dora"]


async def test_a_user_may_be_changed_only_as_they_were(records: Records) -> None:
    """Who may change an author is not to change an administrator that was made of them meanwhile."""
    ann = a_user(roles=("author",))
    await records.users.add(ann)
    was = {"roles": ("author",), "groups": (), "is_disabled": False}
    assert await records.users.update(ann.id, {"roles": ("admin",)}, was=was) is not None

    assert await records.users.update(ann.id, {"is_disabled": True}, was=was, unsaid=[word("lost")]) is None
    assert await held(records.users, ann.id) == []
    assert await records.users.update(ann.id, {"roles": ()}, was=was | {"roles": ("admin",)}) is not None


async def test_a_changed_user_says_so(records: Records) -> None:
    """The words are stored with the change; who is not there has no change and no words."""
    ann = a_user()
    await records.users.add(ann, unsaid=[word("made")])

    changed = await records.users.update(ann.id, {"is_disabled": True, "roles": ()}, unsaid=[word("changed")])

    assert changed is not None
    assert (changed.is_disabled, changed.roles) == (True, ())
    assert await records.users.get(ann.id) == changed
    assert await records.users.update(ann.id, {}) == changed
    assert await records.users.update("id-of-bob", {"roles": ()}, unsaid=[word("lost")]) is None
    assert await held(records.users, ann.id) == ["made", "changed"]
    assert await held(records.users, "id-of-bob") == []


async def test_a_deleted_user_can_be_made_again(records: Records) -> None:
    """With the same name and subject, even while the last words of the first one wait."""
    ann = a_user(issuer="https://sso.example", subject="4711")
    await records.users.add(ann)

    assert await records.users.delete(ann.id, unsaid=[word("deleted")]) == ann
    assert await records.users.delete(ann.id, unsaid=[word("again")]) is None

    assert await records.users.get(ann.id) is None
    assert await records.users.find("ann") is None
    assert await records.users.find_subject("https://sso.example", "4711") is None
    assert await records.users.list() == []
    assert await held(records.users, ann.id) == ["deleted"]
    assert await records.users.add(a_user(id="another", issuer="https://sso.example", subject="4711"))


async def test_groups_are_found_changed_and_removed(records: Records) -> None:
    """By name and by id; a name is one group's, and free again after its deletion."""
    team = a_group(roles=("author",), description="who builds")
    assert await records.groups.add(a_group("all"))
    assert await records.groups.add(team)
    assert not await records.groups.add(a_group(id="another"))

    assert await records.groups.find("team") == team
    assert await records.groups.get(team.id) == team
    assert [it.name for it in await records.groups.list()] == ["all", "team"]
    changed = await records.groups.update(team.id, {"roles": ()}, unsaid=[word("changed")])
    assert changed is not None
    assert changed.roles == ()
    assert await records.groups.update("id-of-none", {"roles": ()}) is None
    assert await records.groups.update(team.id, {}) == changed
    assert await records.groups.delete(team.id, unsaid=[word("deleted")]) == changed
    assert await records.groups.delete(team.id) is None
    assert await records.groups.find("team") is None
    assert await held(records.groups, team.id) == ["changed", "deleted"]
    assert await records.groups.add(a_group(id="another"))


async def test_roles_are_found_changed_and_removed(records: Records) -> None:
    """By name, which is their id; the levels of categories with dots in their names survive."""
    rights = Rights(levels={Category.CHANNEL_MIRROR: Level.WRITE, Category.CVE: Level.READ}, all_channels=Level.READ)
    helper = a_role(rights=rights)
    assert await records.roles.add(helper, unsaid=[word("made")])
    assert not await records.roles.add(helper)
    assert await records.roles.add(a_role("auditor"))

    assert await records.roles.get("helper") == helper
    assert [it.name for it in await records.roles.list()] == ["auditor", "helper"]
    changed = await records.roles.update("helper", {"rights": Rights()}, unsaid=[word("changed")])
    assert changed == a_role()
    assert await records.roles.update("helper", {}) == changed
    assert await records.roles.update("none", {"rights": Rights()}) is None
    assert await records.roles.delete("helper", unsaid=[word("deleted")]) == changed
    assert await records.roles.delete("helper") is None
    assert await records.roles.get("helper") is None
    assert await held(records.roles, "helper") == ["made", "changed", "deleted"]
    assert await records.roles.add(a_role(description="anew"), unsaid=[word("anew")])
    assert await records.roles.get("helper") == a_role(description="anew")
    assert await held(records.roles, "helper") == ["made", "changed", "deleted", "anew"]


async def test_a_token_is_found_by_what_its_value_hashes_to(records: Records) -> None:
    """And by nothing else; levels on channels and subchannels survive."""
    resources = {ChannelKey("main/stage"): Level.WRITE, ChannelKey("main"): Level.READ}
    token = a_token(kind=TokenKind.RESOURCE, scopes=(), resources=resources, expires_at=minutes_on(5), created_by="bob")
    assert await records.access_tokens.add(token)

    assert await records.access_tokens.find(digest_of("ci")) == token
    assert await records.access_tokens.get(token.id) == token
    assert await records.access_tokens.find(digest_of("other")) is None
    assert await records.access_tokens.get("other") is None


async def test_a_token_s_name_is_unique_for_its_owner(records: Records) -> None:
    """Others may use it as well."""
    assert await records.access_tokens.add(a_token("ci", value="1"))
    assert not await records.access_tokens.add(a_token("ci", value="2", id="another"))
    assert await records.access_tokens.add(a_token("ci", of="bob", value="3"))
    second = a_token("build", value="4")
    assert await records.access_tokens.add(second)

    assert await records.access_tokens.update(second.id, {"name": "ci"}) is None
    assert [it.name for it in await records.access_tokens.list("id-of-ann")] == ["build", "ci"]
    assert await records.access_tokens.list("id-of-carl") == []


async def test_a_token_with_a_new_value_is_not_found_by_the_old_one(records: Records) -> None:
    """One write takes the old value's place."""
    token = a_token()
    await records.access_tokens.add(token, unsaid=[word("made")])

    changed = await records.access_tokens.update(token.id, {"hash": digest_of("new")}, unsaid=[word("changed")])

    assert changed is not None
    assert await records.access_tokens.find(digest_of("new")) == changed
    assert await records.access_tokens.find(digest_of("ci")) is None
    assert await records.access_tokens.update(token.id, {}) == changed
    assert await records.access_tokens.update("none", {"name": "other"}) is None
    assert await held(records.access_tokens, token.id) == ["made", "changed"]


async def test_a_revoked_token_is_gone_at_once(records: Records) -> None:
    """Its last words are still said, and its name is free."""
    token = a_token()
    await records.access_tokens.add(token)
    revoked = TokenChanged(token_id=token.id, name="ci", user="ann", change="revoked", by="ann")
    last = Unsaid(event_id="revoked", at=NOON, message=revoked)

    assert await records.access_tokens.delete(token.id, unsaid=[last]) == token
    assert await records.access_tokens.delete(token.id, unsaid=[last]) is None

    assert await records.access_tokens.find(token.hash) is None
    assert await records.access_tokens.list("id-of-ann") == []
    assert list(await records.access_tokens.unsaid(token.id)) == [last]
    assert await records.access_tokens.add(a_token(id="another", value="new"))


async def test_all_tokens_of_a_user_can_be_removed(records: Records) -> None:
    """Those of others stay; a name is free again while the words of its token wait."""
    await records.access_tokens.add(a_token("ci", value="1"), unsaid=[word("made")])
    await records.access_tokens.add(a_token("build", value="2"))
    other = a_token("ci", of="bob", value="3")
    await records.access_tokens.add(other)

    assert await records.access_tokens.delete_of_user("id-of-ann") == 2
    assert await records.access_tokens.delete_of_user("id-of-ann") == 0

    assert await records.access_tokens.find(digest_of("1")) is None
    assert await records.access_tokens.list("id-of-ann") == []
    assert await records.access_tokens.list("id-of-bob") == [other]
    assert await records.access_tokens.add(a_token("ci", id="another", value="4"))


@pytest.mark.parametrize("noun", ["users", "groups", "roles", "access_tokens"])
async def test_what_waits_to_be_said_is_found(records: Records, noun: str) -> None:
    """Whoever was killed before it was said leaves it to others."""
    made, document_id = {
        "users": (a_user(), a_user().id),
        "groups": (a_group(), a_group().id),
        "roles": (a_role(), a_role().name),
        "access_tokens": (a_token(), a_token().id),
    }[noun]
    port = getattr(records, noun)
    await port.add(made, unsaid=[word("made")])

    assert await port.waiting(before=minutes_on(1)) == [document_id]
    assert await port.waiting(before=NOON) == []
    await port.said(document_id, ["made"])
    assert await port.waiting(before=minutes_on(1)) == []
