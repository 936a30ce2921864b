"""ZIP archives: good ones are read, those that tools read in two ways are refused."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives import read_zip
from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.stored_file import StoredFile
from tests.support.uploads import Stored

MEMBERS = {"a/METADATA": b"Name: a\n" * 40, "a/x.py": b"x = 1\n"}
DEFLATED, STORED = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED


def zipped(members: Mapping[str, bytes], compression: int = DEFLATED) -> bytes:
    """Return an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for path, data in members.items():
            archive.writestr(zipfile.ZipInfo(path), data, compress_type=compression)
    return out.getvalue()


class Unseekable(io.BytesIO):
    """Somewhere that can only be written on and on: sizes then stand behind members."""

    def seekable(self) -> bool:
        """Return False."""
        return False

    def seek(self, *_: object) -> int:
        """Refuse."""
        raise io.UnsupportedOperation

    def tell(self) -> int:
        """Refuse."""
        raise io.UnsupportedOperation


def opened(data: bytes) -> ZipArchive:
    """Open an archive."""
    return ZipArchive(StoredFile(len(data), Stored(data)))


@given(
    members=st.dictionaries(st.text("abü/", min_size=1, max_size=8).map("x{}".format), st.binary(max_size=900)),
    compression=st.sampled_from((DEFLATED, STORED)),
)
def test_members_are_read(members: Mapping[str, bytes], compression: int) -> None:
    """As they were written."""
    archive = opened(zipped(members, compression))

    assert {path: archive.read(path) for path in archive.paths} == members


@pytest.mark.parametrize("compression", [DEFLATED, STORED])
def test_sizes_may_stand_behind_members(compression: int) -> None:
    """As tools write them that don't know them before."""
    out = Unseekable()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for path, data in MEMBERS.items():
            archive.writestr(path, data)

    assert opened(out.getvalue()).read("a/METADATA") == MEMBERS["a/METADATA"]


