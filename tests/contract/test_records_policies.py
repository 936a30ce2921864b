"""Policies: what every adapter of the port keeps to."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.assignment import Assignment
from libs.common.domain.policy import Action, Among, CreatedIn, Operator, Policy, SizeIs, Where
from libs.common.ports.outbox import Unsaid
from tests.contract.conftest import Records
from tests.support.records import a_policy, a_rule, an_assignment, minutes_on

LAST_WORDS = Unsaid(
    event_id="gone",
    at=minutes_on(9),
    message=PolicyChanged(policy_id="id-of-production", name="production", number=2, change="deleted"),
)


def revised(policy: Policy, **changes: object) -> Policy:
    """Return the next revision."""
    return msgspec.structs.replace(policy, number=policy.number + 1, saved_at=minutes_on(policy.number), **changes)


async def test_a_policy_comes_back_as_it_was(records: Records) -> None:
    """Rules of any depth survive, also words that are no Python names and names with dots and dollars."""
    where = Where(
        spec=("$x.y >=1",),
        size=SizeIs(op=Operator.AT_MOST, bytes=5_000_000_000),
        created=CreatedIn(from_="2025-01-01"),
        any=(Where(license=Among(not_in=("GPL",))), Where(not_=Where(not_=Where(signed=False)))),
    )
    rule = a_rule("one", action=Action.REQUIRE, where=where, include_dependencies=True, ecosystems=("conda", "r"))
    policy = a_policy("för alle", rule, description="Ünï")

    assert await records.policies.add(policy)

    assert await records.policies.get(policy.id) == policy
    assert await records.policies.get(policy.id, number=1) == policy
    assert await records.policies.find(policy.name) == policy
    assert await records.policies.list() == [policy]
    assert await records.policies.revisions(policy.id) == [policy]


async def test_a_missing_policy_is_none(records: Records) -> None:
    """Every verb says so by its return value."""
    await records.policies.add(a_policy())

    assert await records.policies.get("other") is None
    assert await records.policies.find("other") is None
    assert await records.policies.get("id-of-production", number=2) is None
    assert await records.policies.get("id-of-production", number=0) is None
    assert await records.policies.revisions("other") == []
    assert await records.policies.delete("other") is None
    assert not await records.policies.save(revised(a_policy("other")))
    assert not await records.policies.assign(an_assignment("other"))
    assert await records.policies.assignments(["other"]) == []
    await records.policies.unassign([an_assignment("other")])


async def test_every_revision_stays(records: Records) -> None:
    """Decisions of old runs name them."""
    first = a_policy()
    second = revised(first, rules=(a_rule("other"),), name="renamed")
    third = revised(second, rules=())
    await records.policies.add(first)

    assert await records.policies.save(second)
    assert await records.policies.save(third)

    assert await records.policies.get(first.id) == third
    assert await records.policies.get(first.id, number=2) == second
    assert await records.policies.revisions(first.id) == [third, second, first]
    assert await records.policies.list() == [third]
    assert await records.policies.find("renamed") == third
    assert await records.policies.find(first.name) is None


async def test_a_revision_follows_the_one_it_was_made_from(records: Records) -> None:
    """Whoever edited an older one changes nothing."""
    first = a_policy()
    second = revised(first)
    await records.policies.add(first)
    await records.policies.save(second)

    assert not await records.policies.save(revised(first, description="late"))
    assert not await records.policies.save(revised(revised(second)))
    assert not await records.policies.save(first)

    assert await records.policies.revisions(first.id) == [second, first]


async def test_of_many_edits_of_one_revision_one_wins(records: Records) -> None:
    """And what the others wished is nowhere."""
    await records.policies.add(a_policy())
    wishes = [revised(a_policy(), description=str(number)) for number in range(10)]

    saved = await asyncio.gather(*(records.policies.save(wish) for wish in wishes))

    assert sum(saved) == 1
    winner = wishes[saved.index(True)]
    assert await records.policies.revisions(winner.id) == [winner, a_policy()]


async def test_a_name_is_taken_by_one_living_policy(records: Records) -> None:
    """By its newest revision: a name that was given up, or whose policy was deleted, is free."""
    await records.policies.add(a_policy("a"))
    await records.policies.add(a_policy("b"))

    assert not await records.policies.add(a_policy("a", id="another"))
    assert not await records.policies.save(revised(a_policy("a"), name="b"))
    assert await records.policies.get("id-of-a") == a_policy("a")

    assert await records.policies.save(revised(a_policy("a"), name="c"))
    assert await records.policies.add(a_policy("a", id="another"))
    await records.policies.delete("id-of-b")
    assert await records.policies.add(a_policy("b", id="yet-another"))
    assert [policy.id for policy in await records.policies.list()] == ["another", "yet-another", "id-of-a"]


async def test_of_many_policies_of_one_name_one_wins(records: Records) -> None:
    """Two administrators may make the same policy at the same time."""
    added = await asyncio.gather(*(records.policies.add(a_policy(id=f"id-{number}")) for number in range(10)))

    assert sum(added) == 1


@pytest.mark.parametrize("last_words", [(), (LAST_WORDS,)], ids=["silent", "said-later"])
async def test_a_deleted_policys_revisions_stay(records: Records, last_words: Sequence[Unsaid]) -> None:
    """Old decisions can still be explained; the policy itself is gone, and can't be saved or assigned."""
    first, second = a_policy(), revised(a_policy())
    await records.policies.add(first)
    await records.policies.save(second)

    assert await records.policies.delete(first.id, unsaid=last_words) == second

    assert await records.policies.delete(first.id) is None
    assert await records.policies.get(first.id) is None
    assert await records.policies.list() == []
    assert await records.policies.get(first.id, number=1) == first
    assert await records.policies.get(first.id, number=2) == second
    assert await records.policies.revisions(first.id) == [second, first]
    assert not await records.policies.save(revised(second))
    assert not await records.policies.assign(an_assignment())


