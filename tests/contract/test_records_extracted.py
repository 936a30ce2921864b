"""What stands in package files: what every adapter of the port keeps to."""

import asyncio

from libs.common.domain.digest import Digest, sha256_of
from tests.contract.conftest import Records


def file_of(number: int, algorithm: str = "sha256") -> Digest:
    """Return the digest of a made-up file."""
    return Digest(algorithm, f"{number:0{32 if algorithm == 'md5' else 64}x}")


async def test_what_stands_in_a_file_comes_back_as_it_was(records: Records) -> None:
    """By the file's digest of any kind; nobody looked into other files."""
    files = [file_of(1), file_of(1, "md5"), file_of(1, "listed")]
    texts = [b"Name: numpy\n", b"\x00\xff" * 500_000, b"Name: scipy\n"]
    for of, text in zip(files, texts, strict=True):
        await records.extracted.put(of, text)

    assert [await records.extracted.get(of) for of in files] == texts
    assert await records.extracted.get(file_of(2)) is None


async def test_that_there_is_nothing_is_known_too(records: Records) -> None:
    """So that nobody looks again."""
    await records.extracted.put(file_of(1), b"")
    await records.extracted.put(file_of(2), b"Name: numpy\n")

    assert await records.extracted.get(file_of(1)) == b""
    assert await records.extracted.known([file_of(3), file_of(2), file_of(1)]) == {
        file_of(1): None,
        file_of(2): sha256_of(b"Name: numpy\n"),
    }


async def test_many_files_are_asked_for_at_once(records: Records) -> None:
    """A page may have thousands; of none nothing is asked."""
    await asyncio.gather(*(records.extracted.put(file_of(number), b"%d" % number) for number in (1, 4_400)))

    known = await records.extracted.known([file_of(number) for number in range(4_500)])
    assert known == {file_of(1): sha256_of(b"1"), file_of(4_400): sha256_of(b"4400")}
    assert await records.extracted.known([]) == {}


async def test_many_may_look_into_one_file(records: Records) -> None:
    """They find the same."""
    await asyncio.gather(*(records.extracted.put(file_of(1), b"Name: numpy\n") for _ in range(5)))

    assert await records.extracted.get(file_of(1)) == b"Name: numpy\n"


async def test_files_that_are_no_more_are_forgotten(records: Records) -> None:
    """The others are listed, in order."""
    files = [file_of(number) for number in (3, 1, 2)]
    for of in [*files, file_of(1, "md5")]:
        await records.extracted.put(of, b"Name: numpy\n")
    await records.extracted.forget({file_of(1), file_of(9)})
    await records.extracted.forget([])

    assert [of async for of in records.extracted.files()] == [file_of(1, "md5"), file_of(2), file_of(3)]
    assert await records.extracted.get(file_of(1)) is None
