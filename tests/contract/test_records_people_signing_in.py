"""Sign-ins that go on, and those that failed: what every adapter of the ports keeps to."""

import asyncio
from datetime import timedelta

import pymongo
import pytest

from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.contracts.access_messages import SignInRefused
from libs.common.domain.access.sessions import FAILURES_COUNT_FOR, KEPT_SECRETS, SignInFailures
from libs.common.ports.outbox import Unsaid
from tests.contract.conftest import Records
from tests.support.people import a_session, digest_of
from tests.support.records import NOON, minutes_on


async def test_a_sign_in_comes_back_as_it_was(records: Records) -> None:
    """By its id and by the sha256 of its secret."""
    session = a_session(kind="cookie", csrf="a-word", roles=("author",), groups=("team",), address="192.0.2.1")

    await records.sessions.add(session)

    assert await records.sessions.get(session.id) == session
    assert await records.sessions.find(digest_of("secret")) == session
    assert await records.sessions.find(digest_of("other")) is None
    assert await records.sessions.get("other") is None


async def test_of_two_that_renew_one_wins(records: Records) -> None:
    """A refresh token can be used once, whoever shows it, and is remembered as used."""
    await records.sessions.add(a_session("first"))

    outcomes = await asyncio.gather(
        *(
            records.sessions.rotate("id-of-first", was=digest_of("first"), digest=digest_of(new), at=minutes_on(1))
            for new in ("one", "two")
        )
    )

    assert sorted(outcomes) == [False, True]
    winner = "one" if outcomes[0] else "two"
    found = await records.sessions.find(digest_of("first"))
    assert found is not None
    assert (found.hash, found.was, found.rotated_at) == (digest_of(winner), (digest_of("first"),), minutes_on(1))
    assert await records.sessions.find(digest_of(winner)) == found
    assert not await records.sessions.rotate("other", was=digest_of("first"), digest=digest_of("new"), at=NOON)


async def test_only_so_many_old_secrets_are_remembered(records: Records) -> None:
    """A sign-in of months must not grow without an end."""
    await records.sessions.add(a_session("0", was=tuple(digest_of(f"old {n}") for n in range(KEPT_SECRETS))))

    assert await records.sessions.rotate("id-of-0", was=digest_of("0"), digest=digest_of("1"), at=NOON)

    found = await records.sessions.get("id-of-0")
    assert found is not None
    assert len(found.was) == KEPT_SECRETS
    assert found.was[-1] == digest_of("0")
    assert await records.sessions.find(digest_of("old 0")) is None


async def test_sign_ins_are_ended_one_by_one_and_all_of_a_user(records: Records) -> None:
    """Those of others go on."""
    for value, of in (("1", "ann"), ("2", "ann"), ("3", "ann"), ("4", "bob")):
        await records.sessions.add(a_session(value, of=of))

    assert await records.sessions.end("id-of-1")
    assert not await records.sessions.end("id-of-1")
    assert await records.sessions.end_of_user("id-of-ann", but="id-of-2") == 1
    assert await records.sessions.get("id-of-2") is not None
    assert await records.sessions.end_of_user("id-of-ann") == 1

    assert await records.sessions.find(digest_of("2")) is None
    assert await records.sessions.get("id-of-4") == a_session("4", of="bob")


async def test_failures_are_counted_one_by_one(records: Records) -> None:
    """Also those that come at once, the first of a key among them."""
    counted = await asyncio.gather(*(records.sign_in_attempts.failed("name ann", at=NOON) for _ in range(5)))

    assert sorted(it.count for it in counted) == [1, 2, 3, 4, 5]
    assert await records.sign_in_attempts.get("name ann") == SignInFailures(key="name ann", count=5, last_at=NOON)
    assert await records.sign_in_attempts.get("name bob") is None


async def test_old_failures_do_not_count(records: Records) -> None:
    """Who mistyped yesterday has all tries today."""
    await records.sign_in_attempts.failed("name ann", at=NOON)

    assert (await records.sign_in_attempts.failed("name ann", at=NOON + FAILURES_COUNT_FOR)).count == 1
    later = NOON + FAILURES_COUNT_FOR + timedelta(minutes=1)
    assert (await records.sign_in_attempts.failed("name ann", at=later)).count == 2


async def test_a_lock_is_told_and_never_shortened(records: Records) -> None:
    """It stays while more failures are counted, and says so once each time that it is set."""
    refused = SignInRefused(user="ann", failures=5, locked_s=30)
    await records.sign_in_attempts.failed("name ann", at=NOON)

    await records.sign_in_attempts.lock(
        "name ann", until=minutes_on(5), unsaid=[Unsaid(event_id="locked", at=NOON, message=refused)]
    )
    await records.sign_in_attempts.lock("name ann", until=minutes_on(2))

    assert (await records.sign_in_attempts.failed("name ann", at=NOON)).locked_until == minutes_on(5)
    assert [it.event_id for it in await records.sign_in_attempts.unsaid("name ann")] == ["locked"]
    assert await records.sign_in_attempts.waiting(before=minutes_on(1)) == ["name ann"]


async def test_a_success_begins_anew(records: Records) -> None:
    """The count and the lock are gone; what is still to be said is not."""
    refused = SignInRefused(user="ann", failures=5, locked_s=30)
    await records.sign_in_attempts.failed("name ann", at=NOON)
    await records.sign_in_attempts.lock(
        "name ann", until=minutes_on(5), unsaid=[Unsaid(event_id="locked", at=NOON, message=refused)]
    )

    await records.sign_in_attempts.forget("name ann")
    await records.sign_in_attempts.forget("name bob")

    found = await records.sign_in_attempts.get("name ann")
    assert found is not None
    assert (found.count, found.locked_until) == (0, None)
    assert [it.event_id for it in await records.sign_in_attempts.unsaid("name ann")] == ["locked"]
    assert (await records.sign_in_attempts.failed("name ann", at=minutes_on(1))).count == 1
    assert await records.sign_in_attempts.get("name bob") is None


async def test_the_lock_of_a_key_that_never_failed_is_no_lock(records: Records) -> None:
    """Nothing is kept of it, or it would be for ever."""
    await records.sign_in_attempts.lock("name ann", until=minutes_on(5))

    assert await records.sign_in_attempts.get("name ann") is None


@pytest.mark.parametrize(
    ("collection", "index", "after_s"),
    [("sessions", "expired", 0), ("sign_in_attempts", "counts_no_more", 3600)],
)
async def test_mongodb_removes_what_has_expired(
    mongo_database_url: str, collection: str, index: str, after_s: int
) -> None:
    """Nothing else removes it."""
    records = MongoRecords(connect(mongo_database_url))
    await records.prepare()
    await records.close()

    with pymongo.MongoClient[dict[str, object]](mongo_database_url) as client:
        found = client.get_default_database()[collection].index_information()
    assert found[index]["expireAfterSeconds"] == after_s