def test_wide_archives_are_read() -> None:
    """Members beyond 4 GB, and more than 65,535 of them, have records of their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", STORED) as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"wide")
    assert opened(out.getvalue()).read("a") == b"wide"

    many = opened(zipped({str(number): b"" for number in range(65_540)}, STORED))
    assert len(many.paths) == 65_540


def test_a_stored_member_can_be_read_in_place() -> None:
    """Without holding it."""
    size, pieces = opened(zipped(MEMBERS, STORED)).stored("a/METADATA")
    data = b"".join(pieces)

    assert (size, data) == (len(data), MEMBERS["a/METADATA"])
    with pytest.raises(InvalidInput, match="packed once more"):
        opened(zipped(MEMBERS)).stored("a/METADATA")


def test_little_is_read_of_a_large_archive() -> None:
    """Headers, directory, and what is asked for."""
    data = zipped({"big": bytes(5_000_000), **MEMBERS}, STORED)
    reading = Stored(data)
    ZipArchive(StoredFile(len(data), reading)).read("a/METADATA")

    assert reading.most_bytes <= 256 * 1024


def _changed(
    change: Callable[[bytearray], None], members: Mapping[str, bytes] = MEMBERS, compression: int = STORED
) -> bytes:
    data = bytearray(zipped(members, compression))
    change(data)
    return bytes(data)


def _at(place: int, format: str, *values: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        struct.pack_into(format, data, place % len(data), *values)

    return change


def _directory(data: bytes) -> int:
    return data.index(b"PK\x01\x02")


def _in_directory(offset: int, format: str, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        struct.pack_into(format, data, _directory(bytes(data)) + offset, value)

    return change


def _second_name(data: bytearray) -> None:
    place = data.rindex(b"PK\x01\x02") + 46
    data[place : place + 1] = b"b"


def _in_both(old: bytes, new: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[:] = data.replace(old, new)

    return change


def _between(data: bytearray) -> None:
    """Put something before the directory, and say so where it begins."""
    place = _directory(bytes(data))
    data[place:place] = b"hidden"
    struct.pack_into("<L", data, len(data) - 6, place + 6)


def _gap(data: bytearray) -> None:
    """Put something between the members, and move the second."""
    place = bytes(data).index(b"PK\x03\x04", 4)
    data[place:place] = b"hidden"
    struct.pack_into("<L", data, len(data) - 6, _directory(bytes(data)))
    struct.pack_into("<L", data, bytes(data).rindex(b"PK\x01\x02") + 42, place + 6)


def _with_unicode_path(data: bytes) -> bytes:
    out = io.BytesIO()
    info = zipfile.ZipInfo("a")
    info.extra = struct.pack("<2HBL", 0x7075, 6, 1, zlib.crc32(b"a")) + b"b"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, data)
    return out.getvalue()


def _with_comment() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"")
        archive.comment = b"PK\x05\x06"
    return out.getvalue()


def _wide_end(**changes: int) -> bytes:
    """Return an archive with a wide end record, that says what the other says but for the changes."""
    data = zipped(MEMBERS, STORED)
    start, end = _directory(data), len(data) - 22
    said = {"here": 2, "count": 2, "size": end - start, "start": start, "place": end, "length": 44, **changes}
    wide = struct.pack(
        "<4sQ2H2L4Q",
        b"PK\x06\x06",
        said["length"],
        45,
        45,
        0,
        0,
        *(said[key] for key in ("here", "count", "size", "start")),
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, said["place"], 1)
    return data[:end] + wide + locator + data[end:]


REFUSED = {
    "empty": (b"", "no ZIP"),
    "no-zip": (b"x" * 100, "no ZIP"),
    "cut": (zipped(MEMBERS)[:-1], "cut off"),
    "something-behind": (zipped(MEMBERS) + b"x", "cut off"),
    "something-before": (b"PK" + zipped(MEMBERS), "before or behind"),
    "two-archives": (zipped(MEMBERS) + zipped({"b": b""}), "before or behind"),
    "a-comment": (_with_comment(), "comment"),
    "part-of-several": (_changed(_at(-18, "<H", 1)), "part of several"),
    "other-count": (_changed(_at(-14, "<2H", 1, 1)), "another number"),
    "many-members": (_changed(_at(-10, "<L", 2**31)), "members"),
    "between-members-and-directory": (_changed(_between), "between its members and its directory"),
    "between-members": (_changed(_gap), "overlap, or something between"),
    "overlapping": (_changed(_in_directory(42, "<L", 7)), "overlap|damaged"),
    "other-name": (_changed(_second_name), "something else"),
    "other-size": (_changed(_in_directory(24, "<L", 7)), "something else"),
    "other-sum": (_changed(_in_directory(16, "<L", 7)), "something else"),
    "other-method": (_changed(_in_directory(10, "<H", 8)), "something else"),
    "other-flags": (_changed(_in_directory(8, "<H", 0x800)), "something else|damaged"),
    "another-name-beside": (_with_unicode_path(b"x"), "two names"),
    "encrypted": (_changed(_in_directory(8, "<H", 1)), "encrypted"),
    "twice": (_changed(_in_both(b"a/x.py", b"a/yy.p"), {"a/x.py": b"1", "a/yy.p": b"2"}), "twice"),
    "leads-up": (zipped({"a/../../x": b""}), "leads out"),
    "leads-to-the-root": (zipped({"/x": b""}), "leads out"),
    "leads-to-a-drive": (zipped({"c:x": b""}), "leads out"),
    "other-slashes": (_changed(_in_both(b"a/x.py", b"a\\x.py")), "leads out"),
    "name-cut-by-zero": (_changed(_in_both(b"a/x.py", b"a/x\0py")), "leads out"),
    "long-name": (zipped({"a" * 5000: b""}), "or is none"),
    "wide-and-other": (_wide_end(count=3, here=3), "do not agree"),
    "wide-elsewhere": (_wide_end(place=3), "not where"),
    "wide-of-another-length": (_wide_end(length=45), "can't be read"),
    "directory-that-is-none": (_changed(_in_directory(0, "<L", 0)), "directory can't be read|directory"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_can_be_read_in_two_ways_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        opened(data)
    assert caught.value.field == "content"


def test_wide_records_that_agree_are_read() -> None:
    """Some tools always write them."""
    assert opened(_wide_end()).read("a/x.py") == MEMBERS["a/x.py"]


def test_what_stands_behind_a_member_must_be_so() -> None:
    """Who reads from the beginning goes by that."""
    out = Unseekable()
    with zipfile.ZipFile(out, "w", STORED) as archive:
        archive.writestr("a", b"content")
    data = bytearray(out.getvalue())
    data[bytes(data).index(b"PK\x07\x08") + 4] ^= 1
    with pytest.raises(InvalidInput, match="behind its place something else"):
        opened(bytes(data))


def _shorter() -> bytes:
    """Return an archive with a member that unpacks to less than both places say."""
    data = bytearray(zipped({"a": b"x" * 300}))
    for place in (22, _directory(bytes(data)) + 24):
        struct.pack_into("<L", data, place, 301)
    return bytes(data)


def _linked() -> bytes:
    out = io.BytesIO()
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(_linked(), "no plain file", id="link"),
        pytest.param(zipped({"a": b"x"}, zipfile.ZIP_BZIP2), "not every client", id="bzip2"),
        pytest.param(_shorter(), "not as long", id="shorter"),
        pytest.param(zipped({"a": bytes(17 * 1024 * 1024)}), "larger than", id="bomb"),
        pytest.param(
            _changed(lambda data: data.__setitem__(31, data[31] ^ 1), {"a": b"content"}), "damaged", id="changed"
        ),
    ],
)
def test_members_that_cant_be_read_are_refused(data: bytes, words: str) -> None:
    """When they are asked for."""
    archive = opened(data)
    with pytest.raises(InvalidInput, match=words):
        archive.read("a")


def test_members_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs memory."""
    monkeypatch.setattr(read_zip, "MOST_ENTRIES", 1)
    with pytest.raises(InvalidInput, match="more than 1 members"):
        opened(zipped(MEMBERS))
