"""The head of the book of advisories: what every adapter of the port keeps to."""

import asyncio

import msgspec

from libs.common.domain.cve import BookHead, OsvState
from libs.common.domain.digest import Sha256
from tests.contract.conftest import Records
from tests.support.records import NOON


def a_book_head(number: int = 1, **changes: object) -> BookHead:
    """Return a head with one ecosystem in its book."""
    state = OsvState(records=Sha256("b" * 64), count=3, read_at=NOON, modified="2026-05-17T12:00:00Z", etag='"x"')
    head = BookHead(number=number, book=Sha256("a" * 64), advisory_count=3, at=NOON, osv={"python": state})
    return msgspec.structs.replace(head, **changes)


async def test_a_head_comes_back_as_it_was(records: Records) -> None:
    """There is none before the first import."""
    assert await records.advisory_books.get() is None

    assert await records.advisory_books.move(a_book_head())

    assert await records.advisory_books.get() == a_book_head()


async def test_heads_follow_each_other(records: Records) -> None:
    """Who did not see the newest one changes nothing."""
    assert not await records.advisory_books.move(a_book_head(2))
    assert await records.advisory_books.move(a_book_head(1))
    assert not await records.advisory_books.move(a_book_head(1, advisory_count=9))
    assert await records.advisory_books.move(a_book_head(2))
    assert not await records.advisory_books.move(a_book_head(4))

    assert await records.advisory_books.get() == a_book_head(2)


async def test_of_many_at_once_one_wins(records: Records) -> None:
    """The others look again."""
    heads = [a_book_head(1, changed=number) for number in range(6)]
    moved = await asyncio.gather(*(records.advisory_books.move(head) for head in heads))

    assert sorted(moved) == [False] * 5 + [True]
    assert await records.advisory_books.get() == heads[moved.index(True)]


async def test_what_was_said_is_noted(records: Records) -> None:
    """Only of the newest one: another change is still to be said."""
    await records.advisory_books.move(a_book_head(1))
    await records.advisory_books.move(a_book_head(2))
    await records.advisory_books.said(1)
    assert await records.advisory_books.get() == a_book_head(2)
    await records.advisory_books.said(2)

    assert await records.advisory_books.get() == a_book_head(2, is_said=True)