async def test_places_are_listed_with_their_policies(records: Records) -> None:
    """Through edits, and only with the policy that they are of."""
    await records.policies.add(a_policy("a"))
    await records.policies.add(a_policy("b"))
    places = [an_assignment("a"), an_assignment("a", channel="main/stage", mirror="forge"), an_assignment("b")]

    assert [await records.policies.assign(place) for place in places] == [True, True, True]

    await records.policies.save(revised(a_policy("a")))
    assert await records.policies.assignments(["id-of-a"]) == places[:2]
    assert await records.policies.assignments(["id-of-b", "id-of-a", "other"]) == [places[0], places[1], places[2]]
    assert await records.policies.get("id-of-a") == revised(a_policy("a"))


async def test_a_place_that_is_taken_off_is_gone(records: Records) -> None:
    """And no other act of assigning to the same place is."""
    await records.policies.add(a_policy())
    early, late = an_assignment(), msgspec.structs.replace(an_assignment(), token="late", at=minutes_on(1))
    await records.policies.assign(early)
    await records.policies.assign(late)

    await records.policies.unassign([early])
    await records.policies.unassign([early])

    assert await records.policies.assignments([early.policy_id]) == [late]


@pytest.mark.parametrize(
    ("present", "wished", "is_allowed"),
    [
        pytest.param(an_assignment(), an_assignment(mirror="forge"), False, id="mirror-after-channel"),
        pytest.param(an_assignment(mirror="forge"), an_assignment(), False, id="channel-after-mirror"),
        pytest.param(an_assignment(mirror="forge"), an_assignment(mirror="other"), True, id="two-mirrors"),
        pytest.param(an_assignment(), an_assignment(channel="main/stage", mirror="x"), True, id="other-channel"),
        pytest.param(an_assignment("other"), an_assignment(mirror="forge"), True, id="other-policy"),
    ],
)
async def test_a_policy_is_not_on_a_channel_and_its_mirror(
    records: Records, present: Assignment, wished: Assignment, is_allowed: bool
) -> None:
    """Whichever came first."""
    await records.policies.add(a_policy())
    await records.policies.add(a_policy("other"))
    await records.policies.assign(present)

    assert await records.policies.assign(wished) is is_allowed

    listed = await records.policies.assignments(["id-of-production", "id-of-other"])
    assert (wished in listed) is is_allowed


async def test_of_a_channel_and_its_mirror_one_wins(records: Records) -> None:
    """Also when both are assigned in the same moment."""
    await records.policies.add(a_policy())
    places = [an_assignment(), an_assignment(mirror="forge")] * 5
    wishes = [msgspec.structs.replace(place, token=str(number)) for number, place in enumerate(places)]

    listed = await asyncio.gather(*(records.policies.assign(wish) for wish in wishes))

    assert sum(listed) == 5
    assert len({place.mirror_id for place in await records.policies.assignments(["id-of-production"])}) == 1


async def test_an_assigned_policy_is_not_deleted(records: Records) -> None:
    """Until its last place is taken off."""
    await records.policies.add(a_policy())
    await records.policies.assign(an_assignment())

    assert await records.policies.delete("id-of-production") is None
    assert await records.policies.get("id-of-production") == a_policy()

    await records.policies.unassign([an_assignment()])
    assert await records.policies.delete("id-of-production") == a_policy()


async def test_a_policy_is_assigned_or_deleted(records: Records) -> None:
    """Never both, when they come in the same moment."""
    for number in range(20):
        policy = a_policy(str(number))
        await records.policies.add(policy)

        is_listed, deleted = await asyncio.gather(
            records.policies.assign(an_assignment(policy.name)), records.policies.delete(policy.id)
        )

        assert is_listed is (deleted is None)
        assert (await records.policies.get(policy.id) is None) is (deleted is not None)
