"""What serving keeps of a revision's contents in memory."""

from libs.common.domain.manifest import UNREAD
from libs.common.domain.revision import Contents, ContentsEntry, ContentsPart, encode_contents
from services.api.serving.contents import read_contents, room_of

SHARD = b"s" * 32


def contents_of(**entries: ContentsEntry) -> bytes:
    """Return contents of one partition."""
    return encode_contents(Contents(parts={"simple": ContentsPart(files_urls=("", "files/"), entries=entries)}))


def an_entry(*shards: bytes, rendered: bytes | None = None) -> ContentsEntry:
    """Return a name that mirrors bring by these shards."""
    return ContentsEntry(tuple(enumerate(shards)), rendered, 0, 0, b"summary")


def test_names_keep_where_they_come_from() -> None:
    """Whether they were read or not."""
    data = contents_of(a=an_entry(SHARD, UNREAD, rendered=b"r" * 32), b=an_entry(UNREAD), c=an_entry(UNREAD, UNREAD))
    contents = read_contents(data)
    part = contents.parts["simple"]

    assert part.files_urls == ("", "files/")
    assert {name: entry.origins for name, entry in part.entries.items()} == {
        "a": ((0, SHARD), (1, UNREAD)),
        "b": ((0, UNREAD),),
        "c": ((0, UNREAD), (1, UNREAD)),
    }
    assert contents.rendered == {"simple": {b"r" * 32}}


def test_names_that_nobody_read_share_their_entries() -> None:
    """There are hundreds of thousands of them in a large index."""
    entries = (
        read_contents(contents_of(a=an_entry(UNREAD), b=an_entry(UNREAD), c=an_entry(SHARD))).parts["simple"].entries
    )

    assert entries["a"] is entries["b"]


def test_what_was_read_takes_more_room() -> None:
    """So that the memory for contents is what it is meant to be."""
    unread, read = (contents_of(**{f"n{n}": an_entry(shard) for n in range(100)}) for shard in (UNREAD, SHARD))

    assert 0 < room_of(read_contents(unread)) < room_of(read_contents(read))
