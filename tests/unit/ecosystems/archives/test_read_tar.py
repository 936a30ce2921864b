"""Files out of tar archives: of good ones those that are wanted, of those that can be read in two ways none."""

import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives import read_tar as tars
from libs.common.ecosystems.archives.read_tar import read_tar
from tests.support.tars import tar_of

WANTED = "pkg/DESCRIPTION"
GOOD = {WANTED: b"Package: pkg\n", "pkg/R/pkg.R": b"f <- 1\n"}


def wanted(data: bytes, *, piece: int = 10_000) -> Mapping[str, bytes]:
    """Read an archive that comes in pieces."""
    return read_tar(_pieces(data, piece), is_wanted=WANTED.__eq__)


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))


def member(name: str, *, type: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    """Return a header."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = type, size, link
    return info


def archive(*members: tarfile.TarInfo | tuple[str, bytes], format: int = tarfile.GNU_FORMAT) -> bytes:
    """Return an archive of headers, and of files by path and content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as made:
        for one in members:
            if isinstance(one, tarfile.TarInfo):
                made.addfile(one)
            else:
                made.addfile(member(one[0], size=len(one[1])), io.BytesIO(one[1]))
    return out.getvalue()


def raw(name: str, type: bytes, content: bytes) -> bytes:
    """Return one entry as it stands, whatever it is."""
    header = member(name, type=type, size=len(content)).tobuf(tarfile.USTAR_FORMAT)
    return header + content + b"\0" * (-len(content) % 512)


@given(
    content=st.binary(max_size=3000),
    others=st.dictionaries(st.text("abc/", min_size=1, max_size=9), st.binary(max_size=1500), max_size=5),
    piece=st.integers(1, 5000),
    format=st.sampled_from((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)),
)
def test_the_wanted_file_is_found(content: bytes, others: Mapping[str, bytes], piece: int, format: int) -> None:
    """Whatever lies beside it, however the archive comes in, in every format that tools write."""
    data = tar_of({f"x{path}".rstrip("/"): one for path, one in others.items()} | {WANTED: content}, format=format)

    assert wanted(data, piece=piece) == {WANTED: content}


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_are_read(format: int) -> None:
    """They stand in headers of their own."""
    long = f"pkg/{'d' * 300}/ü"
    data = archive((long, b"1"), member("pkg/l", type=tarfile.SYMTYPE, link="t" * 300), *GOOD.items(), format=format)

    assert read_tar(_pieces(data, 512), is_wanted=lambda path: path in (long, WANTED)) == {
        long: b"1",
        WANTED: GOOD[WANTED],
    }


def test_paths_may_begin_with_a_dot() -> None:
    """As `tar c ./pkg` writes them."""
    assert wanted(archive(member("./", type=tarfile.DIRTYPE), (f"./{WANTED}", b"x"))) == {WANTED: b"x"}


def test_an_archive_without_end_marks_is_whole() -> None:
    """Some tools write none."""
    assert wanted(tar_of(GOOD).rstrip(b"\0").ljust(4 * 512, b"\0")) == {WANTED: GOOD[WANTED]}


def test_what_is_not_there_is_not_found() -> None:
    """An archive of other things is one, too."""
    assert wanted(tar_of({"other/x": b"1"})) == {}
    assert wanted(b"") == {}


REFUSED = {
    "twice": (archive((WANTED, b"1"), (WANTED, b"2")), "twice"),
    "twice-by-other-words": (archive((WANTED, b"1"), (f"./pkg//{WANTED[4:]}", b"2")), "twice"),
    "a-link": (archive(member(WANTED, type=tarfile.SYMTYPE, link="x")), "no plain file"),
    "a-hard-link": (archive(member(WANTED, type=tarfile.LNKTYPE, link="x")), "no plain file"),
    "a-folder": (archive(member(WANTED, type=tarfile.DIRTYPE)), "no plain file"),
    "below-a-link": (archive(*GOOD.items(), member("pkg", type=tarfile.SYMTYPE, link="x")), "below a link"),
    "leads-up": (archive(("pkg/../../x", b"1")), "leads out"),
    "leads-to-the-root": (archive(("/etc/x", b"1")), "leads out"),
    "behind-the-end": (archive(*GOOD.items()) + archive(*GOOD.items()), "behind its end"),
    "cut-in-a-file": (tar_of({WANTED: b"x" * 2000})[:1600], "cut off"),
    "cut-in-a-header": (tar_of(GOOD)[:1100], "cut off"),
    "no-tar": (b"x" * 1024, "no tar archive"),
    "sparse": (raw("a", tarfile.GNUTYPE_SPARSE, b""), "sparse"),
    "sparse-by-pax": (raw("a", tarfile.XHDTYPE, b"22 GNU.sparse.major=1\n"), "sparse"),
    "unknown-kind": (raw("a", b"Z", b""), "of a kind"),
    "folder-with-content": (raw("a", tarfile.DIRTYPE, b"x"), "has content"),
    "path-for-all": (raw("a", tarfile.XGLTYPE, b"8 path=\n") + tar_of(GOOD), "for all"),
    "extended-header-cut": (raw("a", tarfile.XHDTYPE, b"99 path=x\n"), "extended header"),
    "extended-header-of-nothing": (raw("a", tarfile.XHDTYPE, b"path=x\n"), "extended header"),
    "size-that-is-none": (raw("a", tarfile.XHDTYPE, b"11 size=-1\n") + tar_of(GOOD), "size is none"),
    "size-below-zero": (member("a", size=-5).tobuf(tarfile.GNU_FORMAT), "size is none"),
    "extended-header-below-zero": (member("a", type=tarfile.XHDTYPE, size=-5).tobuf(tarfile.GNU_FORMAT), "larger"),
    "large-extended-header": (member("a", type=tarfile.XHDTYPE, size=2**33).tobuf(tarfile.GNU_FORMAT), "larger"),
    "long-path": (archive(("a" * 5000, b"")), "characters"),
    "large-file": (member(WANTED, size=2**30).tobuf(tarfile.GNU_FORMAT), "larger"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_can_be_read_in_two_ways_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        wanted(data)
    assert caught.value.field == "content"


def test_links_beside_are_passed_over() -> None:
    """Packages have many."""
    link = member("pkg/lib", type=tarfile.SYMTYPE, link="../../../etc")

    assert wanted(archive(link, member("bin", type=tarfile.SYMTYPE, link="x"), *GOOD.items())) == {WANTED: GOOD[WANTED]}


def test_a_size_of_an_extended_header_counts() -> None:
    """As clients count it: files of 8 GB and more have theirs there."""
    header = raw("a", tarfile.XHDTYPE, b"12 size=600\n")
    lie = member(WANTED, size=1).tobuf(tarfile.USTAR_FORMAT)

    assert wanted(header + lie + b"y" * 600 + b"\0" * 424 + b"\0" * 1024) == {WANTED: b"y" * 600}


def test_entries_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs time."""
    monkeypatch.setattr(tars, "MOST_ENTRIES", 3)
    assert wanted(archive(*GOOD.items()))

    with pytest.raises(InvalidInput, match="more than 3 entries"):
        wanted(archive(*GOOD.items(), ("a", b""), ("b", b"")))


def test_real_tools_read_the_same() -> None:
    """What is found is what Python's own reader finds."""
    data = tar_of(GOOD)
    with tarfile.open(fileobj=io.BytesIO(gzip.compress(data))) as opened:
        file = opened.extractfile(WANTED)
        assert file is not None
        assert wanted(data)[WANTED] == file.read()
